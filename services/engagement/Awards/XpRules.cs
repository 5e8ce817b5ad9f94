using Deepiri.Contracts;

namespace Deepiri.Engagement.Awards;

/// <summary>How many points a completed task is worth.</summary>
internal static class XpRules
{
    private const int Base = 10;
    private const int MinutesPerPoint = 6;
    private const int MostForEffort = 40;

    /// <summary>10 points, more by priority, and one per six estimated minutes, 40 of these at most.</summary>
    public static int For(TaskChanged task)
    {
        var priority = task.Priority switch { "medium" => 5, "high" => 10, "urgent" => 15, _ => 0 };
        var effort = Math.Clamp((task.EstimateMinutes ?? 0) / MinutesPerPoint, 0, MostForEffort);
        return Base + priority + effort;
    }
}
