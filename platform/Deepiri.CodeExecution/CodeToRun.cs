namespace Deepiri.CodeExecution;

/// <summary>A solution and what to call it with.</summary>
/// <param name="Language">One of <see cref="ProgrammingLanguage"/>.</param>
/// <param name="Code">The source.</param>
/// <param name="Inputs">A JSON array of arguments per call, on one line.</param>
/// <param name="Sandbox">Whether the code may run without a sandbox.</param>
public sealed record CodeToRun(string Language, string Code, IReadOnlyList<string> Inputs, SandboxRequirement Sandbox);

/// <summary>The result of one call: its value as JSON, or why there is none.</summary>
public sealed record CallResult(string? Output, string? Error);

/// <summary>The result of a run.</summary>
/// <param name="Calls">One per input, in their order.</param>
/// <param name="Fault">Why nothing could be called: the code does not compile or defines no function to call.</param>
public sealed record RunReport(IReadOnlyList<CallResult> Calls, string? Fault)
{
    internal static RunReport Failed(string fault) => new([], fault);
}
