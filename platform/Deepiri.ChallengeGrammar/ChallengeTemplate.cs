using Deepiri.CodeExecution;

namespace Deepiri.ChallengeGrammar;

/// <summary>A rule of the grammar: draws one of many challenges on a topic at a difficulty.</summary>
internal sealed record ChallengeTemplate(string Topic, Difficulty Difficulty, IReadOnlyList<string> Tags, Func<Random, ChallengeDraft> Draw);

/// <summary>A challenge that a template has drawn, in all languages.</summary>
/// <param name="Solutions">The body of a correct solution, by language.</param>
/// <param name="Inputs">Arguments to test with; the first ones are shown to the learner.</param>
/// <param name="Oracle">The right answer, written independently of the solutions.</param>
internal sealed record ChallengeDraft(string Title, string Description, Signature Signature, Bodies Solutions, IReadOnlyList<object[]> Inputs, Func<object[], object> Oracle);

/// <summary>A solution's body in every language.</summary>
internal sealed record Bodies(string Python, string JavaScript, string CSharp)
{
    public string In(string language) => language switch
    {
        ProgrammingLanguage.Python => Python,
        ProgrammingLanguage.JavaScript => JavaScript,
        _ => CSharp,
    };
}
