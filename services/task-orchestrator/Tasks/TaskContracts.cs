using FluentValidation;

namespace Deepiri.TaskOrchestrator.Tasks;

/// <summary>A task as the user wants it. A PUT replaces the whole task: what is left out takes its default.</summary>
internal sealed record TaskRequest(string? Title, string? Description, DateTimeOffset? Due, TaskPriority? Priority, int? EstimateMinutes, IReadOnlyList<string>? Tags, TaskState? Status);

/// <summary>A task as the API shows it.</summary>
internal sealed record TaskView(
    string Id, string Title, string? Description, DateTimeOffset? Due, TaskPriority Priority, int? EstimateMinutes, IReadOnlyList<string> Tags,
    TaskState Status, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, DateTimeOffset? CompletedAt)
{
    public static TaskView Of(TaskItem t) => new(t.Id, t.Title, t.Description, t.Due, t.Priority, t.EstimateMinutes, t.Tags, t.Status, t.CreatedAt, t.UpdatedAt, t.CompletedAt);
}

internal sealed class TaskRules : AbstractValidator<TaskRequest>
{
    private const int MostTags = 20;
    private const int LongestEstimate = 60 * 24 * 365;

    public TaskRules()
    {
        RuleFor(t => t.Title).Cascade(CascadeMode.Stop)
            .Must(title => !string.IsNullOrWhiteSpace(title)).WithMessage("A title is needed.")
            .MaximumLength(200).WithMessage("At most 200 characters.")
            .Must(HasNoControlCharacters).WithMessage("No control characters.");
        RuleFor(t => t.Description).MaximumLength(10_000).WithMessage("At most 10,000 characters.");
        RuleFor(t => t.EstimateMinutes).InclusiveBetween(1, LongestEstimate).WithMessage($"Between 1 and {LongestEstimate} minutes.");
        RuleFor(t => t.Tags).Must(tags => tags is null || tags.Count <= MostTags).WithMessage($"At most {MostTags} tags.");
        RuleForEach(t => t.Tags).Must(tag => !string.IsNullOrWhiteSpace(tag) && tag.Length <= 50 && HasNoControlCharacters(tag)).WithMessage("A tag has 1 to 50 characters, none of them a control character.");
    }

    private static bool HasNoControlCharacters(string? text) => text is null || !text.Any(char.IsControl);
}
