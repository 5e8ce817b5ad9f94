using System.Globalization;

namespace Deepiri.Sidecar.Scheduling;

/// <summary>Durations as Go prints them: <c>1h30m0s</c>, <c>10s</c>, <c>1.5s</c>, <c>500ms</c>.</summary>
internal static class GoText
{
    public static string Duration(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
            return "0s";
        if (duration < TimeSpan.FromSeconds(1))
            return $"{duration.TotalMilliseconds.ToString("0.######", CultureInfo.InvariantCulture)}ms";
        var seconds = (duration.TotalSeconds % 60).ToString("0.#######", CultureInfo.InvariantCulture);
        var hours = (long)duration.TotalHours;
        return hours > 0 ? $"{hours}h{duration.Minutes}m{seconds}s" : duration.Minutes > 0 ? $"{duration.Minutes}m{seconds}s" : $"{seconds}s";
    }
}
