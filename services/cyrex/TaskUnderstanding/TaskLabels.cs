namespace Deepiri.Cyrex.TaskUnderstanding;

/// <summary>What the task model tells apart. The order is that of its outputs.</summary>
internal static class TaskLabels
{
    public static IReadOnlyList<string> Categories { get; } = ["work", "learning", "health", "finance", "home", "errands", "social", "creative"];

    public static IReadOnlyList<string> Priorities { get; } = ["low", "medium", "high", "urgent"];

    public static IReadOnlyList<string> Difficulties { get; } = ["easy", "medium", "hard"];
}
