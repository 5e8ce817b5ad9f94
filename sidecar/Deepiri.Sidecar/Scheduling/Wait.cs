namespace Deepiri.Sidecar.Scheduling;

/// <summary>Waits for a point in time, however far off.</summary>
internal static class Wait
{
    // A timer of the system holds some 49 days, and may fire a little early.
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(20);
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(1);

    public static async Task UntilAsync(DateTimeOffset due, TimeProvider time, CancellationToken cancellationToken)
    {
        while (due - time.GetUtcNow() is { Ticks: > 0 } left)
            await Task.Delay(left > s_longest ? s_longest : left < s_shortest ? s_shortest : left, time, cancellationToken).ConfigureAwait(false);
    }
}
