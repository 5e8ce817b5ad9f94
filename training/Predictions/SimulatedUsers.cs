using Deepiri.Cyrex.Predictions;
using Deepiri.Training.Networks;

namespace Deepiri.Training.Predictions;

/// <summary>
/// Users day by day: each has a habit that fades or grows, and is active on a day with that probability. Who is not active within the 14
/// days after the day of judgement has left.
/// </summary>
internal static class SimulatedUsers
{
    private const int Horizon = 14;

    public static IEnumerable<(ActivityToJudge Activity, bool Left)> Draw(int count, int seed)
    {
        var random = new Random(seed);
        for (var made = 0; made < count;)
        {
            var tenure = random.Next(3, 200);
            var habit = random.NextDouble() * 0.8 + 0.05;
            var fading = random.Next(3) == 0 ? 0.90 + random.NextDouble() * 0.08 : 0.99 + random.NextDouble() * 0.015;
            var perDay = random.Next(1, 7);
            var active = new List<bool>();
            var completed = new List<int>();
            for (var day = 0; day < tenure + Horizon; day++)
            {
                var p = day == 0 ? 1 : Math.Min(0.95, habit) * (active[^1] ? 1.1 : 0.9);
                active.Add(random.NextDouble() < p);
                completed.Add(active[^1] ? random.Next(perDay + 1) : 0);
                habit *= fading;
            }
            var past = active[..tenure];
            var since = past.Count - 1 - past.LastIndexOf(true);
            // Whoever has been away for so long has left already; there is nothing to predict.
            if (since >= 30)
                continue;
            made++;
            var streak = past.Count - 1 - since - past.FindLastIndex(past.Count - 1 - since, a => !a);
            yield return (new ActivityToJudge(tenure, since, past.TakeLast(7).Count(a => a), past.TakeLast(28).Count(a => a), completed.Take(tenure).TakeLast(7).Sum(), completed.Take(tenure).TakeLast(28).Sum(),
                since <= 1 ? streak : 0, Math.Max(0, (int)(random.NextNormal() * 2 + since / 4.0))), !active[tenure..].Contains(true));
        }
    }
}
