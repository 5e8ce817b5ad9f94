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

    /// <summary>Longer than the sidecar tries.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    public Task<Selection?> TrySelectAsync(CyrexRequest request) => TryAsync<Selection>("/challenges/select", request);

    public Task<GeneratedChallenge?> TryGenerateAsync(CyrexRequest request) => TryAsync<GeneratedChallenge>("/challenges/generate", request);

    private async Task<T?> TryAsync<T>(string path, CyrexRequest request) where T : class
    {
        try
        {
            return await services.PostAsync<CyrexRequest, T>(AppId, path, request, onBehalfOf: null, s_patience, CancellationToken.None);
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
