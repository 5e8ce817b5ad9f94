using System.Text.Json;

namespace Deepiri.CodeExecution;

/// <summary>A call and the result that it should have, both as JSON.</summary>
public sealed record ExpectedCall(string Input, string ExpectedOutput);

/// <summary>What came of a call.</summary>
/// <param name="Call">The call.</param>
/// <param name="Output">The result as JSON; null when there is none.</param>
/// <param name="Error">Why there is none.</param>
/// <param name="Passed">Whether the result is the expected one.</param>
public sealed record CheckedCall(ExpectedCall Call, string? Output, string? Error, bool Passed);

/// <summary>What came of a solution.</summary>
/// <param name="Calls">One per call, in their order; none when there is a fault.</param>
/// <param name="Fault">Why nothing could be called.</param>
public sealed record CheckReport(IReadOnlyList<CheckedCall> Calls, string? Fault)
{
    /// <summary>Whether every result is the expected one.</summary>
    public bool Passed => Fault is null && Calls.All(c => c.Passed);
}

/// <summary>Tells whether a solution does what is expected of it.</summary>
public static class SolutionCheck
{
    /// <summary>Runs a solution and compares its results with those that are expected.</summary>
    /// <inheritdoc cref="CodeRunner.RunAsync"/>
    public static async Task<CheckReport> CheckAsync(this CodeRunner runner, string language, string code, IReadOnlyList<ExpectedCall> calls, SandboxRequirement sandbox, CancellationToken cancellationToken)
    {
        var report = await runner.RunAsync(new CodeToRun(language, code, [.. calls.Select(c => c.Input)], sandbox), cancellationToken).ConfigureAwait(false);
        return report.Fault is { } fault
            ? new CheckReport([], fault)
            : new CheckReport([.. calls.Zip(report.Calls, (call, result) => new CheckedCall(call, result.Output, result.Error, result.Error is null && IsEqual(result.Output!, call.ExpectedOutput)))], null);
    }

    /// <summary>Runs a solution; null when every result is the expected one, otherwise the first fault, in words.</summary>
    /// <inheritdoc cref="CodeRunner.RunAsync"/>
    public static async Task<string?> FindFaultAsync(this CodeRunner runner, string language, string code, IReadOnlyList<ExpectedCall> calls, SandboxRequirement sandbox, CancellationToken cancellationToken)
    {
        var report = await runner.CheckAsync(language, code, calls, sandbox, cancellationToken).ConfigureAwait(false);
        if (report.Fault is not null)
            return report.Fault;
        return report.Calls.FirstOrDefault(c => !c.Passed) switch
        {
            null => null,
            { Error: { } error } failed => $"solve({Short(failed.Call.Input)}) {error}",
            var failed => $"solve({Short(failed.Call.Input)}) gave {Short(failed.Output!)} instead of {Short(failed.Call.ExpectedOutput)}",
        };
    }

    private static bool IsEqual(string output, string expected)
    {
        try
        {
            return JsonElement.DeepEquals(JsonElement.Parse(output), JsonElement.Parse(expected));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            // Half of a surrogate pair, or a number with an exponent of many digits, can be written as JSON, but not be compared; it is never
            // what was expected.
            return false;
        }
    }

    private static string Short(string json)
    {
        const int Longest = 200;
        return json.Length > Longest ? json[..Longest] + "..." : json;
    }
}
