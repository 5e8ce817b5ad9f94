using System.Text.RegularExpressions;

namespace Deepiri.Cyrex.TaskUnderstanding.Phrases;

/// <summary>A priority that the text states: <c>urgent</c>, <c>asap</c>, <c>!!</c>, <c>p1</c>, <c>low priority</c>.</summary>
internal static partial class Urgency
{
    /// <summary>The priority and how sure that is; null when the text states none.</summary>
    public static Sure<string>? Take(Sentence sentence) =>
        sentence.Take(NotUrgent(), "priority", _ => new Sure<string>("low", 0.9))
        ?? sentence.Take(Stated(), "priority", m => new Sure<string>(m.Groups[1].Value.ToLowerInvariant() switch { "urgent" => "urgent", "high" or "top" => "high", "low" => "low", _ => "medium" }, 0.98))
        ?? sentence.Take(Urgent(), "priority", _ => new Sure<string>("urgent", 0.97))
        ?? sentence.Take(Number(), "priority", m => new Sure<string>(m.Groups[1].Value switch { "1" => "urgent", "2" => "high", "3" => "medium", _ => "low" }, 0.97))
        ?? sentence.Take(Marks(), "priority", m => new Sure<string>(m.Length > 2 ? "urgent" : "high", 0.8));

    [GeneratedRegex(@"\b(?:not urgent|no rush|no hurry)\b", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex NotUrgent();

    [GeneratedRegex(@"\b(urgent|high|top|medium|normal|low)[\s-]prio(?:rity)?\b", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Stated();

    [GeneratedRegex(@"\b(?:urgent(?:ly)?|asap|a\.s\.a\.p\.|immediately|right now|right away)\b!*", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Urgent();

    [GeneratedRegex(@"(?<![\w#/])p([1-4])\b", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Number();

    [GeneratedRegex(@"!{2,}", RegexOptions.None, 1000)]
    private static partial Regex Marks();
}
