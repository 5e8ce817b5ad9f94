using Deepiri.Contracts;
using Deepiri.Cyrex.Models;
using Deepiri.Cyrex.TaskUnderstanding.Phrases;

namespace Deepiri.Cyrex.TaskUnderstanding;

/// <summary>A task as it was understood; what the text does not tell is null.</summary>
/// <param name="Understood">Which words were taken for what; the title is what was left.</param>
/// <param name="Source">model or rules: where category, difficulty and what else the text does not state come from.</param>
internal sealed record ParsedTask(Sure<string> Title, Sure<DateTimeOffset>? Due, Sure<int>? EstimateMinutes, Sure<string> Priority, IReadOnlyList<string> Tags, Sure<string>? Category, Sure<string>? Difficulty, IReadOnlyList<Understood> Understood, string Source);

/// <summary>Understands a task that is written as people write: what the text states is read by rules, what it only suggests is the model's to tell.</summary>
internal sealed class TaskParser(ModelCatalog models, TimeProvider time)
{
    /// <exception cref="ServiceDefaults.Errors.ApiException">503 when too many requests wait for the model.</exception>
    public async Task<ParsedTask> ParseAsync(string text, TimeZoneInfo zone, CancellationToken cancellationToken)
    {
        var sentence = new Sentence(text);
        var tags = Tags.Take(sentence);
        var due = Due.Take(sentence, new LocalTime(time.GetUtcNow(), zone));
        var estimate = Duration.Take(sentence);
        var priority = Urgency.Take(sentence);
        var title = sentence.Title();
        var scores = models.Tasks is { } model ? await model.RunAsync(text, cancellationToken) : null;
        return new ParsedTask(
            title.Length > 0 ? new(title, sentence.Understood.Count == 0 ? 0.9 : 0.85) : new(text.Trim(), 0.3),
            due,
            estimate ?? (scores is null ? null : new(RoundedMinutes(scores.Minutes), 0.4)),
            priority ?? Best(TaskLabels.Priorities, scores?.Priorities) ?? new("medium", 0.5),
            tags,
            StatedCategory(tags) ?? Best(TaskLabels.Categories, scores?.Categories),
            Best(TaskLabels.Difficulties, scores?.Difficulties),
            sentence.Understood,
            scores is null ? AnswerSources.Rules : AnswerSources.Model);
    }

    private static Sure<string>? StatedCategory(IReadOnlyList<string> tags) =>
        tags.Select(t => t.ToLowerInvariant()).FirstOrDefault(TaskLabels.Categories.Contains) is { } category ? new(category, 0.99) : null;

    private static Sure<string>? Best(IReadOnlyList<string> labels, float[]? probabilities)
    {
        if (probabilities is null)
            return null;
        var best = probabilities.Max();
        return new(labels[Array.IndexOf(probabilities, best)], Math.Round(best, 2));
    }

    /// <summary>Nobody estimates 37 minutes.</summary>
    private static int RoundedMinutes(float minutes)
    {
        var step = minutes < 30 ? 5 : minutes < 120 ? 15 : 30;
        return Math.Max(5, (int)Math.Round(minutes / step) * step);
    }
}
