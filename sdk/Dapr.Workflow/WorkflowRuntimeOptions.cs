using Microsoft.Extensions.DependencyInjection;

namespace Dapr.Workflow;

/// <summary>The workflows and activities of an app.</summary>
public sealed class WorkflowRuntimeOptions
{
    private readonly Dictionary<string, Func<IServiceProvider, IWorkflow>> _workflows = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Func<IServiceProvider, IWorkflowActivity>> _activities = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Registers a function as a workflow.</summary>
    public void RegisterWorkflow<TInput, TOutput>(string name, Func<WorkflowContext, TInput, Task<TOutput>> implementation) => _workflows[name] = _ => new FunctionWorkflow<TInput, TOutput>(implementation);

    /// <summary>Registers a class, under its own name unless another is given. It is made anew for each turn, with services from the container.</summary>
    public void RegisterWorkflow<TWorkflow>(string? name = null) where TWorkflow : class, IWorkflow => _workflows[name ?? typeof(TWorkflow).Name] = services => ActivatorUtilities.GetServiceOrCreateInstance<TWorkflow>(services);

    /// <summary>Registers a function as an activity.</summary>
    public void RegisterActivity<TInput, TOutput>(string name, Func<WorkflowActivityContext, TInput, Task<TOutput>> implementation) => _activities[name] = _ => new FunctionActivity<TInput, TOutput>(implementation);

    /// <summary>Registers a class, under its own name unless another is given. It is made anew for each call, with services from the container.</summary>
    public void RegisterActivity<TActivity>(string? name = null) where TActivity : class, IWorkflowActivity => _activities[name ?? typeof(TActivity).Name] = services => ActivatorUtilities.GetServiceOrCreateInstance<TActivity>(services);

    internal IWorkflow? CreateWorkflow(string name, IServiceProvider services) => _workflows.GetValueOrDefault(name)?.Invoke(services);

    internal IWorkflowActivity? CreateActivity(string name, IServiceProvider services) => _activities.GetValueOrDefault(name)?.Invoke(services);

    private sealed class FunctionWorkflow<TInput, TOutput>(Func<WorkflowContext, TInput, Task<TOutput>> implementation) : Workflow<TInput, TOutput>
    {
        public override Task<TOutput> RunAsync(WorkflowContext context, TInput input) => implementation(context, input);
    }

    private sealed class FunctionActivity<TInput, TOutput>(Func<WorkflowActivityContext, TInput, Task<TOutput>> implementation) : WorkflowActivity<TInput, TOutput>
    {
        public override Task<TOutput> RunAsync(WorkflowActivityContext context, TInput input) => implementation(context, input);
    }
}
