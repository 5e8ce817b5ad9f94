using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Hosting;

namespace Deepiri.ServiceDefaults.Telemetry;

/// <summary>
/// Collects the measurements of .NET's, ASP.NET Core's and our meters and writes them in Prometheus' text format
/// (https://prometheus.io/docs/instrumenting/exposition_formats/), with the names that OpenTelemetry's Prometheus exporter gives them.
/// </summary>
internal sealed class PrometheusMetrics : IHostedService, IDisposable
{
    private const int MostSeries = 2000;
    private static readonly string[] s_meters = ["System.Runtime"];

    /// <summary>Of the meters that measure every request several times over, these.</summary>
    private static readonly string[] s_instruments = ["http.server.request.duration", "http.client.request.duration", "kestrel.active_connections", "kestrel.rejected_connections"];

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, MetricFamily> _families = new();

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (s_meters.Contains(instrument.Meter.Name) || s_instruments.Contains(instrument.Name) || instrument.Meter.Name.StartsWith("Deepiri.", StringComparison.Ordinal))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((i, v, tags, _) => Record(i, v, tags));
        _listener.SetMeasurementEventCallback<long>((i, v, tags, _) => Record(i, v, tags));
        _listener.SetMeasurementEventCallback<double>((i, v, tags, _) => Record(i, v, tags));
        _listener.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public string Render()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (var family in _families.Values.OrderBy(f => f.Name, StringComparer.Ordinal))
            family.Render(text);
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _families.GetOrAdd(instrument, static i => new MetricFamily(i, MostSeries)).Record(value, tags);
}

/// <summary>One instrument and its series.</summary>
internal sealed class MetricFamily
{
    private static readonly double[] s_seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly ConcurrentDictionary<string, Series> _series = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Series>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly Instrument _instrument;
    private readonly int _mostSeries;
    private readonly double[] _bounds;
    private readonly string _type;
    private readonly bool _isAbsolute;

    public MetricFamily(Instrument instrument, int mostSeries)
    {
        _instrument = instrument;
        _mostSeries = mostSeries;
        _bounds = BoundsOf(instrument);
        _lookup = _series.GetAlternateLookup<ReadOnlySpan<char>>();
        var kind = instrument.GetType().Name;
        _type = kind.StartsWith("Histogram", StringComparison.Ordinal) ? "histogram"
            : kind.StartsWith("Counter", StringComparison.Ordinal) || kind.StartsWith("ObservableCounter", StringComparison.Ordinal) ? "counter" : "gauge";
        _isAbsolute = instrument.IsObservable || kind.StartsWith("Gauge", StringComparison.Ordinal);
        Name = MetricName(instrument, _type);
    }

    public string Name { get; }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = Labels(stackalloc char[512], tags, out var overflow);
        var key = overflow is null ? labels : overflow.AsSpan();
        if (!_lookup.TryGetValue(key, out var series))
        {
            // A label with endless values must not eat the memory; what comes past the limit is not shown.
            if (_series.Count >= _mostSeries)
                return;
            series = _series.GetOrAdd(key.ToString(), _ => new Series(_type == "histogram" ? _bounds.Length : 0));
        }
        series.Record(value, _isAbsolute, _bounds);
    }

    public void Render(StringBuilder text)
    {
        text.Append("# HELP ").Append(Name).Append(' ').Append((_instrument.Description ?? "").Replace("\\", @"\\").Replace("\n", " ")).Append('\n');
        text.Append("# TYPE ").Append(Name).Append(' ').Append(_type).Append('\n');
        foreach (var (labels, series) in _series)
            series.Render(text, Name, labels, _bounds);
    }

    /// <summary>The buckets that the instrument advises; without advice they are for seconds.</summary>
    private static double[] BoundsOf(Instrument instrument) => instrument switch
    {
        Instrument<int> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(b => (double)b)],
        Instrument<long> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(b => (double)b)],
        Instrument<double> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds],
        _ => s_seconds,
    };

    private static string MetricName(Instrument instrument, string type)
    {
        var name = new StringBuilder(instrument.Name.Length + 16);
        foreach (var c in instrument.Name)
            name.Append(char.IsAsciiLetterOrDigit(c) || c == ':' ? c : '_');
        var unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", "ms" => "_milliseconds", _ => "" };
        return name.Append(unit).Append(type == "counter" ? "_total" : "").ToString();
    }

    /// <summary>Writes <c>a="b",c="d"</c> into the buffer, or as a string when it is too long for it.</summary>
    private static ReadOnlySpan<char> Labels(Span<char> buffer, ReadOnlySpan<KeyValuePair<string, object?>> tags, out string? overflow)
    {
        overflow = null;
        var length = 0;
        foreach (var (name, value) in tags)
        {
            if (value is null)
                continue;
            if (!TryWriteLabel(buffer[length..], name, value, out var written))
            {
                overflow = LongLabels(tags);
                return default;
            }
            length += written;
        }
        return buffer[..length];
    }

    private static bool TryWriteLabel(Span<char> buffer, string name, object value, out int written)
    {
        var text = Escape(value);
        written = name.Length + text.Length + 4;
        if (buffer.Length < written)
            return false;
        name.CopyTo(buffer);
        buffer[..name.Length].Replace('.', '_');
        "=\"".CopyTo(buffer[name.Length..]);
        text.CopyTo(buffer[(name.Length + 2)..]);
        "\",".CopyTo(buffer[(name.Length + 2 + text.Length)..]);
        return true;
    }

    private static string LongLabels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            if (value is not null)
                text.Append(name.Replace('.', '_')).Append("=\"").Append(Escape(value)).Append("\",");
        }
        return text.ToString();
    }

    private static string Escape(object value)
    {
        var text = value as string ?? Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        return text.AsSpan().IndexOfAny('\\', '"', '\n') < 0 ? text : text.Replace("\\", @"\\").Replace("\"", "\\\"").Replace("\n", "\\n");
    }

    private sealed class Series(int buckets)
    {
        private readonly long[] _buckets = new long[buckets];
        private readonly Lock _lock = new();
        private double _sum;
        private long _count;

        public void Record(double value, bool isAbsolute, double[] bounds)
        {
            lock (_lock)
            {
                _count++;
                _sum = isAbsolute ? value : _sum + value;
                for (var i = 0; i < _buckets.Length; i++)
                {
                    if (value <= bounds[i])
                        _buckets[i]++;
                }
            }
        }

        public void Render(StringBuilder text, string name, string labels, double[] bounds)
        {
            lock (_lock)
            {
                var own = labels.TrimEnd(',');
                if (buckets == 0)
                {
                    Line(text, name, own, _sum);
                    return;
                }
                for (var i = 0; i < _buckets.Length; i++)
                    Line(text, name + "_bucket", $"{labels}le=\"{bounds[i].ToString(CultureInfo.InvariantCulture)}\"", _buckets[i]);
                Line(text, name + "_bucket", $"{labels}le=\"+Inf\"", _count);
                Line(text, name + "_sum", own, _sum);
                Line(text, name + "_count", own, _count);
            }
        }

        private static void Line(StringBuilder text, string name, string labels, double value)
        {
            text.Append(name);
            if (labels.Length > 0)
                text.Append('{').Append(labels).Append('}');
            text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
        }
    }
}
