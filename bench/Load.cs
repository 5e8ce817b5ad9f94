using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Deepiri.TestHost;

namespace Deepiri.Bench;

/// <summary>Load and its figures.</summary>
internal static partial class Load
{
    private const int Connections = 64;
    private const int WarmUpSeconds = 8;
    private const int RoundSeconds = 4;
    private const int Rounds = 5;

    /// <summary>
    /// Requests at a fixed rate, whatever the answers do (an open loop): latency is counted from the moment at which a request was due,
    /// so that a slow answer is not hidden by the requests that it holds up.
    /// </summary>
    public static async Task<Latencies> AtRateAsync(int perSecond, TimeSpan duration, Func<Task> request)
    {
        var latencies = new ConcurrentBag<double>();
        var total = (int)(perSecond * duration.TotalSeconds);
        var interval = Stopwatch.Frequency / (double)perSecond;
        var began = Stopwatch.GetTimestamp();
        var running = new Task[total];
        for (var i = 0; i < total; i++)
        {
            var due = began + (long)(i * interval);
            // The clock of Task.Delay is too coarse for a millisecond; most of the wait is slept, the rest yielded.
            while (Stopwatch.GetTimestamp() < due)
            {
                if (due - Stopwatch.GetTimestamp() > Stopwatch.Frequency / 500)
                    await Task.Delay(1);
                else
                    await Task.Yield();
            }
            running[i] = OneAsync(due);
        }
        await Task.WhenAll(running);
        return new Latencies(latencies);

        async Task OneAsync(long due)
        {
            await request();
            latencies.Add(Stopwatch.GetElapsedTime(due).TotalMilliseconds);
        }
    }

    /// <summary>As many requests as go through one by one in each of several loops.</summary>
    public static async Task<(double PerSecond, Latencies Latencies)> ClosedAsync(int loops, int requests, Func<int, Task> request)
    {
        var latencies = new ConcurrentBag<double>();
        var next = 0;
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, loops).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var i && i <= requests)
            {
                var sent = Stopwatch.GetTimestamp();
                await request(i);
                latencies.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }
        })));
        return (requests / Stopwatch.GetElapsedTime(began).TotalSeconds, new Latencies(latencies));
    }

    /// <summary>
    /// wrk with 64 connections on each in turn: once to warm up (.NET compiles its hot code while it runs), then in rounds, of which the median
    /// counts, so that a moment in which the machine is slow does not fall on one of them alone.
    /// </summary>
    public static async Task<WrkResult[]> WrkAsync(params (Uri Url, string[] Headers)[] targets)
    {
        foreach (var (url, headers) in targets)
            await WrkOnceAsync(url, headers, WarmUpSeconds);
        var results = targets.Select(_ => new List<WrkResult>()).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < targets.Length; i++)
                results[i].Add(await WrkOnceAsync(targets[i].Url, targets[i].Headers, RoundSeconds));
        }
        return [.. results.Select(r => r.OrderBy(w => w.PerSecond).ElementAt(Rounds / 2))];
    }

    /// <summary>wrk with so many connections that post one JSON body over and over; the median of the rounds, after a warm-up.</summary>
    public static async Task<WrkResult> WrkPostAsync(int connections, Uri url, string[] headers, string json)
    {
        using var directory = new TemporaryDirectory();
        var script = directory.Write("post.lua", $"wrk.method = 'POST'\nwrk.body = [[{json}]]\nwrk.headers['Content-Type'] = 'application/json'\n");
        await WrkOnceAsync(url, headers, WarmUpSeconds, connections, script);
        var results = new List<WrkResult>();
        for (var round = 0; round < Rounds; round++)
            results.Add(await WrkOnceAsync(url, headers, RoundSeconds, connections, script));
        return results.OrderBy(w => w.PerSecond).ElementAt(Rounds / 2);
    }

    private static async Task<WrkResult> WrkOnceAsync(Uri url, string[] headers, int seconds, int connections = Connections, string? script = null)
    {
        var output = await Shell.RunAsync("wrk", [$"-t{Math.Min(2, connections)}", $"-c{connections}", "--latency", .. headers.SelectMany(h => new[] { "-H", h }), .. script is null ? Array.Empty<string>() : ["-s", script], $"-d{seconds}s", url.ToString()]);
        var failed = NotOk().Match(output);
        return failed.Success
            ? throw new InvalidOperationException($"wrk {url}: {failed.Value}")
            : new WrkResult(Number(PerSecond().Match(output)), Time(Percentile50().Match(output)), Time(Percentile99().Match(output)));
    }

    private static double Number(Match match) => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);

    private static double Time(Match match) => Number(match) * match.Groups[2].Value switch { "us" => 0.001, "ms" => 1, _ => 1000 };

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex PerSecond();

    [GeneratedRegex(@"50%\s+([\d.]+)(us|ms|s)")]
    private static partial Regex Percentile50();

    [GeneratedRegex(@"99%\s+([\d.]+)(us|ms|s)")]
    private static partial Regex Percentile99();

    [GeneratedRegex(@"(Non-2xx or 3xx responses: \d+|Socket errors: .*)")]
    private static partial Regex NotOk();
}

/// <summary>Requests per second and latencies in milliseconds.</summary>
internal sealed record WrkResult(double PerSecond, double P50, double P99);
