using Dapr.Actors.Client;
using Deepiri.Contracts;
using Deepiri.Engagement.Accounts;
using Deepiri.Engagement.Leaderboards;
using Deepiri.ServiceDefaults.Http;
using Deepiri.ServiceDefaults.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.Engagement.Ledger;

/// <summary>What points were given for.</summary>
internal static class LedgerApi
{
    public static IServiceCollection AddLedger(this IServiceCollection services) => services.AddSingleton<LedgerStore>().AddSingleton<Posting>().AddSingleton<BoardKeys>();

    public static void MapLedger(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/gamification").WithTags("Gamification");
        group.MapGet("/ledger", ListAsync).WithSummary("What the caller's points were given for, the newest first");
        group.MapPost("/rebuild", RebuildAsync).RequireRole(Roles.Admin).WithSummary("Make balances again from the ledgers: of one user, or of a page of all, to be continued with next");
    }

    private static async Task<Ok<Page<EntryView>>> ListAsync([AsParameters] Paging paging, CurrentUser user, AccountStore accounts, LedgerStore ledger, CancellationToken cancellationToken)
    {
        var (account, _) = await accounts.FindAsync(user.Id, cancellationToken);
        var page = await ledger.PageAsync(user.Id, account.Balance.Entries, paging.Size, paging.CursorNumber, cancellationToken);
        return TypedResults.Ok(new Page<EntryView>([.. page.Items.Select(EntryView.Of)], page.Next));
    }

    private static async Task<Ok<RebuiltView>> RebuildAsync([AsParameters] Paging paging, string? userId, AccountStore accounts, IActorProxyFactory proxies, CancellationToken cancellationToken)
    {
        if (userId is not null)
            return TypedResults.Ok(new RebuiltView(1, await proxies.Account(userId).RebuildAsync() ? [userId] : [], null));
        var users = new List<string>();
        await foreach (var batch in accounts.AllAsync(paging.Cursor, cancellationToken))
        {
            users.AddRange(batch.Select(a => a.UserId));
            if (users.Count > paging.Size)
                break;
        }
        var now = users.Take(paging.Size).ToList();
        var changed = new List<string>();
        foreach (var user in now)
            if (await proxies.Account(user).RebuildAsync())
                changed.Add(user);
        return TypedResults.Ok(new RebuiltView(now.Count, changed, users.Count > now.Count ? now[^1] : null));
    }

    /// <param name="Points">What was given.</param>
    /// <param name="Worth">What it was worth; more than was given when the cap of the day was reached.</param>
    /// <param name="Day">The day that it counts for.</param>
    internal sealed record EntryView(int Number, EntryKind Kind, int Points, int Worth, string Reason, string? Topic, DateTimeOffset EarnedAt, DateOnly Day, int RulesVersion)
    {
        public static EntryView Of(LedgerEntry e) => new(e.Number, e.Kind, e.Points, e.Worth, e.Reason, e.Topic, e.EarnedAt, e.Day, e.RulesVersion);
    }

    /// <param name="Accounts">How many were made again.</param>
    /// <param name="Changed">The users whose balance was another.</param>
    /// <param name="Next">The cursor to go on with; null at the end.</param>
    internal sealed record RebuiltView(int Accounts, IReadOnlyList<string> Changed, string? Next);
}
