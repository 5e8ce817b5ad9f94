using Deepiri.CodeExecution;
using Deepiri.ChallengeGrammar;
using Deepiri.ServiceDefaults.Http;
using FluentValidation;

namespace Deepiri.Cyrex.Challenges;

/// <summary>What is known of the learner.</summary>
/// <param name="UserId">Who they are; without it nothing is personal.</param>
/// <param name="Level">Their level, from 1.</param>
/// <param name="PreferredLanguage">python, javascript or csharp.</param>
/// <param name="CompletedTopics">Topics on which they have solved challenges, a name for each challenge.</param>
internal sealed record LearnerProfile(string? UserId, int? Level, string? PreferredLanguage, IReadOnlyList<string>? CompletedTopics);

/// <summary>A wish for a challenge. What is left open is chosen for the learner.</summary>
/// <param name="Seed">With the same seed the grammar gives the same challenge.</param>
internal sealed record ChallengeRequest(LearnerProfile? UserProfile, string? Topic, Difficulty? Difficulty, int? Seed);

internal sealed class ChallengeRequestRules : AbstractValidator<ChallengeRequest>
{
    private const int MostTopics = 1000;

    public ChallengeRequestRules()
    {
        RuleFor(r => r.Topic).Must(t => t is null || Grammar.Topics.Contains(t)).WithMessage($"One of: {string.Join(", ", Grammar.Topics)}.");
        When(r => r.UserProfile is not null, () =>
        {
            RuleFor(r => r.UserProfile!.UserId).Must(id => id is null || (id.Length <= 64 && !string.IsNullOrWhiteSpace(id))).WithMessage("1 to 64 characters.").OverridePropertyName("userProfile.userId");
            RuleFor(r => r.UserProfile!.Level).IsLevel().OverridePropertyName("userProfile.level");
            RuleFor(r => r.UserProfile!.PreferredLanguage).Must(l => l is null || ProgrammingLanguage.All.Contains(l)).WithMessage($"One of: {string.Join(", ", ProgrammingLanguage.All)}.").OverridePropertyName("userProfile.preferredLanguage");
            RuleFor(r => r.UserProfile!.CompletedTopics).Must(t => t is null || (t.Count <= MostTopics && t.All(name => name is { Length: > 0 and <= 64 }))).WithMessage($"At most {MostTopics} topics of 1 to 64 characters.").OverridePropertyName("userProfile.completedTopics");
        });
    }
}
