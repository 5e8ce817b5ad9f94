namespace Deepiri.Bench;

/// <summary>Prints figures as Markdown, each beside its peer of the same run.</summary>
internal sealed class Report
{
    public Report() => Console.WriteLine($"Machine: {Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1 << 30)} GiB, .NET {Environment.Version}");

    public void Section(string name) => Console.WriteLine($"\n### {name}\n");

    public void Header(params string[] columns)
    {
        Row(columns);
        Row([.. columns.Select((_, i) => i == 0 ? "---" : "---:")]);
    }

    public void Row(params string[] cells) => Console.WriteLine($"| {string.Join(" | ", cells)} |");

    public void Note(string text) => Console.WriteLine($"\n{text}");
}

/// <summary>Latencies in milliseconds.</summary>
internal sealed class Latencies(IEnumerable<double> milliseconds)
{
    private readonly double[] _sorted = [.. milliseconds.Order()];

    public double P50 => At(0.50);

    public double P99 => At(0.99);

    public double At(double quantile) => _sorted[Math.Min(_sorted.Length - 1, (int)(quantile * _sorted.Length))];

    public static string Text(double milliseconds) => milliseconds.ToString("0.00");

    /// <summary>For what takes microseconds.</summary>
    public static string Text3(double milliseconds) => milliseconds.ToString("0.0000");
}
