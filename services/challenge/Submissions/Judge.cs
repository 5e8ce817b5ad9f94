using System.Collections.Concurrent;
using Deepiri.CodeExecution;
using Deepiri.CodeExecution.Checks;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Errors;
using Microsoft.Extensions.Options;

namespace Deepiri.Challenge.Submissions;

/// <summary>Runs learners' solutions against challenges' tests: one at a time for each of them, and apart from the runs of generations, which do not wait for them.</summary>
internal sealed class Judge(IOptions<CodeExecutionOptions> options, SandboxMonitor sandbox, TimeProvider time, ILogger<CodeRunner> log) : IDisposable
{
    private const int LongestOutput = 2000;

    private readonly CodeRunner _runner = new(options, sandbox, time, log);
    private readonly ConcurrentDictionary<string, byte> _waiting = new(StringComparer.Ordinal);

    /// <exception cref="ApiException">429 while another solution of the user is run; 503 when this machine cannot run strangers' code or this language, or too many wait.</exception>
    public async Task<Verdict> JudgeAsync(GeneratedChallenge challenge, string userId, string code, CancellationToken cancellationToken)
    {
        if (!_waiting.TryAdd(userId, 0))
            throw new ApiException(StatusCodes.Status429TooManyRequests, "STILL_JUDGING", "Your last solution is still being run. Wait for its result.", retryable: true, retryAfter: TimeSpan.FromSeconds(1));
        try
        {
            // In two runs: whoever reads ahead in the first one's inputs, and gives them as results, must not see a hidden one.
            var shown = await CheckAsync(challenge, code, hidden: false, cancellationToken);
            var hidden = shown.Passed ? await CheckAsync(challenge, code, hidden: true, cancellationToken) : null;
            return new Verdict(hidden?.Passed == true, [.. shown.Calls.Select(ResultOf)], hidden?.Calls.Count(c => c.Passed) ?? 0, challenge.TestCases.Count(t => t.Hidden), shown.Fault);
        }
        catch (SandboxUnavailableException e) when (e.IsTemporary)
        {
            throw new ApiException(StatusCodes.Status503ServiceUnavailable, "CANNOT_RUN", e.Message, retryable: true, retryAfter: TimeSpan.FromSeconds(5));
        }
        catch (CannotRunException e)
        {
            throw new ApiException(StatusCodes.Status503ServiceUnavailable, "CANNOT_RUN", e.Message);
        }
        catch (RunnerBusyException e)
        {
            throw new ApiException(StatusCodes.Status503ServiceUnavailable, "RUNNER_BUSY", e.Message, retryable: true, retryAfter: e.RetryAfter);
        }
        finally
        {
            _waiting.TryRemove(userId, out _);
        }
    }

    public void Dispose() => _runner.Dispose();

    private Task<CheckReport> CheckAsync(GeneratedChallenge challenge, string code, bool hidden, CancellationToken cancellationToken)
    {
        var calls = challenge.TestCases.Where(t => t.Hidden == hidden).Select(t => new ExpectedCall(t.Input, t.ExpectedOutput));
        return _runner.CheckAsync(challenge.Language, code, [.. calls], SandboxRequirement.Required, cancellationToken);
    }

    private static TestResult ResultOf(CheckedCall c) => new(c.Call.Input, c.Call.ExpectedOutput, c.Output is { Length: > LongestOutput } ? c.Output[..LongestOutput] : c.Output, c.Error, c.Passed);
}
