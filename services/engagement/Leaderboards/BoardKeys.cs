using System.Globalization;
using Deepiri.Engagement.Ledger;
using Deepiri.Engagement.Rules;
using Deepiri.Engagement.Seasons;

namespace Deepiri.Engagement.Leaderboards;

internal enum LeaderboardPeriod
{
    Daily,
    Weekly,
    Monthly,
    Season,
    All,
}

/// <summary>Names of leaderboards: of days, ISO weeks, months and seasons in UTC, which sort as they follow each other, and of topics.</summary>
internal sealed class BoardKeys(GameRules rules)
{
    public const string All = "all";

    /// <summary>Of how many seasons an account keeps its points.</summary>
    public const int SeasonsKept = 4;

    private const string Topic = "topic:";

    private static readonly LeaderboardPeriod[] s_periods = [LeaderboardPeriod.Daily, LeaderboardPeriod.Weekly, LeaderboardPeriod.Monthly, LeaderboardPeriod.Season];

    /// <summary>Of how many periods of a kind an account keeps its points.</summary>
    private static readonly Dictionary<string, int> s_kept = new() { ["day:"] = 2, ["week:"] = 2, ["month:"] = 2, ["season:"] = SeasonsKept };

    /// <summary>The boards that an entry counts for.</summary>
    public IEnumerable<string> Of(LedgerEntry entry) =>
        [Of(LeaderboardPeriod.Daily, entry.EarnedAt), Of(LeaderboardPeriod.Weekly, entry.EarnedAt), Of(LeaderboardPeriod.Monthly, entry.EarnedAt), OfSeason(entry.Season), .. entry.Topic is null ? [] : new[] { OfTopic(entry.Topic) }];

    public string Of(LeaderboardPeriod period, DateTimeOffset at) => period switch
    {
        LeaderboardPeriod.Daily => $"day:{at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}",
        LeaderboardPeriod.Weekly => $"week:{ISOWeek.GetYear(at.UtcDateTime):0000}-W{ISOWeek.GetWeekOfYear(at.UtcDateTime):00}",
        LeaderboardPeriod.Monthly => $"month:{at.UtcDateTime.ToString("yyyy-MM", CultureInfo.InvariantCulture)}",
        LeaderboardPeriod.Season => OfSeason(Season.At(at, rules.Seasons).Id),
        _ => All,
    };

    public static string OfSeason(string season) => $"season:{season}";

    public static string OfTopic(string topic) => Topic + topic;

    /// <summary>Whether there is a board at a moment: of a period there is none any more when it is over.</summary>
    public bool IsLive(string key, DateTimeOffset now) =>
        Array.Find(s_periods.Select(p => Of(p, now)).ToArray(), current => key.StartsWith(current[..(current.IndexOf(':', StringComparison.Ordinal) + 1)], StringComparison.Ordinal)) is not { } current || string.CompareOrdinal(key, current) >= 0;

    /// <summary>The boards without periods that are long over.</summary>
    public static IReadOnlyDictionary<string, Score> Newest(Dictionary<string, Score> boards)
    {
        foreach (var (kind, kept) in s_kept)
            foreach (var old in boards.Keys.Where(k => k.StartsWith(kind, StringComparison.Ordinal)).OrderDescending(StringComparer.Ordinal).Skip(kept).ToList())
                boards.Remove(old);
        return boards;
    }
}
