using Deepiri.ServiceDefaults.Http;
using FluentValidation;

namespace Deepiri.TaskOrchestrator.QuickAdd;

/// <summary>A task as its owner writes it.</summary>
/// <param name="Text">At most 2,000 characters.</param>
/// <param name="TimeZone">Where they are: an IANA name such as <c>Europe/Berlin</c>; UTC by default.</param>
internal sealed record TaskText(string? Text, string? TimeZone);

internal sealed class TaskTextRules : AbstractValidator<TaskText>
{
    public const int Longest = 2000;

    public TaskTextRules()
    {
        RuleFor(t => t.Text).IsText(Longest);
        RuleFor(t => t.TimeZone).IsTimeZone();
    }
}
