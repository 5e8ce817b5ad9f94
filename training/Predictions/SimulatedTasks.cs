using Deepiri.Cyrex.Predictions;
using Deepiri.Cyrex.TaskUnderstanding;
using Deepiri.Training.Networks;

namespace Deepiri.Training.Predictions;

/// <summary>
/// Tasks and how long they really took. People are optimists to a degree of their own (the planning fallacy), more so for long tasks and
/// some categories; late hours and many parts cost time, urgency saves some.
/// </summary>
internal static class SimulatedTasks
{
    private static readonly double[] s_categoryRatios = [1.25, 1.35, 1.0, 1.1, 1.2, 1.15, 1.1, 1.5];
    private static readonly double[] s_priorityRatios = [1.15, 1.0, 0.95, 0.85];
    private static readonly int[] s_estimates = [5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 480];

    public static IEnumerable<(TaskToTime Task, double Minutes)> Draw(int people, int seed)
    {
        const int MostTasks = 40;
        var random = new Random(seed);
        for (var person = 0; person < people; person++)
        {
            var optimism = Math.Exp(random.NextNormal() * 0.35);
            var ratios = new List<double>();
            for (var n = random.Next(1, MostTasks); n > 0; n--)
            {
                var (category, priority) = (random.Next(s_categoryRatios.Length), random.Next(s_priorityRatios.Length));
                var median = ratios.Count == 0 ? 1 : ratios.Order().ElementAt(ratios.Count / 2);
                var task = new TaskToTime(s_estimates[random.Next(s_estimates.Length)], TaskLabels.Categories[category], TaskLabels.Priorities[priority], Math.Max(0, random.Next(-4, 6)), median, ratios.Count, random.Next(24));
                var ratio = optimism * s_categoryRatios[category] * s_priorityRatios[priority] * Math.Pow(task.EstimateMinutes / 30.0, 0.08) * (1 + 0.06 * task.Subtasks)
                    * (task.HourOfDay is >= 22 or < 6 ? 1.25 : 1) * Math.Exp(random.NextNormal() * 0.3);
                ratios.Add(ratio);
                yield return (task, task.EstimateMinutes * ratio);
            }
        }
    }
}
