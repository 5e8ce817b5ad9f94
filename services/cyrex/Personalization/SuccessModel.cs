using Deepiri.ChallengeGrammar;
using Deepiri.Cyrex.Challenges;
using Deepiri.Cyrex.Models;

namespace Deepiri.Cyrex.Personalization;

/// <summary>How likely a learner is to solve a challenge: by the selection model, or by the rates of their tries when it is not in use.</summary>
internal sealed class SuccessModel(ModelCatalog models)
{
    public const int UnknownLevel = 1;

    public bool IsModel => models.Selection is not null;

    public async ValueTask<float> ProbabilityAsync(LearnerHistory learner, string topic, Difficulty difficulty, CancellationToken cancellationToken) =>
        models.Selection is { } model
            ? await model.RunAsync(new SelectionQuery(learner, topic, difficulty), cancellationToken)
            : (learner.ByTopic.GetValueOrDefault(topic).Rate + learner.ByDifficulty.GetValueOrDefault(difficulty).Rate) / 2;
}
