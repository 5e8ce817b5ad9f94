using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.TaskOrchestrator.QuickAdd;

/// <summary>Tasks as people write them.</summary>
internal static class QuickAddApi
{
    public static IServiceCollection AddQuickAdd(this IServiceCollection services) => services.AddSingleton<TaskReader>();

    public static void MapQuickAdd(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/api/tasks/parse", ParseAsync).Validate(new TaskTextRules()).WithTags("Tasks").WithSummary("Show what a text would be understood as, without making a task");

    private static async Task<Ok<Understanding>> ParseAsync(TaskText text, CurrentUser user, TaskReader reader, CancellationToken cancellationToken) =>
        TypedResults.Ok(await reader.ReadAsync(text, user.Id, cancellationToken));
}
