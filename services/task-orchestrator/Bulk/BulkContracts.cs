using System.Text.Json.Serialization;
using Deepiri.TaskOrchestrator.Tasks;

namespace Deepiri.TaskOrchestrator.Bulk;

/// <summary>What can be done to many tasks at once.</summary>
internal enum BulkOperation
{
    Create,
    Replace,
    Complete,
    Delete,
    Restore,
}

/// <param name="Op">What to do.</param>
/// <param name="Id">The task; for all but <c>create</c>.</param>
/// <param name="IfMatch">The ETag that it must still have, without quotes; any when left out.</param>
/// <param name="Task">The task as it shall be; for <c>create</c> and <c>replace</c>.</param>
internal sealed record BulkItem(BulkOperation? Op, string? Id, string? IfMatch, TaskRequest? Task);

/// <param name="Operations">At most 100, each of another task.</param>
internal sealed record BulkRequest(IReadOnlyList<BulkItem>? Operations);

/// <summary>What became of one operation.</summary>
/// <param name="Index">Its place in the request, from 0.</param>
/// <param name="Status">The HTTP status that it would have had alone.</param>
/// <param name="Task">The task since; not for <c>delete</c>.</param>
internal sealed record BulkResult(int Index, int Status, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] TaskView? Task);

internal sealed record BulkView(IReadOnlyList<BulkResult> Items);
