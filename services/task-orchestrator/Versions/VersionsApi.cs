using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Http;
using Deepiri.ServiceDefaults.Identity;
using Deepiri.TaskOrchestrator.Tasks;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.TaskOrchestrator.Versions;

/// <summary>What a task was, who changed it, and how to have it back.</summary>
internal static class VersionsApi
{
    public static IServiceCollection AddVersions(this IServiceCollection services) => services.AddSingleton<VersionStore>();

    public static void MapVersions(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/tasks/{id}/versions").WithTags("Tasks");
        group.MapGet("/", ListAsync).WithSummary("What was changed, by whom and when, the newest first");
        group.MapGet("/{version:int}", GetAsync).WithSummary("A version, with all fields as they were");
        group.MapPost("/{version:int}/revert", RevertAsync).WithSummary("Make the task what it was in a version; this is a change of its own");
    }

    private static async Task<Ok<Page<VersionView>>> ListAsync(string id, [AsParameters] Paging paging, CurrentUser user, TaskStore tasks, VersionStore versions, CancellationToken cancellationToken)
    {
        var size = paging.Size;
        var (task, _, _) = await tasks.GetAsync(id, user.Id, TaskRole.Viewer, cancellationToken);
        var before = paging.CursorNumber ?? int.MaxValue;
        // One more than is shown: what a version changed is told by the one before.
        var found = await versions.FindAsync(task, [.. VersionStore.Numbers(task.Version).Where(n => n < before).Take(size + 1)], cancellationToken);
        var shown = found.Take(size).Select((version, i) => VersionView.Of(version, i + 1 < found.Count ? found[i + 1] : null, withFields: false)).ToList();
        return TypedResults.Ok(new Page<VersionView>(shown, found.Count > shown.Count ? shown[^1].Version.ToString(CultureInfo.InvariantCulture) : null));
    }

    private static async Task<Ok<VersionView>> GetAsync(string id, int version, CurrentUser user, TaskStore tasks, VersionStore versions, CancellationToken cancellationToken)
    {
        var (task, _, _) = await tasks.GetAsync(id, user.Id, TaskRole.Viewer, cancellationToken);
        var found = await FindAsync(task, version, versions, cancellationToken);
        return TypedResults.Ok(VersionView.Of(found[0], found.ElementAtOrDefault(1), withFields: true));
    }

    private static async Task<Ok<TaskView>> RevertAsync(string id, int version, TaskEditor editor, TaskStore tasks, VersionStore versions, CancellationToken cancellationToken)
    {
        var (task, _, _) = await tasks.GetAsync(id, editor.User.Id, TaskRole.Editor, cancellationToken);
        var earlier = (await FindAsync(task, version, versions, cancellationToken))[0];
        return TypedResults.Ok(await editor.ChangeAsync(id, TaskRole.Editor, (present, now) => present.RevertedTo(earlier, now) is var reverted && TaskChanges.Between(present, reverted).Count > 0 ? reverted : present, cancellationToken));
    }

    /// <summary>A version, and the one before where it is kept.</summary>
    private static async Task<IReadOnlyList<TaskItem>> FindAsync(TaskItem task, int version, VersionStore versions, CancellationToken cancellationToken)
    {
        var found = await versions.FindAsync(task, [.. VersionStore.Numbers(task.Version).Where(n => n <= version).Take(2)], cancellationToken);
        return found.Count > 0 && found[0].Version == version ? found : throw ApiException.NotFound("version", $"{version}");
    }

    /// <param name="By">Who made it.</param>
    /// <param name="Changes">What it changed; all fields of the first one that is kept.</param>
    /// <param name="Fields">All that could be changed, as it was; only for a single version.</param>
    internal sealed record VersionView(int Version, DateTimeOffset At, string By, IReadOnlyList<FieldChange> Changes, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, JsonElement>? Fields)
    {
        public static VersionView Of(TaskItem version, TaskItem? before, bool withFields) =>
            new(version.Version, version.UpdatedAt, version.ChangedBy ?? version.UserId, TaskChanges.Between(before, version), withFields ? TaskChanges.Fields(version) : null);
    }
}
