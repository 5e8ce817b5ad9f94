using System.Text.Json;

namespace Deepiri.CodeExecution;

/// <summary>A call and the result that it should have, both as JSON.</summary>
public sealed record ExpectedCall(string Input, string ExpectedOutput);

/// <summary>Tells whether a solution does what is expected of it.</summary>
public static class SolutionCheck
{
    /// <summary>Runs a solution; null when every result is the expected one, otherwise the first fault, in words.</summary>
    /// <exception cref="NotSupportedException">See <see cref="CodeRunner.RunAsync"/>.</exception>
    public static async Task<string?> FindFaultAsync(this CodeRunner runner, string language, string code, IReadOnlyList<ExpectedCall> calls, bool isTrusted, CancellationToken cancellationToken)
    {
        var report = await runner.RunAsync(new CodeToRun(language, code, [.. calls.Select(c => c.Input)], isTrusted), cancellationToken).ConfigureAwait(false);
        if (report.Fault is not null)
            return report.Fault;
        foreach (var (call, result) in calls.Zip(report.Calls))
        {
            if (result.Error is { } error)
                return $"solve({Short(call.Input)}) {error}";
            if (!IsEqual(result.Output!, call.ExpectedOutput))
                return $"solve({Short(call.Input)}) gave {Short(result.Output!)} instead of {Short(call.ExpectedOutput)}";
        }
        return null;
    }

    private static bool IsEqual(string output, string expected)
    {
        try
        {
            return JsonElement.DeepEquals(JsonElement.Parse(output), JsonElement.Parse(expected));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Half of a surrogate pair can be written as JSON, but not be compared; it is never what was expected.
            return false;
        }
    }

    private static string Short(string json)
    {
        const int Longest = 200;
        return json.Length > Longest ? json[..Longest] + "..." : json;
    }
}
