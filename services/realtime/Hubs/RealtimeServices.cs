using Deepiri.Contracts;
using Deepiri.ServiceDefaults;
using Deepiri.ServiceDefaults.Events;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.SignalR;

namespace Deepiri.Realtime.Hubs;

/// <summary>The hub, and the events that it passes on.</summary>
internal static class RealtimeServices
{
    private const int LargestMessage = 32 * 1024;

    public static IServiceCollection AddRealtime(this IServiceCollection services)
    {
        services.AddSignalR(options => options.MaximumReceiveMessageSize = LargestMessage)
            .AddJsonProtocol(options => PlatformJson.Configure(options.PayloadSerializerOptions));
        services.AddSingleton<GatewayToken>().AddHostedService(provider => provider.GetRequiredService<GatewayToken>());
        services.AddAuthentication(GatewayAuthentication.SchemeName).AddScheme<AuthenticationSchemeOptions, GatewayAuthentication>(GatewayAuthentication.SchemeName, null);
        return services.AddAuthorization();
    }

    public static void MapRealtime(this WebApplication app)
    {
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapHub<RealtimeHub>(RealtimeHub.Path).RequireAuthorization();
    }

    public static void MapRealtimeEvents(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapEvent<NotificationCreated>(Topics.Notifications, EventTypes.NotificationCreated, (received, services, cancellationToken) =>
            Hub(services).Clients.Group(RealtimeHub.GroupOf(received.Data.UserId)).SendAsync("notification", received.Data, cancellationToken));
        endpoints.MapEvent<InboxUpdated>(Topics.Notifications, EventTypes.InboxUpdated, (received, services, cancellationToken) =>
            Hub(services).Clients.Group(RealtimeHub.GroupOf(received.Data.UserId)).SendAsync("inbox-updated", received.Data, cancellationToken));
        foreach (var type in (string[])[EventTypes.GenerationProgressed, EventTypes.GenerationFailed])
            endpoints.MapEvent<GenerationProgressed>(Topics.Challenges, type, (received, services, cancellationToken) =>
                Hub(services).Clients.Group(RealtimeHub.GroupOf(received.Data.UserId)).SendAsync("challenge-progress", received.Data, cancellationToken));
        foreach (var type in (string[])[EventTypes.QuestProgressed, EventTypes.QuestCompleted])
            endpoints.MapEvent<QuestProgressed>(Topics.Engagement, type, (received, services, cancellationToken) =>
                Hub(services).Clients.Groups(received.Data.UserIds.Select(RealtimeHub.GroupOf)).SendAsync("quest-progress", received.Data, cancellationToken));
        endpoints.MapEvent<PartyUpdated>(Topics.Engagement, EventTypes.PartyUpdated, (received, services, cancellationToken) =>
            Hub(services).Clients.Groups(received.Data.UserIds.Select(RealtimeHub.GroupOf)).SendAsync("party-updated", received.Data, cancellationToken));
        endpoints.MapEvent<AccountUpdated>(Topics.Engagement, EventTypes.AccountUpdated, (received, services, cancellationToken) =>
            (received.Data.IsPublic ? Hub(services).Clients.All : Hub(services).Clients.Group(RealtimeHub.GroupOf(received.Data.UserId))).SendAsync("leaderboard-updated", new { received.Data.UserId, received.Data.Username, received.Data.Xp, received.Data.Level }, cancellationToken));
    }

    private static IHubContext<RealtimeHub> Hub(IServiceProvider services) => services.GetRequiredService<IHubContext<RealtimeHub>>();
}
