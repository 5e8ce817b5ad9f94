namespace Deepiri.CodeExecution;

/// <summary>This machine cannot run the code: it lacks the language's program, or a sandbox that holds. The message says which.</summary>
public class CannotRunException(string message) : Exception(message);

/// <summary>The code requires a sandbox, and there is none that passed its checks.</summary>
/// <param name="message">The reason.</param>
/// <param name="isTemporary">True while the checks are still running.</param>
public sealed class SandboxUnavailableException(string message, bool isTemporary = false) : CannotRunException(message)
{
    /// <summary>Whether the same code may run in a few seconds.</summary>
    public bool IsTemporary { get; } = isTemporary;
}

/// <summary>Too many runs are waiting already.</summary>
public sealed class RunnerBusyException() : Exception("Too many solutions are waiting to be run.")
{
    /// <summary>When to try again.</summary>
    public TimeSpan RetryAfter { get; } = TimeSpan.FromSeconds(5);
}
