using System.Text.Json;
using Deepiri.ServiceDefaults;
using Microsoft.AspNetCore.SignalR;

namespace Deepiri.Realtime.Hubs;

/// <summary>
/// The hub that clients connect to. It pushes <c>notification</c>, <c>inbox-updated</c> (how many are unread), <c>challenge-progress</c> (the step
/// that a generation is at), <c>quest-progress</c> and <c>party-updated</c> (to the members of a party) and <c>leaderboard-updated</c> (a user's new XP and level, to everybody).
/// </summary>
internal sealed class RealtimeHub(ServiceClients services) : Hub
{
    public const string Path = "/hubs/realtime";
    private const string NotificationService = "notification-service";

    /// <summary>The group of all of a user's connections.</summary>
    public static string GroupOf(string userId) => $"user:{userId}";

    public override async Task OnConnectedAsync()
    {
        await Groups.AddToGroupAsync(Context.ConnectionId, GroupOf(Context.UserIdentifier!));
        await base.OnConnectedAsync();
    }

    /// <summary>
    /// What came after the last notification that the client has seen, the oldest first, 100 at most; a client that gets a <c>next</c>
    /// asks again with it. Without an id, the newest.
    /// </summary>
    public async Task<JsonElement> Since(string? lastNotificationId)
    {
        var query = lastNotificationId is { Length: > 0 } id ? $"?limit=100&since={Uri.EscapeDataString(id)}" : "?limit=20";
        var page = await services.GetAsync<JsonDocument>(NotificationService, $"/api/notifications{query}", Context.UserIdentifier, Context.ConnectionAborted)
            ?? throw new HubException($"There is no notification '{lastNotificationId}'.");
        using (page)
            return page.RootElement.Clone();
    }
}
