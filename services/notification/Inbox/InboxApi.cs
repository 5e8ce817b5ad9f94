using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Http;
using Deepiri.ServiceDefaults.Identity;
using Deepiri.ServiceDefaults.Outbox;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.Notification.Inbox;

/// <summary>A user's notifications.</summary>
internal static class InboxApi
{
    private const int IdLength = 32;

    public static IServiceCollection AddInbox(this IServiceCollection services) => services.AddSingleton<InboxStore>().AddOutbox(InboxStore.Store);

    public static void MapInbox(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/notifications").WithTags("Notifications");
        group.MapGet("/", ListAsync).WithSummary("The newest first; with since, what came after that notification, the oldest first");
        group.MapPost("/", AddAsync).RequireRole(Roles.Service).ExcludeFromDescription();
        group.MapGet("/unread-count", UnreadAsync).WithSummary("How many are not read");
        group.MapPost("/{id}/read", ReadAsync).WithSummary("Mark one as read");
        group.MapPost("/read-all", ReadAllAsync).WithSummary("Mark all as read");
    }

    private static async Task<Ok<Page<NotificationView>>> ListAsync([AsParameters] Paging paging, string? since, CurrentUser user, InboxStore store, CancellationToken cancellationToken)
    {
        if (since is not null)
            return TypedResults.Ok(View(await store.SinceAsync(user.Id, Checked(since), paging.Size, cancellationToken) ?? throw ApiException.NotFound("notification", since)));
        return TypedResults.Ok(View(await store.ListAsync(user.Id, paging.Size, paging.CursorNumber, cancellationToken)));
    }

    /// <summary>For other services. The cause makes it one notification, however often it is sent.</summary>
    private static async Task<Ok<AddedView>> AddAsync(NotificationRequest request, InboxStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(new AddedView(await store.AddAsync(request.UserId, request.Cause, request.Type, request.Title, request.Body, request.RequestId, cancellationToken)));

    private static async Task<Ok<UnreadView>> UnreadAsync(CurrentUser user, InboxStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(new UnreadView(await store.UnreadAsync(user.Id, cancellationToken)));

    private static async Task<Ok<NotificationView>> ReadAsync(string id, CurrentUser user, InboxStore store, HttpContext context, CancellationToken cancellationToken) =>
        TypedResults.Ok(NotificationView.Of(await store.ReadAsync(user.Id, Checked(id), context.TraceIdentifier, cancellationToken) ?? throw ApiException.NotFound("notification", id)));

    private static async Task<NoContent> ReadAllAsync(CurrentUser user, InboxStore store, HttpContext context, CancellationToken cancellationToken)
    {
        await store.ReadAllAsync(user.Id, context.TraceIdentifier, cancellationToken);
        return TypedResults.NoContent();
    }

    /// <summary>Only ids that we make can be keys; anything else cannot exist.</summary>
    private static string Checked(string id) => id.Length == IdLength && id.All(char.IsAsciiHexDigitLower) ? id : throw ApiException.NotFound("notification", id);

    private static Page<NotificationView> View(Page<NotificationItem> page) => new([.. page.Items.Select(NotificationView.Of)], page.Next);

    internal sealed record NotificationRequest(string UserId, string Cause, string Type, string Title, string Body, string? RequestId);

    internal sealed record AddedView(string Id);

    internal sealed record UnreadView(int Unread);

    internal sealed record NotificationView(string Id, long Number, string Type, string Title, string Body, DateTimeOffset CreatedAt, bool Read)
    {
        public static NotificationView Of(NotificationItem n) => new(n.Id, n.Number, n.Type, n.Title, n.Body, n.CreatedAt, n.Read);
    }
}
