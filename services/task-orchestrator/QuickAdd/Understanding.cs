using Deepiri.TaskOrchestrator.Tasks;

namespace Deepiri.TaskOrchestrator.QuickAdd;

/// <summary>A value and how sure it is, from 0 to 1.</summary>
internal sealed record Sure<T>(T Value, double Confidence);

/// <summary>Words of the text and what they were taken for: due, estimate, priority or tag.</summary>
internal sealed record Understood(string Text, string As);

/// <summary>What a text was understood to say. Of a field that no <see cref="Understood"/> words name, the value is a guess.</summary>
/// <param name="Source">model, rules, or text when nobody could be asked: then the text is the title, and nothing else is known.</param>
internal sealed record Understanding(Sure<string> Title, Sure<DateTimeOffset>? Due, Sure<int>? EstimateMinutes, Sure<TaskPriority>? Priority, IReadOnlyList<string> Tags,
    Sure<string>? Category, Sure<string>? Difficulty, IReadOnlyList<Understood> Understood, string Source)
{
    public const string TextOnly = "text";

    public static Understanding Of(string text) => new(new(text.Trim(), 1), null, null, null, [], null, null, [], TextOnly);

    /// <summary>
    /// The task that is made of a text: what the request states itself comes first, then what the text states. Guesses are shown, not used.
    /// </summary>
    public TaskRequest Complete(TaskRequest request)
    {
        var title = string.Join(' ', Title.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(word => string.Concat(word.Where(c => !char.IsControl(c)))));
        var isShort = title.Length <= TaskRules.LongestTitle;
        return request with
        {
            Title = request.Title ?? (isShort ? title : title[..(TaskRules.LongestTitle - (char.IsHighSurrogate(title[TaskRules.LongestTitle - 2]) ? 2 : 1))] + "…"),
            // Nothing that was written is lost.
            Description = request.Description ?? (isShort ? null : request.Text),
            Due = request.Due ?? (States("due") ? Due?.Value : null),
            EstimateMinutes = request.EstimateMinutes ?? (States("estimate") ? EstimateMinutes?.Value : null),
            Priority = request.Priority ?? (States("priority") ? Priority?.Value : null),
            Tags = request.Tags ?? Tags,
        };
    }

    private bool States(string field) => Understood.Any(u => u.As == field);
}
