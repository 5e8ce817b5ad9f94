using System.Text.Json;
using Deepiri.ServiceDefaults;
using Deepiri.TaskOrchestrator.Recurrence;
using Deepiri.TaskOrchestrator.Tasks;

namespace Deepiri.TaskOrchestrator.Versions;

/// <summary>A field that a version changed.</summary>
/// <param name="Field">As the API names it; <c>deleted</c> for deleting and restoring.</param>
/// <param name="From">Its value before; null in the first version.</param>
/// <param name="To">Its value since.</param>
internal sealed record FieldChange(string Field, JsonElement? From, JsonElement To);

/// <summary>What changes from one version of a task to the next.</summary>
internal static class TaskChanges
{
    /// <param name="before">Null when there was none, or it is kept no longer.</param>
    public static IReadOnlyList<FieldChange> Between(TaskItem? before, TaskItem after)
    {
        var old = before is null ? [] : Fields(before);
        return [.. Fields(after).Where(f => !old.TryGetValue(f.Key, out var value) || !JsonElement.DeepEquals(value, f.Value)).Select(f => new FieldChange(f.Key, old.TryGetValue(f.Key, out var value) ? value : null, f.Value))];
    }

    /// <summary>What a user can change; times and numbers follow from it.</summary>
    public static Dictionary<string, JsonElement> Fields(TaskItem task) => new(StringComparer.Ordinal)
    {
        ["title"] = Json(task.Title),
        ["description"] = Json(task.Description),
        ["due"] = Json(task.Due),
        ["priority"] = Json(task.Priority),
        ["estimateMinutes"] = Json(task.EstimateMinutes),
        ["tags"] = Json(task.Tags),
        ["status"] = Json(task.Status),
        ["recurrence"] = Json(task.Recurrence is { } r ? new RecurrenceRequest(r.Rule, r.TimeZone, r.Start) : null),
        ["reminders"] = Json(task.Reminders ?? []),
        ["shares"] = Json(task.Shares ?? new Dictionary<string, TaskRole>()),
        ["deleted"] = Json(task.DeletedAt is not null),
    };

    private static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value, PlatformJson.Options);
}
