using Dapr;
using Dapr.Actors.Client;
using Deepiri.ChallengeGrammar;
using Deepiri.Contracts;
using Deepiri.Cyrex.Personalization;
using Deepiri.ServiceDefaults.Errors;

namespace Deepiri.Cyrex.Challenges;

/// <summary>
/// Chooses what is left open. Of a known learner the bandit chooses among the challenges that they are likely enough to solve; of an unknown
/// one, or without a model, rules do.
/// </summary>
internal sealed partial class ChallengeSelector(SuccessModel model, IActorProxyFactory actors, ILogger<ChallengeSelector> log)
{
    /// <summary>How much of what is unknown is tried out.</summary>
    private const float Exploration = 0.35f;

    /// <summary>Less likely successes discourage; they are chosen only when nothing else is left.</summary>
    private const float LeastLikely = 0.5f;

    public async Task<Selection> SelectAsync(ChallengeRequest request, CancellationToken cancellationToken)
    {
        var rules = SelectionRules.Choose(request.Topic, request.Difficulty, request.UserProfile?.Level, request.UserProfile?.CompletedTopics);
        if (!model.IsModel || request.UserProfile?.UserId is not { Length: > 0 } userId || request is { Topic: not null, Difficulty: not null })
            return rules;
        try
        {
            var learner = await actors.Learner(userId).GetAsync();
            return await ChooseAsync(learner, request, cancellationToken);
        }
        catch (Exception e) when (e is DaprApiException or HttpRequestException or ApiException)
        {
            GoesByRules(log, userId, e);
            return rules;
        }
    }

    private async Task<Selection> ChooseAsync(LearnerState learner, ChallengeRequest request, CancellationToken cancellationToken)
    {
        var history = learner.HistoryAt(request.UserProfile!.Level ?? SuccessModel.UnknownLevel);
        var arms = (from topic in request.Topic is { } t ? [t] : Grammar.Topics
                    from difficulty in request.Difficulty is { } d ? [d] : Enum.GetValues<Difficulty>()
                    select (Topic: topic, Difficulty: difficulty)).ToList();
        var likely = NoMoreLikelyThanEasier(arms, await model.ProbabilitiesAsync(history, arms, cancellationToken));
        var scored = arms.Zip(likely, (arm, p) => (arm, p, Bound: learner.Bandit.BoundOf(ArmFeatures.Of(arm.Topic, arm.Difficulty, p), Exploration) + Prior(arm.Difficulty, p))).ToList();
        var possible = scored.Where(s => s.p >= LeastLikely).DefaultIfEmpty(scored.MaxBy(s => s.p));
        var ((bestTopic, bestDifficulty), probability, _) = possible.MaxBy(s => s.Bound);
        return new Selection(bestTopic, bestDifficulty, Math.Round(probability, 3), AnswerSources.Model);
    }

    /// <summary>Of what a learner has never tried the model knows little: who fails at the easy ones is not sent to harder ones for that.</summary>
    private static List<float> NoMoreLikelyThanEasier(List<(string Topic, Difficulty Difficulty)> arms, IReadOnlyList<float> likely) =>
        [.. arms.Select((arm, i) => arms.Zip(likely).Where(other => other.First.Topic == arm.Topic && other.First.Difficulty < arm.Difficulty).Select(other => other.Second).Append(likely[i]).Min())];

    /// <summary>Before the bandit has seen anything, the model's expectation decides.</summary>
    private static float Prior(Difficulty difficulty, float probability) => 0.1f * probability * ChallengeValue.Of(difficulty, succeeded: true);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A challenge for {UserId} is chosen by rules")]
    private static partial void GoesByRules(ILogger log, string userId, Exception e);
}
