using System.Diagnostics.Metrics;
using Deepiri.ServiceDefaults.Telemetry;
using Deepiri.Sidecar.Invocation;
using Deepiri.Sidecar.Resources;

namespace Deepiri.UnitTests;

public sealed class PrometheusMetricsTests
{
    [Fact]
    public async Task Counters_gauges_and_histograms_are_written_as_prometheus_reads_them()
    {
        using var meter = new Meter($"Deepiri.Test.{Guid.NewGuid():N}");
        using var metrics = new PrometheusMetrics();
        await metrics.StartAsync(CancellationToken.None);
        var counter = meter.CreateCounter<long>("things.made", description: "Things");
        counter.Add(2, new KeyValuePair<string, object?>("kind", "a\"b\\c\n"));
        counter.Add(3, new KeyValuePair<string, object?>("kind", "a\"b\\c\n"));
        meter.CreateHistogram<double>("wait", "s").Record(0.02);
        meter.CreateObservableGauge("level", () => 7);
        var text = metrics.Render();
        Assert.Contains("# HELP things_made_total Things\n# TYPE things_made_total counter\nthings_made_total{kind=\"a\\\"b\\\\c\\n\"} 5\n", text);
        Assert.Contains("wait_seconds_bucket{le=\"0.01\"} 0\n", text);
        Assert.Contains("wait_seconds_bucket{le=\"0.025\"} 1\n", text);
        Assert.Contains("wait_seconds_bucket{le=\"+Inf\"} 1\nwait_seconds_sum 0.02\nwait_seconds_count 1\n", text);
        Assert.Contains("level 7\n", text);
    }

    [Fact]
    public async Task A_label_with_endless_values_does_not_eat_the_memory()
    {
        using var meter = new Meter($"Deepiri.Test.{Guid.NewGuid():N}");
        using var metrics = new PrometheusMetrics();
        await metrics.StartAsync(CancellationToken.None);
        var counter = meter.CreateCounter<int>("endless");
        for (var i = 0; i < 5000; i++)
            counter.Add(1, new KeyValuePair<string, object?>("id", new string('x', 600) + i));
        Assert.Equal(2000, metrics.Render().Split('\n').Count(l => l.StartsWith("endless_total{", StringComparison.Ordinal)));
    }
}

public sealed class GoDurationTests
{
    [Theory]
    [InlineData("5s", 5000)]
    [InlineData("500ms", 500)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1.5s", 1500)]
    [InlineData("10", 10_000)]
    [InlineData("0", 0)]
    public void Durations_are_read(string text, double milliseconds)
    {
        Assert.True(GoDuration.TryParse(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5 s")]
    [InlineData("soon")]
    [InlineData("5d")]
    public void Others_are_not(string text) => Assert.False(GoDuration.TryParse(text, out _));
}

public sealed class InvokePathTests
{
    [Theory]
    [InlineData("/a/b", "/a/b", "/a/b")]
    [InlineData("/a%20b", "/a b", "/a%20b")]
    [InlineData("/a%2Fb", "/a/b", "/a/b")]
    [InlineData("/a/%2e%2e/b", "/b", "/b")]
    [InlineData("/a/%252e%252e/b", "/a/%2e%2e/b", "/a/%252e%252e/b")]
    [InlineData("/ü", "/ü", "/%C3%BC")]
    public void What_is_judged_is_what_is_sent(string escaped, string decoded, string sent)
    {
        Assert.True(InvokePath.TryParse(escaped, out var path, out _));
        Assert.Equal((decoded, sent), (path.Decoded, path.Escaped));
    }
}
