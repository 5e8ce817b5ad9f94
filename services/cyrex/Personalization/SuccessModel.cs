using Deepiri.ChallengeGrammar;
using Deepiri.Cyrex.Challenges;
using Deepiri.Cyrex.Models;

namespace Deepiri.Cyrex.Personalization;

/// <summary>How likely a learner is to solve a challenge: by the selection model, or by the rates of their tries when it is not in use.</summary>
internal sealed class SuccessModel(ModelCatalog models)
{
    public const int UnknownLevel = 1;

    public bool IsModel => models.Selection is not null;

    public async Task<float> ProbabilityAsync(LearnerHistory learner, string topic, Difficulty difficulty, CancellationToken cancellationToken) =>
        (await ProbabilitiesAsync(learner, [(topic, difficulty)], cancellationToken))[0];

    /// <summary>The same for several challenges.</summary>
    public async Task<IReadOnlyList<float>> ProbabilitiesAsync(LearnerHistory learner, IReadOnlyList<(string Topic, Difficulty Difficulty)> challenges, CancellationToken cancellationToken) =>
        models.Selection is { } model
            ? await model.RunAllAsync([.. challenges.Select(c => new SelectionQuery(learner, c.Topic, c.Difficulty))], cancellationToken)
            : [.. challenges.Select(c => (learner.ByTopic.GetValueOrDefault(c.Topic).Rate + learner.ByDifficulty.GetValueOrDefault(c.Difficulty).Rate) / 2)];
}
