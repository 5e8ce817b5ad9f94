using Deepiri.ChallengeGrammar;
using Deepiri.CodeExecution;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Http;
using Deepiri.ServiceDefaults.Identity;
using Deepiri.ServiceDefaults.Outbox;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.Challenge.Challenges;

/// <summary>The challenges that there are.</summary>
internal static class ChallengesApi
{
    public static IServiceCollection AddChallenges(this IServiceCollection services) => services.AddSingleton<ChallengeStore>().AddOutbox(ChallengeStore.Store);

    public static void MapChallenges(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/challenges").WithTags("Challenges");
        group.MapGet("/", ListAsync).WithSummary("Challenges, the newest first; with mine=true those generated for the caller");
        group.MapGet("/{id}", GetAsync).WithSummary("A challenge, without its solution and its hidden tests");
    }

    private static async Task<Ok<Page<ChallengeView>>> ListAsync([AsParameters] Paging paging, string? difficulty, string? topic, string? language, bool? mine, CurrentUser user, ChallengeStore store, CancellationToken cancellationToken)
    {
        var faults = new Dictionary<string, string[]>();
        Words<Difficulty>.Parse(difficulty, "difficulty", faults);
        OneOf(topic, Grammar.Topics, "topic", faults);
        OneOf(language, ProgrammingLanguage.All, "language", faults);
        if (faults.Count > 0)
            throw ApiException.Validation(faults);
        bool Matches(GeneratedChallenge c) => (difficulty is null || c.Difficulty == difficulty) && (topic is null || c.Topic == topic) && (language is null || c.Language == language);
        var page = await store.ListAsync(mine is true ? user.Id : null, Matches, paging.Size, paging.CursorId, cancellationToken);
        return TypedResults.Ok(new Page<ChallengeView>([.. page.Items.Select(ChallengeView.Of)], page.Next));
    }

    private static async Task<Ok<ChallengeView>> GetAsync(string id, CurrentUser _, ChallengeStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(ChallengeView.Of(await store.FindPublishedAsync(id, cancellationToken) ?? throw ApiException.NotFound("challenge", id)));

    private static void OneOf(string? word, IReadOnlyList<string> known, string field, Dictionary<string, string[]> faults)
    {
        if (word is not null && !known.Contains(word))
            faults[field] = [$"One of {string.Join(", ", known)}."];
    }
}
