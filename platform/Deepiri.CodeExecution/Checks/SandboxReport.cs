using Deepiri.CodeExecution.Toolchains;

namespace Deepiri.CodeExecution.Checks;

/// <summary>The result of the checks of the sandbox for one language.</summary>
/// <param name="Language">One of <see cref="ProgrammingLanguage"/>.</param>
/// <param name="Breaches">What sandboxed code was able to do, for example <c>network: connected to 127.0.0.1</c>; none in a sandbox that holds.</param>
/// <param name="Fault">Why the checks could not be carried out; null when they were.</param>
public sealed record SandboxReport(string Language, IReadOnlyList<string> Breaches, string? Fault)
{
    /// <summary>Whether every check was carried out and found nothing.</summary>
    public bool Holds => Fault is null && Breaches.Count == 0;

    /// <summary>What is wrong, in one line; null when the sandbox holds.</summary>
    public string? Problem
    {
        get
        {
            if (Holds)
                return null;
            return Breaches.Count > 0 ? $"{Language} code is not contained ({string.Join("; ", Breaches)})" : $"the check for {Language} could not be carried out ({Fault})";
        }
    }
}
