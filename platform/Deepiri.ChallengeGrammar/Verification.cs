using Deepiri.CodeExecution;
using Deepiri.Contracts;

namespace Deepiri.ChallengeGrammar;

/// <summary>Tells whether a challenge can be solved.</summary>
public static class Verification
{
    /// <summary>Runs a challenge's own solution against its tests, shown and hidden; null when it passes, otherwise the first fault.</summary>
    /// <param name="sandbox">Preferred for solutions of the grammar, required for all others.</param>
    /// <exception cref="CannotRunException">See <see cref="CodeRunner.RunAsync"/>.</exception>
    public static Task<string?> FindFaultAsync(this CodeRunner runner, GeneratedChallenge challenge, SandboxRequirement sandbox, CancellationToken cancellationToken) =>
        runner.FindFaultAsync(challenge.Language, challenge.Solution, [.. challenge.TestCases.Select(t => new ExpectedCall(t.Input, t.ExpectedOutput))], sandbox, cancellationToken);
}
