namespace Dapr.Workflow;

/// <summary>An activity as the worker runs it; derive from <see cref="WorkflowActivity{TInput, TOutput}"/>.</summary>
public interface IWorkflowActivity
{
    /// <summary>What it takes.</summary>
    Type InputType { get; }

    /// <summary>What it returns.</summary>
    Type OutputType { get; }

    /// <summary>Runs it.</summary>
    Task<object?> RunAsync(WorkflowActivityContext context, object? input);
}

/// <summary>A step of a workflow: any code. It runs at least once, and again when nobody knows how it ended.</summary>
public abstract class WorkflowActivity<TInput, TOutput> : IWorkflowActivity
{
    /// <inheritdoc/>
    public Type InputType => typeof(TInput);

    /// <inheritdoc/>
    public Type OutputType => typeof(TOutput);

    /// <inheritdoc/>
    public async Task<object?> RunAsync(WorkflowActivityContext context, object? input) => await RunAsync(context, (TInput)input!).ConfigureAwait(false);

    /// <summary>The activity's code.</summary>
    public abstract Task<TOutput> RunAsync(WorkflowActivityContext context, TInput input);
}

/// <summary>A task's name.</summary>
public readonly record struct TaskIdentifier(string Name)
{
    /// <summary>A name is one.</summary>
    public static implicit operator TaskIdentifier(string value) => new(value);

    /// <summary>And the reverse.</summary>
    public static implicit operator string(TaskIdentifier value) => value.Name;

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>What an activity knows of its call.</summary>
public abstract class WorkflowActivityContext
{
    /// <summary>The activity's name.</summary>
    public abstract TaskIdentifier Identifier { get; }

    /// <summary>The same each time this call is tried, and no other call's: a key for what must be done once.</summary>
    public abstract string TaskExecutionKey { get; }

    /// <summary>The workflow's instance.</summary>
    public abstract string InstanceId { get; }
}
