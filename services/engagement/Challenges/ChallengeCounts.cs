namespace Deepiri.Engagement.Challenges;

/// <summary>How many challenges were generated for a user.</summary>
internal sealed record ChallengeCounts(int Generated, Dictionary<string, int> ByTopic, Dictionary<string, int> ByDifficulty)
{
    public static ChallengeCounts None => new(0, [], []);

    /// <summary>One more, or with -1 one less.</summary>
    public ChallengeCounts With(string topic, string difficulty, int change) =>
        new(Generated + change, Add(ByTopic, topic, change), Add(ByDifficulty, difficulty, change));

    private static Dictionary<string, int> Add(Dictionary<string, int> counts, string key, int change) => new(counts) { [key] = counts.GetValueOrDefault(key) + change };
}

/// <summary>What has been counted of a challenge, so that nothing that is told twice, or in the wrong order, counts twice.</summary>
internal sealed record CountedChallenge(string ChallengeId, bool Withdrawn);
