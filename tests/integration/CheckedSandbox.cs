using Deepiri.CodeExecution;
using Deepiri.CodeExecution.Checks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Deepiri.IntegrationTests;

/// <summary>The sandbox of this machine, checked once for all tests.</summary>
internal static class CheckedSandbox
{
    public static SandboxMonitor Monitor { get; } = new(Options.Create(new CodeExecutionOptions()), TimeProvider.System, NullLogger<SandboxMonitor>.Instance);
}
