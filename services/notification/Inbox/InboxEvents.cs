using System.Security.Cryptography;
using System.Text;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Events;

namespace Deepiri.Notification.Inbox;

/// <summary>What happens elsewhere and is worth telling.</summary>
internal static class InboxEvents
{
    public static void MapInboxEvents(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapEvent<PointsAwarded>(Topics.Engagement, EventTypes.PointsAwarded, (received, services, cancellationToken) =>
            AddAsync(services, received.Data.UserId, $"award:{received.Data.AwardId}", EventTypes.PointsAwarded, $"+{received.Data.Points} XP", received.Data.Reason, received.Data.RequestId, cancellationToken));
        endpoints.MapEvent<LevelReached>(Topics.Engagement, EventTypes.LevelReached, (received, services, cancellationToken) =>
            AddAsync(services, received.Data.UserId, $"level:{received.Data.UserId}:{received.Data.Level}", EventTypes.LevelReached, $"Level {received.Data.Level}", $"You have reached level {received.Data.Level} with {received.Data.TotalXp} XP.", received.Data.RequestId, cancellationToken));
    }

    /// <summary>The id comes from what happened, not from the delivery: however often it is told, it is one notification.</summary>
    private static Task AddAsync(IServiceProvider services, string userId, string cause, string type, string title, string body, string? requestId, CancellationToken cancellationToken)
    {
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(cause)).AsSpan(0, 16));
        return services.GetRequiredService<InboxStore>().AddAsync(id, userId, type, title, body, requestId, cancellationToken);
    }
}
