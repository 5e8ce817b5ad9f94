using System.Security.Cryptography;
using Deepiri.Engagement.Accounts;
using Deepiri.Engagement.Rules;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Http;
using Deepiri.ServiceDefaults.Identity;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.Engagement.Parties;

/// <summary>Parties and their quests.</summary>
internal static class PartiesApi
{
    private const int MostMembers = 50;
    private const int CodeLength = 10;

    /// <summary>Without what looks alike.</summary>
    private const string CodeLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    public static IServiceCollection AddParties(this IServiceCollection services) => services.AddSingleton<PartyStore>();

    public static void MapParties(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/gamification/parties").WithTags("Gamification");
        group.MapGet("/", ListAsync).WithSummary("The caller's parties, the newest first");
        group.MapPost("/", CreateAsync).Validate(new PartyRules()).WithSummary("Found a party");
        group.MapPost("/join", JoinAsync).WithSummary("Join the party that a code leads to");
        group.MapGet("/{id}", GetAsync).WithSummary("A party of the caller's");
        group.MapPut("/{id}/quest", SetQuestAsync).Validate(new QuestRequestRules()).WithSummary("Give a party a quest; only its owner can, and only when none is going on");
        group.MapDelete("/{id}/members/{userId}", RemoveAsync).WithSummary("Leave a party; its owner can take out others. When the owner leaves, who has been there longest becomes it");
    }

    private static async Task<Ok<PartiesView>> ListAsync(CurrentUser user, PartyStore parties, AccountStore accounts, TimeProvider time, CancellationToken cancellationToken)
    {
        var found = await parties.OfAsync(user.Id, cancellationToken);
        var names = await NamesAsync(found.SelectMany(p => p.Members), accounts, cancellationToken);
        return TypedResults.Ok(new PartiesView([.. found.Select(p => PartyView.Of(p, names, time.GetUtcNow()))]));
    }

    private static async Task<Created<PartyView>> CreateAsync(PartyRequest request, CurrentUser user, PartyStore parties, AccountStore accounts, TimeProvider time, HttpContext context, CancellationToken cancellationToken)
    {
        var party = new Party(Guid.CreateVersion7(time.GetUtcNow()).ToString(), request.Name!.Trim(), user.Id, NewCode(), [user.Id], null);
        await parties.AddAsync(party, context.TraceIdentifier, cancellationToken);
        return TypedResults.Created($"/api/gamification/parties/{party.Id}", await ViewAsync(party, accounts, time, cancellationToken));
    }

    private static async Task<Ok<PartyView>> JoinAsync(JoinRequest request, CurrentUser user, PartyStore parties, AccountStore accounts, TimeProvider time, HttpContext context, CancellationToken cancellationToken)
    {
        var code = request.Code?.Trim().ToUpperInvariant() ?? "";
        if (code.Length != CodeLength || !code.All(CodeLetters.Contains) || await parties.FindIdAsync(code, cancellationToken) is not { } id || await parties.FindAsync(id, cancellationToken) is null)
            throw NoSuchCode();
        var joined = await parties.ChangeAsync(id, party => party.Code != code || party.Members.Count == 0 ? throw NoSuchCode()
            : party.Members.Contains(user.Id) ? party
            : party.Members.Count < MostMembers ? party with { Members = [.. party.Members, user.Id] }
            : throw ApiException.Validation("code", $"The party is full: it has {MostMembers} members."), context.TraceIdentifier, cancellationToken);
        // Somebody who joined another one at the same moment may have taken it off the list again.
        await parties.ListAsync(user.Id, id, cancellationToken);
        return TypedResults.Ok(await ViewAsync(joined, accounts, time, cancellationToken));
    }

    private static async Task<Ok<PartyView>> GetAsync(string id, CurrentUser user, PartyStore parties, AccountStore accounts, TimeProvider time, CancellationToken cancellationToken) =>
        TypedResults.Ok(await ViewAsync(Visible(await parties.FindAsync(id, cancellationToken), id, user), accounts, time, cancellationToken));

    private static async Task<Ok<PartyView>> SetQuestAsync(string id, QuestRequest request, CurrentUser user, PartyStore parties, AccountStore accounts, GameRules rules, TimeProvider time, HttpContext context, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var quest = new Quest(Guid.CreateVersion7(now).ToString(), request.Title!.Trim(), request.Metric!.Value, request.Target!.Value, now, now.AddDays(request.Days!.Value), rules.Quests.For(request.Target.Value, request.Metric == QuestMetric.Xp), new Dictionary<string, Contribution>(), null);
        var changed = await parties.ChangeAsync(id, party => Visible(party, id, user).OwnerId != user.Id ? throw new ApiException(StatusCodes.Status403Forbidden, "FORBIDDEN", "Only the party's owner gives it a quest.")
            : party.Quest is { CompletedAt: null } going && going.End > now ? throw new ApiException(StatusCodes.Status409Conflict, "QUEST_GOING_ON", $"'{going.Title}' goes on until {going.End:O}.")
            : party with { Quest = quest }, context.TraceIdentifier, cancellationToken);
        return TypedResults.Ok(await ViewAsync(changed, accounts, time, cancellationToken));
    }

    private static async Task<NoContent> RemoveAsync(string id, string userId, CurrentUser user, PartyStore parties, HttpContext context, CancellationToken cancellationToken)
    {
        await parties.ChangeAsync(id, party =>
        {
            if (Visible(party, id, user).OwnerId != user.Id && userId != user.Id)
                throw new ApiException(StatusCodes.Status403Forbidden, "FORBIDDEN", "Only the party's owner takes out others.");
            IReadOnlyList<string> left = [.. party.Members.Where(m => m != userId)];
            return left.Count == party.Members.Count ? party : party with
            {
                Members = left,
                OwnerId = party.OwnerId == userId ? left.FirstOrDefault() ?? "" : party.OwnerId,
                // Who was taken out knows the code.
                Code = userId == user.Id ? party.Code : NewCode(),
            };
        }, context.TraceIdentifier, cancellationToken);
        return TypedResults.NoContent();
    }

    private static string NewCode() => RandomNumberGenerator.GetString(CodeLetters, CodeLength);

    private static ApiException NoSuchCode() => ApiException.Validation("code", "No party has this code.");

    /// <summary>Who is not in a party must not be able to tell that there is one.</summary>
    private static Party Visible(Party? party, string id, CurrentUser user) => party?.Members.Contains(user.Id) == true ? party : throw ApiException.NotFound("party", id);

    private static async Task<PartyView> ViewAsync(Party party, AccountStore accounts, TimeProvider time, CancellationToken cancellationToken) =>
        PartyView.Of(party, await NamesAsync(party.Members, accounts, cancellationToken), time.GetUtcNow());

    private static async Task<Dictionary<string, string?>> NamesAsync(IEnumerable<string> users, AccountStore accounts, CancellationToken cancellationToken) =>
        (await accounts.FindAsync([.. users.Distinct(StringComparer.Ordinal)], cancellationToken)).ToDictionary(a => a.UserId, a => a.Username);

    internal sealed record PartyRequest(string? Name);

    /// <param name="Code">The party's code, which its members see.</param>
    internal sealed record JoinRequest(string? Code);

    /// <param name="Metric">What counts: xp, tasks or challenges.</param>
    /// <param name="Target">How much the members have to reach together.</param>
    /// <param name="Days">How long they have.</param>
    internal sealed record QuestRequest(string? Title, QuestMetric? Metric, long? Target, int? Days);

    internal sealed record MemberView(string UserId, string? Username, long Contributed);

    /// <param name="XpReward">What each member who has added something gets when it is completed.</param>
    internal sealed record QuestView(string Id, string Title, QuestMetric Metric, long Target, long Progress, DateTimeOffset Begin, DateTimeOffset End, int XpReward, DateTimeOffset? CompletedAt, bool IsOpen);

    internal sealed record PartyView(string Id, string Name, string OwnerId, string Code, IReadOnlyList<MemberView> Members, QuestView? Quest)
    {
        public static PartyView Of(Party party, IReadOnlyDictionary<string, string?> names, DateTimeOffset now) => new(party.Id, party.Name, party.OwnerId, party.Code,
            [.. party.Members.Select(m => new MemberView(m, names.GetValueOrDefault(m), party.Quest?.Contributions.GetValueOrDefault(m)?.Amount ?? 0))],
            party.Quest is { } q ? new QuestView(q.Id, q.Title, q.Metric, q.Target, q.Progress, q.Begin, q.End, q.XpReward, q.CompletedAt, q.CompletedAt is null && now < q.End) : null);
    }

    internal sealed record PartiesView(IReadOnlyList<PartyView> Items);

    private sealed class PartyRules : AbstractValidator<PartyRequest>
    {
        public PartyRules() => RuleFor(p => p.Name).IsText(50);
    }

    private sealed class QuestRequestRules : AbstractValidator<QuestRequest>
    {
        private const int MostXp = 1_000_000;
        private const int MostCount = 10_000;
        private const int LongestDays = 90;

        public QuestRequestRules()
        {
            RuleFor(q => q.Title).IsText(100);
            RuleFor(q => q.Metric).NotNull().WithMessage("xp, tasks or challenges.");
            RuleFor(q => q.Target).NotNull().WithMessage("A number.").Must((q, target) => target is >= 1 && target <= (q.Metric == QuestMetric.Xp ? MostXp : MostCount)).WithMessage($"Between 1 and {MostXp:N0} XP, or {MostCount:N0} tasks or challenges.");
            RuleFor(q => q.Days).NotNull().WithMessage("A number.").InclusiveBetween(1, LongestDays).WithMessage($"Between 1 and {LongestDays} days.");
        }
    }
}
