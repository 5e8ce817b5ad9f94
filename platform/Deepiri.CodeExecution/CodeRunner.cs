using Deepiri.CodeExecution.Checks;
using Deepiri.CodeExecution.Isolation;
using Deepiri.CodeExecution.Toolchains;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Deepiri.CodeExecution;

/// <summary>Runs solutions of challenges, each in a process of its own, with limits, and in a sandbox as their callers demand.</summary>
public sealed class CodeRunner : IDisposable
{
    private readonly CodeExecutionOptions _limits;
    private readonly SemaphoreSlim _slots;
    private readonly SandboxMonitor _sandbox;
    private readonly SolutionRun _run;
    private int _runs;

    /// <summary>Also deletes what killed services left in the directory of the runs.</summary>
    public CodeRunner(IOptions<CodeExecutionOptions> options, SandboxMonitor sandbox, TimeProvider time, ILogger<CodeRunner> log)
    {
        _limits = options.Value;
        _slots = new(_limits.Concurrency);
        _sandbox = sandbox;
        _run = new SolutionRun(sandbox.Sandbox, _limits, log);
        RunDirectory.Sweep(_limits.Directory, time, log);
    }

    /// <summary>The languages whose programs this machine has.</summary>
    public IReadOnlyCollection<string> Languages => Toolchain.Available.Keys;

    /// <summary>The language for callers without a preference.</summary>
    public string PreferredLanguage => ProgrammingLanguage.All.First(Toolchain.Available.ContainsKey);

    /// <summary>Calls a solution with each of the inputs.</summary>
    /// <exception cref="CannotRunException">The machine cannot run this language.</exception>
    /// <exception cref="SandboxUnavailableException">The code requires a sandbox, and there is none that passed its checks.</exception>
    /// <exception cref="RunnerBusyException">Too many runs are waiting.</exception>
    public async Task<RunReport> RunAsync(CodeToRun code, CancellationToken cancellationToken)
    {
        if (!Toolchain.Available.TryGetValue(code.Language, out var toolchain))
            throw new CannotRunException($"This machine cannot run {code.Language}; it can run {string.Join(", ", Languages)}.");
        var isIsolated = await IsIsolatedAsync(code, cancellationToken).ConfigureAwait(false);
        if (Interlocked.Increment(ref _runs) > _limits.Concurrency + _limits.QueueLength)
        {
            Interlocked.Decrement(ref _runs);
            throw new RunnerBusyException();
        }
        try
        {
            await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await _run.ExecuteAsync(toolchain, code, isIsolated, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _slots.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _runs);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    private async Task<bool> IsIsolatedAsync(CodeToRun code, CancellationToken cancellationToken)
    {
        switch (code.Sandbox)
        {
            case SandboxRequirement.Required:
                await _sandbox.RequireAsync(code.Language, cancellationToken).ConfigureAwait(false);
                return true;
            case SandboxRequirement.Preferred:
                return await _sandbox.FindStartFaultAsync(cancellationToken).ConfigureAwait(false) is null;
            default:
                throw new ArgumentOutOfRangeException(nameof(code), code.Sandbox, "State whether the sandbox is required or preferred.");
        }
    }
}
