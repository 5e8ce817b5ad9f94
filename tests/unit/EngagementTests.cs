using Deepiri.Contracts;
using Deepiri.Engagement.Accounts;
using Deepiri.Engagement.Awards;
using Deepiri.Engagement.Leaderboards;
using FsCheck;
using FsCheck.Fluent;

namespace Deepiri.UnitTests;

public sealed class LevelsTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(99, 1)]
    [InlineData(100, 2)]
    [InlineData(299, 2)]
    [InlineData(300, 3)]
    [InlineData(1000, 5)]
    public void A_level_begins_at_its_xp(long xp, int level) => Assert.Equal(level, Levels.Of(xp));

    [Fact]
    public void Every_level_holds_from_its_first_point_to_the_next_ones() => Prop.ForAll(ArbMap.Default.ArbFor<int>(), n =>
    {
        var level = (Math.Abs(n % 100_000)) + 1;
        return Levels.Of(Levels.XpAt(level)) == level && Levels.Of(Levels.XpAt(level + 1) - 1) == level;
    }).QuickCheckThrowOnFailure();
}

public sealed class XpRulesTests
{
    [Theory]
    [InlineData("low", null, 10)]
    [InlineData("medium", null, 15)]
    [InlineData("high", 60, 30)]
    [InlineData("urgent", 100_000, 65)]
    [InlineData("unheard-of", 6, 11)]
    [InlineData("low", -60, 10)]
    public void Points_grow_with_priority_and_effort_up_to_a_cap(string priority, int? minutes, int points) =>
        Assert.Equal(points, XpRules.For(new TaskChanged("t", "u", "Title", "done", priority, minutes, default, null)));
}

public sealed class AccountTests
{
    private static readonly DateTimeOffset s_monday = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_streak_grows_day_by_day_and_ends_after_a_day_without()
    {
        var account = Account.New("u").With(Done("1", 10, s_monday)).With(Done("2", 10, s_monday.AddHours(1))).With(Done("3", 10, s_monday.AddDays(1)));
        Assert.Equal(2, account.Streak);
        Assert.Equal(2, account.CurrentStreak(s_monday.AddDays(2)));
        Assert.Equal(0, account.CurrentStreak(s_monday.AddDays(3)));
        Assert.Equal(1, account.With(Done("4", 10, s_monday.AddDays(3))).Streak);
    }

    [Fact]
    public void A_late_event_counts_its_points_but_not_its_period()
    {
        var account = Account.New("u").With(Done("1", 10, s_monday.AddDays(7))).With(Done("late", 5, s_monday));
        Assert.Equal(15, account.Xp);
        Assert.Equal(("2026-03-09", 10), (account.Daily.Period, account.Daily.Xp));
        Assert.Equal(("2026-W11", 10), (account.Weekly.Period, account.Weekly.Xp));
        Assert.Equal(1, account.Streak);
    }

    [Fact]
    public void Weeks_follow_iso_8601_around_the_new_year()
    {
        Assert.Equal("2026-W53", Periods.WeekOf(new DateTimeOffset(2027, 1, 3, 23, 59, 0, TimeSpan.Zero)));
        Assert.Equal("2027-W01", Periods.WeekOf(new DateTimeOffset(2027, 1, 4, 0, 0, 0, TimeSpan.Zero)));
    }

    [Fact]
    public void Achievements_are_unlocked_once_and_never_lost()
    {
        var account = Account.New("u");
        for (var i = 0; i < 12; i++)
            account = account.With(Done(i.ToString(), 10, s_monday));
        Assert.Equal(["first_task", "ten_tasks"], account.Achievements);
    }

    private static Earned Done(string id, int points, DateTimeOffset at) => new(id, "u", points, "", IsTask: true, at, null);
}

public sealed class RankedListTests
{
    [Fact]
    public void It_orders_as_a_naive_sort_does() => Prop.ForAll(ArbMap.Default.ArbFor<List<(byte User, byte Points, byte Minute)>>(), updates =>
    {
        var list = new RankedList();
        var best = new Dictionary<string, RankedEntry>();
        foreach (var (user, points, minute) in updates)
        {
            var entry = new RankedEntry(points, DateTimeOffset.UnixEpoch.AddMinutes(minute), $"u{user % 20}");
            list.Set(entry);
            if (!best.TryGetValue(entry.UserId, out var known) || entry.Xp > known.Xp)
                best[entry.UserId] = entry;
        }
        var expected = best.Values.OrderByDescending(e => e.Xp).ThenBy(e => e.ReachedAt).ThenBy(e => e.UserId, StringComparer.Ordinal).ToList();
        var actual = list.From(1, 1000);
        return actual.Select(a => a.Entry).SequenceEqual(expected)
            && actual.Select(a => a.Rank).SequenceEqual(Enumerable.Range(1, expected.Count))
            && expected.Select((e, i) => list.RankOf(e.UserId) == i + 1).All(same => same);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Who_is_not_on_it_has_no_rank() => Assert.Null(new RankedList().RankOf("nobody"));
}
