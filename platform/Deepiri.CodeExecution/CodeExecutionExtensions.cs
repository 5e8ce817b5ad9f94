using Deepiri.CodeExecution.Checks;
using Microsoft.Extensions.DependencyInjection;

namespace Deepiri.CodeExecution;

/// <summary>Running code from the outside.</summary>
public static class CodeExecutionExtensions
{
    /// <summary>Adds <see cref="CodeRunner"/>, with its limits from the section <c>CodeExecution</c>. The sandbox is checked before its first use.</summary>
    public static IServiceCollection AddCodeExecution(this IServiceCollection services)
    {
        services.AddOptions<CodeExecutionOptions>().BindConfiguration("CodeExecution");
        return services.AddSingleton<SandboxMonitor>().AddSingleton<CodeRunner>();
    }

    /// <summary>Checks the sandbox at startup and from then on, and reports it as the health component <c>sandbox</c>.</summary>
    public static IServiceCollection AddSandboxChecks(this IServiceCollection services)
    {
        services.AddHealthChecks().AddCheck<SandboxHealthCheck>("sandbox");
        return services.AddHostedService(provider => provider.GetRequiredService<SandboxMonitor>());
    }
}
