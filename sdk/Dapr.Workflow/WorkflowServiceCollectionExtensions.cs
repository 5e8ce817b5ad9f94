using Dapr.Workflow.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Dapr.Workflow;

/// <summary>Registers workflows.</summary>
public static class WorkflowServiceCollectionExtensions
{
    /// <summary>Adds <see cref="DaprWorkflowClient"/> only.</summary>
    public static IServiceCollection AddDaprWorkflow(this IServiceCollection services)
    {
        services.TryAddSingleton(provider => new DaprWorkflowClient(SidecarGrpc.Open(provider.GetService<IConfiguration>())));
        services.TryAddSingleton<IDaprWorkflowClient>(provider => provider.GetRequiredService<DaprWorkflowClient>());
        return services;
    }

    /// <summary>Adds <see cref="DaprWorkflowClient"/>, and a worker that runs the workflows and activities that <paramref name="configure"/> registers.</summary>
    public static IServiceCollection AddDaprWorkflow(this IServiceCollection services, Action<WorkflowRuntimeOptions> configure, ServiceLifetime lifetime = ServiceLifetime.Singleton)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new WorkflowRuntimeOptions();
        configure(options);
        services.AddSingleton(options);
        services.AddHostedService<WorkflowWorker>();
        return services.AddDaprWorkflow();
    }
}
