using System.Collections.Concurrent;

namespace Deepiri.Gateway.RateLimiting;

/// <summary>The outcome of counting a request.</summary>
internal readonly record struct Permit(bool IsGranted, int Remaining, TimeSpan Reset);

/// <summary>
/// Counts requests per client in windows of a minute that begin for all clients together: the counts of a window are thrown away whole,
/// which bounds the memory without timers.
/// </summary>
internal sealed class FixedWindow(TimeProvider time)
{
    private static readonly TimeSpan s_length = TimeSpan.FromMinutes(1);

    /// <summary>More clients than this in one minute share one count.</summary>
    private const int MostClients = 100_000;

    private Window _current = new(0);

    public Permit Take(string client, int permits)
    {
        var now = time.GetUtcNow().Ticks;
        var number = now / s_length.Ticks;
        var reset = TimeSpan.FromTicks(((number + 1) * s_length.Ticks) - now);
        var window = WindowOf(number);
        var taken = Interlocked.Increment(ref window.CounterOf(client).Value);
        return new Permit(taken <= permits, Math.Max(0, permits - taken), reset);
    }

    /// <summary>A clock that jumps back stays in the window that has begun already.</summary>
    private Window WindowOf(long number)
    {
        var current = Volatile.Read(ref _current);
        if (current.Number >= number)
            return current;
        var next = new Window(number);
        var seen = Interlocked.CompareExchange(ref _current, next, current);
        return seen == current ? next : WindowOf(number);
    }

    private sealed class Window(long number)
    {
        private readonly ConcurrentDictionary<string, Counter> _counters = new(StringComparer.Ordinal);
        private readonly Counter _others = new();
        private int _count;

        public long Number { get; } = number;

        /// <summary>Counted here, since the dictionary's own count takes all of its locks.</summary>
        public Counter CounterOf(string client) =>
            _counters.TryGetValue(client, out var known) ? known
            : Interlocked.Increment(ref _count) <= MostClients ? _counters.GetOrAdd(client, static _ => new Counter())
            : _others;
    }

    private sealed class Counter
    {
        public int Value;
    }
}
