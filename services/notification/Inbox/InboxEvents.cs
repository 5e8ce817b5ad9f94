using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Events;

namespace Deepiri.Notification.Inbox;

/// <summary>What happens elsewhere and is worth telling.</summary>
internal static class InboxEvents
{
    public static void MapInboxEvents(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapEvent<PointsAwarded>(Topics.Engagement, EventTypes.PointsAwarded, (received, services, cancellationToken) => received.Data.Points == 0 ? Task.CompletedTask
            : AddAsync(services, received.Data.UserId, $"award:{received.Data.AwardId}", EventTypes.PointsAwarded, $"+{received.Data.Points} XP", received.Data.Reason, received.Data.RequestId, cancellationToken));
        endpoints.MapEvent<AchievementUnlocked>(Topics.Engagement, EventTypes.AchievementUnlocked, (received, services, cancellationToken) =>
            AddAsync(services, received.Data.UserId, $"achievement:{received.Data.UserId}:{received.Data.AchievementId}", EventTypes.AchievementUnlocked, $"Achievement: {received.Data.Title}", $"{received.Data.Description}{(received.Data.XpEarned > 0 ? $" +{received.Data.XpEarned} XP" : "")}", received.Data.RequestId, cancellationToken));
        endpoints.MapEvent<FriendAdded>(Topics.Engagement, EventTypes.FriendAdded, (received, services, cancellationToken) =>
            AddAsync(services, received.Data.UserId, $"friend:{received.Data.UserId}:{received.Data.ByUserId}:{received.Data.IsMutual}", EventTypes.FriendAdded, received.Data.IsMutual ? $"You and {received.Data.ByUsername ?? "somebody"} are friends" : $"{received.Data.ByUsername ?? "Somebody"} has added you", received.Data.IsMutual ? "You see each other on your boards of friends." : "Add them, too, to be friends.", received.Data.RequestId, cancellationToken));
        endpoints.MapEvent<LevelReached>(Topics.Engagement, EventTypes.LevelReached, (received, services, cancellationToken) =>
            AddAsync(services, received.Data.UserId, $"level:{received.Data.UserId}:{received.Data.Level}", EventTypes.LevelReached, $"Level {received.Data.Level}", $"You have reached level {received.Data.Level} with {received.Data.TotalXp} XP.", received.Data.RequestId, cancellationToken));
        endpoints.MapEvent<TaskUnblocked>(Topics.Tasks, EventTypes.TaskUnblocked, (received, services, cancellationToken) =>
            AddAsync(services, received.Data.UserId, $"unblocked:{received.Data.TaskId}:{received.Data.CompletedTaskId}:{received.Data.CompletedVersion}", EventTypes.TaskUnblocked, $"You can begin: {received.Data.Title}", $"{received.Data.CompletedTitle} is done.", received.Data.RequestId, cancellationToken));
        endpoints.MapEvent<TaskShared>(Topics.Tasks, EventTypes.TaskShared, (received, services, cancellationToken) =>
            AddAsync(services, received.Data.UserId, $"shared:{received.Data.TaskId}:{received.Data.UserId}:{received.Data.Version}", EventTypes.TaskShared, $"Shared with you: {received.Data.Title}", $"You are its {received.Data.Role}.", received.Data.RequestId, cancellationToken));
        endpoints.MapEvent<TaskReminder>(Topics.Tasks, EventTypes.TaskReminder, (received, services, cancellationToken) =>
            AddAsync(services, received.Data.UserId, $"reminder:{received.Data.TaskId}:{received.Data.Due.ToUnixTimeSeconds()}:{received.Data.MinutesBefore}", EventTypes.TaskReminder, received.Data.Title, Spoken(received.Data.MinutesBefore), received.Data.RequestId, cancellationToken));
        endpoints.MapEvent<GenerationProgressed>(Topics.Challenges, EventTypes.GenerationFailed, (received, services, cancellationToken) =>
            AddAsync(services, received.Data.UserId, $"generation:{received.Data.GenerationId}:failed", EventTypes.GenerationFailed, "No challenge this time", "Your challenge could not be made. Nothing was stored; please ask again.", received.Data.RequestId, cancellationToken));
    }

    /// <summary>How long until a task is due, in words.</summary>
    private static string Spoken(int minutes) => minutes switch
    {
        0 => "Due now.",
        1 => "Due in a minute.",
        >= 2 * 24 * 60 when minutes % (24 * 60) == 0 => $"Due in {minutes / (24 * 60)} days.",
        >= 2 * 60 when minutes % 60 == 0 => $"Due in {minutes / 60} hours.",
        _ => $"Due in {minutes} minutes.",
    };

    private static Task AddAsync(IServiceProvider services, string userId, string cause, string type, string title, string body, string? requestId, CancellationToken cancellationToken) =>
        services.GetRequiredService<InboxStore>().AddAsync(userId, cause, type, title, body, requestId, cancellationToken);
}
