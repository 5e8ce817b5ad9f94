namespace Deepiri.Cyrex.CodeAnalysis;

internal enum Severity
{
    Info,
    Warning,
    Error,
}

/// <summary>Something to look at.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Rule">A constant for programs, for example <c>bare-except</c>.</param>
internal sealed record Finding(int Line, Severity Severity, string Rule, string Message);

/// <summary>How the running time grows with the input.</summary>
/// <param name="Estimate">For example <c>O(n^2)</c>.</param>
/// <param name="Reason">What it was estimated from.</param>
/// <param name="Expected">What the challenge wants, when that is known.</param>
/// <param name="MeetsExpected">Whether the estimate is no worse; null when nothing is expected.</param>
internal sealed record ComplexityEstimate(string Estimate, string Reason, string? Expected, bool? MeetsExpected);

/// <summary>Counts of a source.</summary>
internal sealed record CodeMetrics(int Lines, int CodeLines, int CommentLines, int Functions, int DeepestNesting);

/// <summary>What an analysis found.</summary>
internal sealed record CodeReport(IReadOnlyList<Finding> Findings, ComplexityEstimate Complexity, IReadOnlyList<string> StyleNotes, CodeMetrics Metrics);
