using Deepiri.CodeExecution;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Errors;

namespace Deepiri.Challenge.Submissions;

/// <summary>Runs a learner's solution against a challenge's tests.</summary>
internal sealed class Judge(CodeRunner runner)
{
    private const int LongestOutput = 2000;

    /// <exception cref="ApiException">503 when this machine cannot run strangers' code or this language, or too many wait.</exception>
    public async Task<Verdict> JudgeAsync(GeneratedChallenge challenge, string code, CancellationToken cancellationToken)
    {
        try
        {
            // In two runs: whoever reads ahead in the first one's inputs, and gives them as results, must not see a hidden one.
            var shown = await CheckAsync(challenge, code, hidden: false, cancellationToken);
            var hidden = shown.Passed ? await CheckAsync(challenge, code, hidden: true, cancellationToken) : null;
            return new Verdict(hidden?.Passed == true, [.. shown.Calls.Select(ResultOf)], hidden?.Calls.Count(c => c.Passed) ?? 0, challenge.TestCases.Count(t => t.Hidden), shown.Fault);
        }
        catch (NotSupportedException e)
        {
            throw new ApiException(StatusCodes.Status503ServiceUnavailable, "CANNOT_RUN", e.Message);
        }
    }

    private Task<CheckReport> CheckAsync(GeneratedChallenge challenge, string code, bool hidden, CancellationToken cancellationToken) =>
        runner.CheckAsync(challenge.Language, code, [.. challenge.TestCases.Where(t => t.Hidden == hidden).Select(t => new ExpectedCall(t.Input, t.ExpectedOutput))], isTrusted: false, cancellationToken);

    private static TestResult ResultOf(CheckedCall c) => new(c.Call.Input, c.Call.ExpectedOutput, c.Output is { Length: > LongestOutput } ? c.Output[..LongestOutput] : c.Output, c.Error, c.Passed);
}
