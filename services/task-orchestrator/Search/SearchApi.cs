using System.Globalization;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Http;
using Deepiri.ServiceDefaults.Identity;
using Deepiri.TaskOrchestrator.Tasks;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.TaskOrchestrator.Search;

/// <summary>Looking for words in one's own tasks. The state API cannot search, so each search reads them all.</summary>
internal static class SearchApi
{
    public static void MapSearch(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/api/tasks/search", SearchAsync).WithTags("Tasks").WithSummary("The caller's tasks with all words of q, the best first; \"words in a row\" and -without work, too");

    private static async Task<Ok<Page<TaskView>>> SearchAsync(string? q, [AsParameters] Paging paging, CurrentUser user, TaskStore tasks, TaskViews views, CancellationToken cancellationToken)
    {
        if (q is null || q.Length > TextQuery.Longest || TextQuery.Parse(q) is not { IsEmpty: false } query)
            throw ApiException.Validation("q", $"Words to look for, {TextQuery.Longest} characters at most.");
        var (size, skip) = (paging.Size, paging.CursorNumber ?? 0);

        var found = new List<(int Score, TaskItem Task)>();
        await foreach (var batch in tasks.AllAsync(user.Id, cancellationToken))
            foreach (var task in batch)
                if (query.Score(task) is { } score)
                    found.Add((score, task));
        // OrderBy is stable: among equals the newest first.
        var page = found.OrderByDescending(f => f.Score).Skip(skip).Take(size).Select(f => f.Task).ToList();
        return TypedResults.Ok(new Page<TaskView>(await views.OfAsync(page, _ => TaskRole.Owner, cancellationToken), found.Count - skip > size ? (skip + size).ToString(CultureInfo.InvariantCulture) : null));
    }
}
