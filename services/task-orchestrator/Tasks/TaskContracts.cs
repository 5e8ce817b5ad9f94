using System.Text.Json.Serialization;
using Deepiri.ServiceDefaults.Http;
using Deepiri.TaskOrchestrator.QuickAdd;
using Deepiri.TaskOrchestrator.Recurrence;
using FluentValidation;

namespace Deepiri.TaskOrchestrator.Tasks;

/// <summary>A task as the user wants it. A PUT replaces the whole task: what is left out takes its default.</summary>
/// <param name="Text">Instead of a title, for a new task: as people write it, "pay the rent tomorrow 5pm, 10min #home". What else is given comes before what the text states.</param>
/// <param name="TimeZone">Where the text was written: an IANA name; UTC by default.</param>
/// <param name="ParentId">The task that a new one is a part of. It stays so.</param>
/// <param name="Recurrence">How it comes again once it is done or due.</param>
/// <param name="Reminders">How many minutes before it is due its owner is reminded, 0 for when it is due.</param>
internal sealed record TaskRequest(string? Title, string? Description, DateTimeOffset? Due, TaskPriority? Priority, int? EstimateMinutes, IReadOnlyList<string>? Tags, TaskState? Status, string? Text = null, string? TimeZone = null,
    RecurrenceRequest? Recurrence = null, IReadOnlyList<int>? Reminders = null, string? ParentId = null);

/// <summary>A task as the API shows it.</summary>
/// <param name="ParentId">The task that it is a part of.</param>
/// <param name="OwnerId" example="01a1feee-d7ce-7758-ac02-e4a9ef02d009">Whose it is.</param>
/// <param name="Role">What the caller may do with it.</param>
/// <param name="IsBlocked">Whether it waits for a task that it depends on.</param>
/// <param name="Version">Counts its changes, from 1.</param>
/// <param name="Understanding">What the text was understood as of which it was made; only in the answer to that.</param>
internal sealed record TaskView(
    string Id, string Title, string? Description, DateTimeOffset? Due, TaskPriority Priority, int? EstimateMinutes, IReadOnlyList<string> Tags,
    TaskState Status, bool IsBlocked, string? ParentId, string OwnerId, TaskRole Role, int Version, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, DateTimeOffset? CompletedAt,
    TaskRecurrence? Recurrence, IReadOnlyList<int> Reminders,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Understanding? Understanding = null)
{
    public static TaskView Of(TaskItem t, TaskRole role, bool isBlocked) =>
        new(t.Id, t.Title, t.Description, t.Due, t.Priority, t.EstimateMinutes, t.Tags, t.Status, isBlocked, t.ParentId, t.UserId, role, t.Version, t.CreatedAt, t.UpdatedAt, t.CompletedAt, t.Recurrence, t.Reminders ?? []);
}

internal sealed class TaskRules : AbstractValidator<TaskRequest>
{
    public const int LongestTitle = 200;

    public const string NeedsDue = "Only for a task with a due date.";

    public const int MostTags = 20;
    public const int LongestTag = 50;

    private const int MostReminders = 5;
    private const int EarliestReminder = 60 * 24 * 28;
    private const int LongestEstimate = 60 * 24 * 365;

    private static readonly TimeSpan s_longestSeries = TimeSpan.FromDays(3660);

    /// <summary>Rules of a task that is to be made.</summary>
    public static TaskRules ForNew { get; } = new(isNew: true);

    /// <summary>Rules of a task that is there, or that comes from elsewhere.</summary>
    public static TaskRules ForPresent { get; } = new(isNew: false);

    /// <param name="isNew">Whether a text may stand in for the title.</param>
    private TaskRules(bool isNew)
    {
        // Completing has consequences of its own; a task begins undone.
        RuleFor(t => t.Status).Must(status => !isNew || status is not TaskState.Done).WithMessage("A new task is todo or in_progress; complete it afterwards.");
        When(t => isNew && t.Text is not null, () =>
        {
            RuleFor(t => t.Text).IsText(TaskTextRules.Longest);
            RuleFor(t => t.TimeZone).IsTimeZone();
        }).Otherwise(() =>
        {
            RuleFor(t => t.Text).Null().WithMessage("Only a new task is made of a text.");
            RuleFor(t => t.Title).Must(title => !string.IsNullOrWhiteSpace(title)).WithMessage("A title is needed.");
        });
        RuleFor(t => t.Title).Cascade(CascadeMode.Stop)
            .MaximumLength(LongestTitle).WithMessage($"At most {LongestTitle} characters.")
            .Must(HasNoControlCharacters).WithMessage("No control characters.");
        RuleFor(t => t.Description).MaximumLength(10_000).WithMessage("At most 10,000 characters.");
        RuleFor(t => t.EstimateMinutes).InclusiveBetween(1, LongestEstimate).WithMessage($"Between 1 and {LongestEstimate} minutes.");
        RuleFor(t => t.Tags).Must(tags => tags is null || tags.Count <= MostTags).WithMessage($"At most {MostTags} tags.");
        RuleFor(t => t.Due).IsReasonable();
        RuleForEach(t => t.Tags).Must(tag => !string.IsNullOrWhiteSpace(tag) && tag.Length <= LongestTag && HasNoControlCharacters(tag)).When(t => t.Tags?.Count <= MostTags).WithMessage($"A tag has 1 to {LongestTag} characters, none of them a control character.");
        RuleFor(t => t.Recurrence!).SetValidator(new RecurrenceRules()).When(t => t.Recurrence is not null);
        RuleFor(t => t.Recurrence).Null().When(t => t.Due is null && t.Text is null).WithMessage(NeedsDue);
        RuleFor(t => t.Recurrence).Must((t, recurrence) => recurrence?.Start is not { } start || t.Due is not { } due || (due - start).Duration() < s_longestSeries).WithMessage("It starts within ten years of the due date.");
        RuleFor(t => t.Reminders).Null().When(t => t.Due is null && t.Text is null && t.Reminders is { Count: > 0 }).WithMessage(NeedsDue);
        RuleFor(t => t.Reminders).Must(reminders => reminders is null || reminders.Count <= MostReminders).WithMessage($"At most {MostReminders} reminders.");
        RuleForEach(t => t.Reminders).InclusiveBetween(0, EarliestReminder).When(t => t.Reminders?.Count <= MostReminders).WithMessage($"Between 0 and {EarliestReminder} minutes, which is four weeks.");
    }

    private static bool HasNoControlCharacters(string? text) => text is null || !text.Any(char.IsControl);
}
