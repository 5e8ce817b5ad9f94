using Deepiri.Sidecar.Resources;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Deepiri.Sidecar.Resiliency;

/// <summary>What surrounds an operation on one target: retry( breaker( timeout( operation ) ) ), any of which may be missing.</summary>
internal sealed class Policy
{
    private readonly ResiliencePipeline _pipeline;

    private Policy(ResiliencePipeline pipeline, bool isNone, bool hasRetries) => (_pipeline, IsNone, HasRetries) = (pipeline, isNone, hasRetries);

    /// <summary>Nothing.</summary>
    public static Policy None { get; } = new(ResiliencePipeline.Empty, true, false);

    public bool IsNone { get; }

    public bool HasRetries { get; }

    /// <summary>The same breaker and timeout, for what can be sent only once.</summary>
    public Policy Once { get; private init; } = null!;

    public static Policy Of(TimeSpan? timeout, RetrySpec? retry, CircuitBreaker? breaker, TimeProvider time)
    {
        if (timeout is null or { Ticks: <= 0 } && retry is null or { MaxRetries: 0 } && breaker is null)
            return None;
        var once = Inner(new ResiliencePipelineBuilder { TimeProvider = time }, timeout, breaker);
        if (retry is null or { MaxRetries: 0 })
            return new Policy(once, false, false) { Once = new Policy(once, false, false) };
        var all = Inner(new ResiliencePipelineBuilder { TimeProvider = time }.AddRetry(Options(retry)), timeout, breaker);
        return new Policy(all, false, true) { Once = new Policy(once, false, false) };
    }

    /// <summary>Executes an operation. Its last failure is thrown when the policy gives up.</summary>
    /// <exception cref="PolicyException">A breaker is open, or the operation took too long.</exception>
    public async Task<T> ExecuteAsync<T>(Func<CancellationToken, Task<T>> operation, CancellationToken cancellationToken)
    {
        if (IsNone)
            return await operation(cancellationToken).ConfigureAwait(false);
        try
        {
            return await _pipeline.ExecuteAsync(async stop =>
            {
                try
                {
                    return await operation(stop).ConfigureAwait(false);
                }
                catch (OperationCanceledException e) when (!stop.IsCancellationRequested)
                {
                    // The operation's own patience, such as that of a connection: a failure like others.
                    throw PolicyException.TimedOut(e);
                }
            }, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutRejectedException e)
        {
            throw PolicyException.TimedOut(e);
        }
    }

    /// <summary>Executes an operation that has no result.</summary>
    public Task ExecuteAsync(Func<CancellationToken, Task> operation, CancellationToken cancellationToken) => ExecuteAsync(async stop =>
    {
        await operation(stop).ConfigureAwait(false);
        return true;
    }, cancellationToken);

    private static ResiliencePipeline Inner(ResiliencePipelineBuilder builder, TimeSpan? timeout, CircuitBreaker? breaker)
    {
        if (breaker is not null)
            builder.AddStrategy(_ => breaker, new NoOptions());
        if (timeout is { Ticks: > 0 } patience)
            builder.AddTimeout(new TimeoutStrategyOptions { TimeoutGenerator = _ => new(patience) });
        return builder.Build();
    }

    private static RetryStrategyOptions Options(RetrySpec retry) => new()
    {
        MaxRetryAttempts = retry.MaxRetries < 0 ? int.MaxValue : retry.MaxRetries,
        ShouldHandle = attempt => new(attempt.Outcome.Exception is { } failure && IsRetried(retry, failure)),
        DelayGenerator = attempt => new(Delay(retry, attempt.AttemptNumber)),
    };

    private static bool IsRetried(RetrySpec retry, Exception failure) => failure switch
    {
        PolicyException { IsBreaker: true } => false,
        _ when Failures.IsPermanent(failure) => false,
        IAppFailure { AppStatus: { } status } when retry.HttpCodes is not null => retry.HttpCodes.Contains(status),
        _ => true,
    };

    /// <summary>Exponential as Dapr has it: from 500 ms, half as long again each time, give or take half, up to <c>maxInterval</c>.</summary>
    private static TimeSpan Delay(RetrySpec retry, int attempt)
    {
        if (!retry.IsExponential)
            return retry.Duration;
        var interval = Math.Min(500 * Math.Pow(1.5, Math.Min(attempt, 100)), retry.MaxInterval.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(interval * (0.5 + Random.Shared.NextDouble()));
    }

    private sealed class NoOptions : ResilienceStrategyOptions;
}
