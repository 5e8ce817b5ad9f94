using FluentValidation;

namespace Deepiri.ServiceDefaults.Http;

/// <summary>Rules that several requests share.</summary>
public static class TextRules
{
    private const int HighestLevel = 1000;
    private const int LongestZone = 64;

    /// <summary>The year before which all times are.</summary>
    public const int LastYear = 2200;

    /// <summary>A text that is needed, without null characters.</summary>
    public static IRuleBuilderOptions<T, string?> IsText<T>(this IRuleBuilderInitial<T, string?> rule, int longest) => rule.Cascade(CascadeMode.Stop)
        .Must(t => !string.IsNullOrWhiteSpace(t)).WithMessage("A text is needed.")
        .Must(t => t!.Length <= longest).WithMessage($"At most {longest:N0} characters.")
        .Must(t => !t!.Contains('\0')).WithMessage("No null characters.");

    /// <summary>An IANA time zone, which may be left out.</summary>
    public static IRuleBuilderOptions<T, string?> IsTimeZone<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Must(z => z is null || (z.Length <= LongestZone && TimeZoneInfo.TryFindSystemTimeZoneById(z, out _))).WithMessage("An IANA time zone such as Europe/Berlin.");

    /// <summary>A time that one can calculate with: from 1970 to 2199; it may be left out.</summary>
    public static IRuleBuilderOptions<T, DateTimeOffset?> IsReasonable<T>(this IRuleBuilder<T, DateTimeOffset?> rule) =>
        rule.Must(t => t is null || (t.Value.UtcDateTime.Year is >= 1970 and < LastYear)).WithMessage($"Between 1970 and {LastYear - 1}.");

    /// <summary>A user's level, which may be left out.</summary>
    public static IRuleBuilderOptions<T, int?> IsLevel<T>(this IRuleBuilder<T, int?> rule) => rule.InclusiveBetween(1, HighestLevel).WithMessage($"Between 1 and {HighestLevel}.");
}
