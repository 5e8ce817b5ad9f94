using Deepiri.CodeExecution;
using Deepiri.ChallengeGrammar;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Deepiri.IntegrationTests;

/// <summary>What the grammar makes can be solved, in every language, by the solution that it gives.</summary>
public sealed class ChallengeGrammarTests
{
    private const int Seeds = 3;

    public static IEnumerable<object[]> TopicsAndLanguages() => from topic in Grammar.Topics from language in ProgrammingLanguage.All select (object[])[topic, language];

    [Theory]
    [MemberData(nameof(TopicsAndLanguages))]
    public async Task Every_solution_passes_its_tests(string topic, string language)
    {
        using var runner = new CodeRunner(Options.Create(new CodeExecutionOptions()), CheckedSandbox.Monitor, TimeProvider.System, NullLogger<CodeRunner>.Instance);
        foreach (var difficulty in Enum.GetValues<Difficulty>())
        {
            for (var seed = 1; seed <= Seeds; seed++)
            {
                var challenge = Grammar.Generate(topic, difficulty, language, seed);
                var fault = await runner.FindFaultAsync(challenge, SandboxRequirement.Preferred, CancellationToken.None);
                Assert.True(fault is null, $"{challenge.Title} ({difficulty}, seed {seed}): {fault}\n{challenge.Solution}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(TopicsAndLanguages))]
    public async Task The_starter_code_can_be_called_but_solves_nothing(string topic, string language)
    {
        using var runner = new CodeRunner(Options.Create(new CodeExecutionOptions()), CheckedSandbox.Monitor, TimeProvider.System, NullLogger<CodeRunner>.Instance);
        var challenge = Grammar.Generate(topic, Difficulty.Hard, language, 1);
        var report = await runner.RunAsync(new CodeToRun(language, challenge.StarterCode, [.. challenge.TestCases.Select(t => t.Input)], SandboxRequirement.Preferred), CancellationToken.None);
        Assert.Null(report.Fault);
        Assert.All(report.Calls, c => Assert.True(c.Output is null or "null", c.Output));
    }

    [Fact]
    public void A_seed_gives_the_same_challenge_and_shows_only_some_of_its_tests()
    {
        var challenge = Grammar.Generate("graphs", Difficulty.Hard, "python", 7);
        Assert.Equal(challenge.TestCases, Grammar.Generate("graphs", Difficulty.Hard, "python", 7).TestCases);
        Assert.Equal([3, 5], challenge.TestCases.CountBy(t => t.Hidden).OrderBy(c => c.Key).Select(c => c.Value));
    }
}
