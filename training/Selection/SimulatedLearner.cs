using Deepiri.ChallengeGrammar;
using Deepiri.Cyrex.Challenges;
using Deepiri.Training.Networks;

namespace Deepiri.Training.Selection;

/// <summary>One try: what was known before it, and how it went.</summary>
/// <param name="Probability">The true probability of success, which nobody but the simulation knows.</param>
internal sealed record SimulatedTry(LearnerHistory Before, string Topic, Difficulty Difficulty, double Probability, bool Succeeded);

/// <summary>
/// A learner after item response theory with two parameters (Birnbaum, 1968): an ability per topic around one of their own, success with
/// probability 1 / (1 + exp(-1.7 (ability - difficulty))), and practice that raises the ability of its topic.
/// </summary>
internal sealed class SimulatedLearner
{
    private const double Discrimination = 1.7;
    private static readonly double[] s_difficulties = [-1.0, 0.4, 1.7];

    private readonly Random _random;
    private readonly Dictionary<string, double> _abilities;
    private readonly Dictionary<string, Tries> _byTopic = [];
    private readonly Dictionary<Difficulty, Tries> _byDifficulty = [];
    private readonly List<bool> _recent = [];
    private readonly double _practice;
    private double _xp;

    /// <param name="practice">How much a success raises the ability of its topic, and a failure half of that.</param>
    public SimulatedLearner(Random random, double practice = 0.06)
    {
        (_random, _practice) = (random, practice);
        var general = random.NextNormal() * 0.8;
        _abilities = Grammar.Topics.ToDictionary(t => t, _ => general + random.NextNormal() * 0.6);
        // Some come with XP from elsewhere, and the able come with more.
        _xp = Math.Max(0, 200 * (general + random.NextNormal() + 1));
    }

    /// <summary>As a service would know the learner.</summary>
    public LearnerHistory History => new(1 + (int)Math.Sqrt(_xp / 50), new Dictionary<string, Tries>(_byTopic), new Dictionary<Difficulty, Tries>(_byDifficulty), [.. _recent]);

    public double ProbabilityOf(string topic, Difficulty difficulty) => RandomExtensions.Sigmoid(Discrimination * (_abilities[topic] - s_difficulties[(int)difficulty]));

    public SimulatedTry Try(string topic, Difficulty difficulty)
    {
        var (before, probability) = (History, ProbabilityOf(topic, difficulty));
        var succeeded = _random.NextDouble() < probability;
        _abilities[topic] += succeeded ? _practice : _practice / 2;
        _xp += succeeded ? Rewards.XpFor(difficulty) : 0;
        _byTopic[topic] = _byTopic.GetValueOrDefault(topic).With(succeeded);
        _byDifficulty[difficulty] = _byDifficulty.GetValueOrDefault(difficulty).With(succeeded);
        _recent.Add(succeeded);
        if (_recent.Count > SelectionFeatures.Remembered)
            _recent.RemoveAt(0);
        return new SimulatedTry(before, topic, difficulty, probability, succeeded);
    }

    /// <summary>The tries of many learners, each with a history of their own length.</summary>
    public static IEnumerable<SimulatedTry> Simulate(int learners, int seed)
    {
        const int LongestHistory = 60;
        var random = new Random(seed);
        for (var i = 0; i < learners; i++)
        {
            var learner = new SimulatedLearner(random);
            for (var tries = random.Next(1, LongestHistory); tries > 0; tries--)
                yield return learner.Try(Grammar.Topics[random.Next(Grammar.Topics.Count)], (Difficulty)random.Next(s_difficulties.Length));
        }
    }
}
