namespace Deepiri.CodeExecution;

/// <summary>A solution and what to call it with.</summary>
/// <param name="Language">One of <see cref="ProgrammingLanguage"/>.</param>
/// <param name="Code">The source.</param>
/// <param name="Inputs">A JSON array of arguments per call, on one line.</param>
/// <param name="IsTrusted">True only for code that is part of the platform: it may run where there is no sandbox.</param>
public sealed record CodeToRun(string Language, string Code, IReadOnlyList<string> Inputs, bool IsTrusted);

/// <summary>What came of one call: the result as JSON, or why there is none.</summary>
public sealed record CallResult(string? Output, string? Error);

/// <summary>What came of a run.</summary>
/// <param name="Calls">One per input, in their order.</param>
/// <param name="Fault">Why nothing could be called: the code does not compile or defines no function to call.</param>
public sealed record RunReport(IReadOnlyList<CallResult> Calls, string? Fault)
{
    internal static RunReport Failed(string fault) => new([], fault);
}
