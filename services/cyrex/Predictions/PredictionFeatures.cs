using Deepiri.Cyrex.Models;
using Deepiri.Cyrex.TaskUnderstanding;

namespace Deepiri.Cyrex.Predictions;

/// <summary>A task whose duration is to be predicted.</summary>
/// <param name="EstimateMinutes">What its owner thinks.</param>
/// <param name="Category">One of <see cref="TaskLabels.Categories"/>.</param>
/// <param name="Priority">One of <see cref="TaskLabels.Priorities"/>.</param>
/// <param name="Subtasks">How many parts it has.</param>
/// <param name="PastRatio">By how much the owner's tasks usually take longer than estimated: the median of actual by estimated time; 1 when nothing is known.</param>
/// <param name="PastTasks">From how many tasks that is known.</param>
/// <param name="HourOfDay">At which hour it is begun, the owner's time.</param>
internal sealed record TaskToTime(int EstimateMinutes, string Category, string Priority, int Subtasks, double PastRatio, int PastTasks, int HourOfDay);

/// <summary>What a user did lately, from which it is predicted whether they stay.</summary>
/// <param name="TenureDays">For how many days they have been here.</param>
/// <param name="DaysSinceActive">How many days ago they were last active.</param>
/// <param name="ActiveDays7">On how many of the last 7 days.</param>
/// <param name="ActiveDays28">On how many of the last 28 days.</param>
/// <param name="Completed7">What they completed in the last 7 days.</param>
/// <param name="Completed28">What they completed in the last 28 days.</param>
/// <param name="Streak">Their streak in days.</param>
/// <param name="Overdue">How many of their tasks are overdue.</param>
internal sealed record ActivityToJudge(int TenureDays, int DaysSinceActive, int ActiveDays7, int ActiveDays28, int Completed7, int Completed28, int Streak, int Overdue);

/// <summary>Both as their models see them.</summary>
internal static class PredictionFeatures
{
    private static readonly int s_categories = TaskLabels.Categories.Count;

    public static int TimeCount { get; } = 7 + s_categories + TaskLabels.Priorities.Count;

    public const int ChurnCount = 10;

    public static void Write(TaskToTime task, Span<float> into)
    {
        into.Clear();
        var angle = task.HourOfDay / 24f * MathF.Tau;
        into[0] = MathF.Log(task.EstimateMinutes) / 3;
        into[1] = (float)Math.Log(task.PastRatio);
        into[2] = MathF.Log(1f + task.PastTasks) / 3;
        into[3] = into[1] * task.PastTasks / (task.PastTasks + 5f);
        into[4] = MathF.Log(1f + task.Subtasks);
        into[5] = MathF.Sin(angle);
        into[6] = MathF.Cos(angle);
        into[7 + Labels.IndexOf(TaskLabels.Categories, task.Category)] = 1;
        into[7 + s_categories + Labels.IndexOf(TaskLabels.Priorities, task.Priority)] = 1;
    }

    public static void Write(ActivityToJudge activity, Span<float> into)
    {
        into[0] = MathF.Log(1f + activity.TenureDays) / 5;
        into[1] = MathF.Log(1f + activity.DaysSinceActive) / 3;
        into[2] = activity.ActiveDays7 / 7f;
        into[3] = activity.ActiveDays28 / 28f;
        into[4] = MathF.Log(1f + activity.Completed7) / 3;
        into[5] = MathF.Log(1f + activity.Completed28) / 4;
        into[6] = MathF.Log(1f + activity.Streak) / 3;
        into[7] = MathF.Log(1f + activity.Overdue) / 3;
        into[8] = activity.ActiveDays7 / 7f - activity.ActiveDays28 / 28f;
        into[9] = activity.TenureDays < 14 ? 1 : 0;
    }
}
