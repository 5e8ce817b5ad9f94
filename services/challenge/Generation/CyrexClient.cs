using Deepiri.Challenge.Generation.Steps;
using Deepiri.ChallengeGrammar;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults;
using Deepiri.ServiceDefaults.Errors;

namespace Deepiri.Challenge.Generation;

/// <summary>What cyrex is told of the learner.</summary>
internal sealed record CyrexProfile(string UserId, int? Level, string? PreferredLanguage, IReadOnlyList<string> CompletedTopics);

/// <summary>What cyrex is asked for.</summary>
internal sealed record CyrexRequest(CyrexProfile UserProfile, string? Topic, Difficulty? Difficulty, int? Seed)
{
    public static CyrexRequest Of(GenerationInput generation, Learner learner) =>
        new(new CyrexProfile(generation.UserId, learner.Level, generation.Wish.Language, learner.CompletedTopics), generation.Wish.Topic, generation.Wish.Difficulty, null);
}

/// <summary>Cyrex, without which a generation goes on by rules. How often and how long it is tried is in dapr-config/resiliency.</summary>
internal sealed partial class CyrexClient(ServiceClients services, ILogger<CyrexClient> log)
{
    public const string AppId = "cyrex";

    /// <summary>Choosing takes milliseconds, unless something is wrong.</summary>
    private static readonly TimeSpan s_patienceToSelect = TimeSpan.FromSeconds(5);

    /// <summary>A text model may take its time, and be asked three times.</summary>
    private static readonly TimeSpan s_patienceToGenerate = TimeSpan.FromSeconds(30);

    public Task<Selection?> TrySelectAsync(CyrexRequest request, string? requestId) => TryAsync<Selection>("/challenges/select", request, s_patienceToSelect, requestId);

    public Task<GeneratedChallenge?> TryGenerateAsync(CyrexRequest request, string? requestId) => TryAsync<GeneratedChallenge>("/challenges/generate", request, s_patienceToGenerate, requestId);

    private async Task<T?> TryAsync<T>(string path, CyrexRequest request, TimeSpan patience, string? requestId) where T : class
    {
        try
        {
            return await services.PostAsync<CyrexRequest, T>(AppId, path, request, onBehalfOf: null, patience, CancellationToken.None, requestId);
        }
        catch (ApiException e)
        {
            GoesOnByRules(log, path, e);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "cyrex did not answer {Path}; rules do")]
    private static partial void GoesOnByRules(ILogger log, string path, Exception e);
}
