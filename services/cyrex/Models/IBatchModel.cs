namespace Deepiri.Cyrex.Models;

/// <summary>A model that answers several requests in one run.</summary>
internal interface IBatchModel<TRequest, TResult>
{
    /// <summary>Answers each request; there are at most <see cref="BatchLimits.Largest"/>. Several threads may call it at once.</summary>
    void Run(ReadOnlySpan<TRequest> requests, Span<TResult> results);
}

internal static class BatchLimits
{
    /// <summary>The most requests of one run.</summary>
    public const int Largest = 10;
}
