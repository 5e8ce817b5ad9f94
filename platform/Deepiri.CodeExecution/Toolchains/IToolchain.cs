namespace Deepiri.CodeExecution.Toolchains;

/// <summary>How solutions in one language are run.</summary>
internal interface IToolchain
{
    string Language { get; }

    /// <summary>Whether what it needs is on this machine.</summary>
    bool IsAvailable { get; }

    /// <summary>Writes what is to be run into an empty directory, which will be the working directory.</summary>
    /// <exception cref="CompilationException">The solution does not compile.</exception>
    Task<Command> PrepareAsync(string directory, CodeToRun code, CodeExecutionOptions limits, CancellationToken cancellationToken);
}

/// <summary>What to run.</summary>
internal sealed record Command(string FileName, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>How much more address space than memory it may have: runtimes reserve far more than they use.</summary>
    public int ReservedMegabytes { get; init; }

    /// <summary>Directories that it reads, besides its own.</summary>
    public IReadOnlyList<string> Needs { get; init; } = [];
}

/// <summary>A solution that does not compile.</summary>
internal sealed class CompilationException(string message) : Exception(message);
