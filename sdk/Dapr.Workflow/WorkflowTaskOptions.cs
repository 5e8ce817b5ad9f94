namespace Dapr.Workflow;

/// <summary>How an activity is called.</summary>
/// <param name="RetryPolicy">How often it is tried; null for once.</param>
public record WorkflowTaskOptions(WorkflowRetryPolicy? RetryPolicy = null);

/// <summary>How a child workflow is called.</summary>
/// <param name="InstanceId">Its id; by default one made of its parent's.</param>
/// <param name="RetryPolicy">How often it is tried; null for once.</param>
public record ChildWorkflowTaskOptions(string? InstanceId = null, WorkflowRetryPolicy? RetryPolicy = null) : WorkflowTaskOptions(RetryPolicy);

/// <summary>How often a task is tried, and with which pauses.</summary>
public class WorkflowRetryPolicy
{
    /// <summary>A policy.</summary>
    /// <param name="maxNumberOfAttempts">The first one included; at least one.</param>
    /// <param name="firstRetryInterval">The pause before the second.</param>
    /// <param name="backoffCoefficient">By what each further pause is longer; at least one.</param>
    /// <param name="maxRetryInterval">The longest pause; an hour by default.</param>
    /// <param name="retryTimeout">After which time in all no further attempt begins; never by default.</param>
    public WorkflowRetryPolicy(int maxNumberOfAttempts, TimeSpan firstRetryInterval, double backoffCoefficient = 1.0, TimeSpan? maxRetryInterval = null, TimeSpan? retryTimeout = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxNumberOfAttempts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(firstRetryInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(backoffCoefficient, 1.0);
        (MaxNumberOfAttempts, FirstRetryInterval, BackoffCoefficient) = (maxNumberOfAttempts, firstRetryInterval, backoffCoefficient);
        (MaxRetryInterval, RetryTimeout) = (maxRetryInterval ?? TimeSpan.FromHours(1), retryTimeout ?? Timeout.InfiniteTimeSpan);
    }

    /// <summary>The first attempt included.</summary>
    public int MaxNumberOfAttempts { get; }

    /// <summary>The pause before the second attempt.</summary>
    public TimeSpan FirstRetryInterval { get; }

    /// <summary>By what each further pause is longer.</summary>
    public double BackoffCoefficient { get; }

    /// <summary>The longest pause.</summary>
    public TimeSpan? MaxRetryInterval { get; }

    /// <summary>After which time in all no further attempt begins; infinite for never.</summary>
    public TimeSpan RetryTimeout { get; }

    /// <summary>The pause after a number of attempts that failed.</summary>
    internal TimeSpan PauseAfter(int attempts)
    {
        var pause = FirstRetryInterval.TotalMilliseconds * Math.Pow(BackoffCoefficient, attempts - 1);
        return TimeSpan.FromMilliseconds(Math.Min(pause, MaxRetryInterval!.Value.TotalMilliseconds));
    }
}
