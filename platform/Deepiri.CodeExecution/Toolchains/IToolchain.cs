namespace Deepiri.CodeExecution.Toolchains;

/// <summary>How solutions in one language are run.</summary>
internal interface IToolchain
{
    string Language { get; }

    /// <summary>Whether what it needs is on this machine.</summary>
    bool IsAvailable { get; }

    /// <summary>How much more address space than memory its programs may have: runtimes reserve far more than they use.</summary>
    int ReservedMegabytes { get; }

    /// <summary>At most so much processor time passes before a solution is called.</summary>
    int StartupCpuSeconds { get; }

    /// <summary>Writes what is to be run into an empty directory, which will be the working directory.</summary>
    /// <exception cref="CompilationException">The solution does not compile.</exception>
    Task<Command> PrepareAsync(string directory, CodeToRun code, CodeExecutionOptions limits, CancellationToken cancellationToken);
}

/// <summary>What to run.</summary>
internal sealed record Command(string FileName, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)
{
    /// <inheritdoc cref="IToolchain.ReservedMegabytes"/>
    public int ReservedMegabytes { get; init; }

    /// <summary>Directories that it reads, besides its own.</summary>
    public IReadOnlyList<string> Needs { get; init; } = [];
}

/// <summary>A solution that does not compile.</summary>
internal sealed class CompilationException(string message) : Exception(message);
