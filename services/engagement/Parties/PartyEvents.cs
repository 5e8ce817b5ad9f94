using Deepiri.Contracts;
using Deepiri.Engagement.Accounts;
using Deepiri.Engagement.Ledger;
using Deepiri.ServiceDefaults.Events;
using Deepiri.ServiceDefaults.Http;

namespace Deepiri.Engagement.Parties;

/// <summary>Quests go by the service's own events: what a member earns counts for their parties, and a completed quest rewards its members.</summary>
internal static class PartyEvents
{
    public static void MapPartyEvents(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapEvent<PointsAwarded>(Topics.Engagement, EventTypes.PointsAwarded, (received, services, cancellationToken) => CountAsync(received.Data, services.GetRequiredService<PartyStore>(), cancellationToken));
        endpoints.MapEvent<QuestProgressed>(Topics.Engagement, EventTypes.QuestCompleted, async (received, services, _) =>
        {
            foreach (var member in received.Data.Contributors)
                await services.AwardAsync(new Earned($"quest-{received.Data.QuestId}-{member}", member, EntryKind.Quest, received.Data.XpReward, $"Quest: {received.Data.Title}", null, received.Id, received.Data.OccurredAt, received.Data.RequestId));
        });
    }

    private static async Task CountAsync(PointsAwarded award, PartyStore parties, CancellationToken cancellationToken)
    {
        if (Words<EntryKind>.Find(award.Kind) is not { } kind)
            return;
        Quest? With(Quest? quest) => quest?.With(award.UserId, kind, award.Points, award.Number, award.AwardedAt);
        foreach (var party in (await parties.OfAsync(award.UserId, cancellationToken)).Where(p => !ReferenceEquals(With(p.Quest), p.Quest)))
            await parties.ChangeAsync(party.Id, p => p.Members.Contains(award.UserId) && With(p.Quest) is var quest && !ReferenceEquals(quest, p.Quest) ? p with { Quest = quest } : p, award.RequestId, cancellationToken);
    }
}
