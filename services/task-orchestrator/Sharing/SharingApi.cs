using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Identity;
using Deepiri.TaskOrchestrator.Tasks;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.TaskOrchestrator.Sharing;

/// <summary>With whom a task is shared.</summary>
internal static class SharingApi
{
    private const int MostShares = 100;

    public static IServiceCollection AddSharing(this IServiceCollection services) => services.AddUserDirectory().AddSingleton<ShareNotices>();

    public static void MapSharing(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/tasks/{id}/shares").WithTags("Tasks");
        group.MapGet("/", ListAsync).WithSummary("With whom a task is shared");
        group.MapPost("/", ShareAsync).Validate(new ShareRules()).WithSummary("Share a task with a user, as viewer or editor; or change which");
        group.MapDelete("/{userId}", UnshareAsync).WithSummary("Stop sharing a task with a user; they can do that themselves, too");
    }

    private static async Task<Ok<SharesView>> ListAsync(string id, CurrentUser user, TaskStore tasks, CancellationToken cancellationToken)
    {
        var (task, _, _) = await tasks.GetAsync(id, user.Id, TaskRole.Viewer, cancellationToken);
        return TypedResults.Ok(SharesView.Of(task));
    }

    private static async Task<Ok<ShareView>> ShareAsync(string id, ShareRequest request, TaskEditor editor, TaskStore tasks, UserDirectory directory, CancellationToken cancellationToken)
    {
        // First, so that nobody learns who has an account here without a task to share.
        await tasks.GetAsync(id, editor.User.Id, TaskRole.Owner, cancellationToken);
        var with = await directory.FindAsync(request, cancellationToken);
        if (with == editor.User.Id)
            throw ApiException.Validation(UserDirectory.FieldOf(request), "The task is yours already.");
        var role = request.Role ?? TaskRole.Viewer;
        await editor.ChangeAsync(id, TaskRole.Owner, (task, now) => task.SharedWith(with, role, now) is var shared && shared.Shares?.Count <= MostShares ? shared
            : throw ApiException.Validation("userId", $"A task is shared with {MostShares} users at most."), cancellationToken, retried: true);
        return TypedResults.Ok(new ShareView(with, role));
    }

    private static async Task<NoContent> UnshareAsync(string id, string userId, TaskEditor editor, CancellationToken cancellationToken)
    {
        var least = userId == editor.User.Id ? TaskRole.Viewer : TaskRole.Owner;
        await editor.ChangeAsync(id, least, (task, now) => task.SharedWith(userId, null, now), cancellationToken, retried: true);
        return TypedResults.NoContent();
    }

    /// <param name="UserId">The user; or their e-mail.</param>
    /// <param name="Email">The user's e-mail; or their id.</param>
    /// <param name="Role">viewer or editor; viewer by default.</param>
    internal sealed record ShareRequest(string? UserId, string? Email, TaskRole? Role) : INamesUser;

    internal sealed record ShareView(string UserId, TaskRole Role);

    internal sealed record SharesView(string OwnerId, IReadOnlyList<ShareView> Items)
    {
        public static SharesView Of(TaskItem task) => new(task.UserId, [.. (task.Shares ?? new Dictionary<string, TaskRole>()).OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => new ShareView(s.Key, s.Value))]);
    }

    private sealed class ShareRules : AbstractValidator<ShareRequest>
    {
        public ShareRules()
        {
            this.NamesUser();
            RuleFor(r => r.Role).Must(role => role is not TaskRole.Owner).WithMessage("viewer or editor.");
        }
    }
}
