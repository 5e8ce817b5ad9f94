using System.Text.Json;
using System.Text.Json.Nodes;
using Deepiri.Engagement.Accounts;
using Deepiri.Engagement.Leaderboards;
using Deepiri.Engagement.Ledger;
using Deepiri.Engagement.Rules;
using Deepiri.Engagement.Seasons;
using Deepiri.Engagement.Streaks;
using FsCheck;
using FsCheck.Fluent;

namespace Deepiri.UnitTests;

public sealed class GameRulesTests
{
    internal static GameRules Rules { get; } = RulesFile.Read(Path.Combine(AppContext.BaseDirectory, "Rules", "rules.yaml"));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(99, 1)]
    [InlineData(100, 2)]
    [InlineData(299, 2)]
    [InlineData(300, 3)]
    [InlineData(1000, 5)]
    public void A_level_begins_at_its_xp(long xp, int level) => Assert.Equal(level, Rules.Levels.Of(xp));

    [Fact]
    public void Every_level_holds_from_its_first_point_to_the_next_ones() => Prop.ForAll(ArbMap.Default.ArbFor<(int Level, byte Step)>(), x =>
    {
        var (level, levels) = ((Math.Abs(x.Level) % 100_000) + 1, new LevelRules { Step = x.Step + 1 });
        return levels.Of(levels.XpAt(level)) == level || levels.XpAt(level) == levels.XpAt(level + 1) ? levels.Of(levels.XpAt(level + 1) - 1) == level : false;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("low", null, false, 10)]
    [InlineData("medium", null, false, 15)]
    [InlineData("high", 60, false, 30)]
    [InlineData("urgent", 100_000, false, 65)]
    [InlineData("unheard-of", 6, false, 11)]
    [InlineData("low", -60, false, 10)]
    [InlineData("high", 60, true, 24)]
    public void Points_grow_with_priority_and_effort_up_to_a_cap(string priority, int? minutes, bool isLate, int points) => Assert.Equal(points, Rules.Tasks.For(priority, minutes, isLate));

    [Theory]
    [InlineData(1, 40)]
    [InlineData(2, 36)]
    [InlineData(4, 28)]
    [InlineData(100, 28)]
    [InlineData(0, 40)]
    public void The_first_try_at_a_challenge_earns_most(int attempt, int points) => Assert.Equal(points, Rules.Challenges.For(40, attempt));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(20, 30)]
    [InlineData(10_000, 200)]
    public void A_quest_is_worth_a_part_of_what_it_takes(int tasks, int reward) => Assert.Equal((reward, Math.Min(200, tasks / 10)), (Rules.Quests.For(tasks, isXp: false), Rules.Quests.For(tasks, isXp: true)));

    [Theory]
    [InlineData("version: 0", "version is 0")]
    [InlineData("tasks: { lateFactor: 2 }", "tasks.lateFactor is 2")]
    [InlineData("tasks: { priority: { enormous: 5 } }", "tasks.priority.enormous")]
    [InlineData("challenges: { attempts: [] }", "challenges.attempts")]
    [InlineData("seasons: { begin: 2026-01-02, months: 3 }", "seasons.begin")]
    [InlineData("seasons: { begin: soon }", "line 1: 'soon' is not a day")]
    [InlineData("achievements: [{ id: a, title: A, description: D, when: { luck: 1 } }]", "when.luck")]
    [InlineData("achievements: [{ id: a, title: A, description: D }]", "nothing under when")]
    [InlineData("achievements: [{ id: a, title: A, description: D, when: { xp: 1 } }, { id: a, title: A, description: D, when: { xp: 1 } }]", "'a' is there 2 times")]
    [InlineData("tasks:", "tasks is empty")]
    [InlineData("achievements: [null]", "needs an id")]
    [InlineData("tasks: { lateFactor: .nan }", "tasks.lateFactor is NaN")]
    [InlineData("quests: { share: 2 }", "quests.share is 2")]
    [InlineData("colour: red", "colour")]
    [InlineData("version: [", "line 1")]
    public void Wrong_rules_are_refused_by_name(string yaml, string said)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, yaml);
        Assert.Contains(said, Assert.Throws<InvalidOperationException>(() => RulesFile.Read(file)).Message);
        File.Delete(file);
    }
}

public sealed class LedgerTests
{
    private static readonly DateTimeOffset s_monday = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);
    private static readonly BoardKeys s_keys = new(GameRulesTests.Rules);
    private static readonly Posting s_posting = new(GameRulesTests.Rules, s_keys);

    /// <summary>Rules under which every day reaches its caps.</summary>
    private static readonly GameRules s_narrow = GameRulesTests.Rules with { Tasks = GameRulesTests.Rules.Tasks with { DailyCap = 100 }, Challenges = GameRulesTests.Rules.Challenges with { DailyCap = 70 }, Quests = GameRulesTests.Rules.Quests with { DailyCap = 50 } };

    /// <summary>
    /// Causes in any order, told again and again, with crashes before or after the commit: each is posted once, the balance is what the ledger
    /// gives, the boards are what a naive sum gives, and no day has more than its cap.
    /// </summary>
    [Fact]
    public void Balances_equal_the_ledger_whatever_comes_in_whatever_order() => Prop.ForAll(ArbMap.Default.ArbFor<List<(byte Cause, byte Time, byte Fate)>>(), events =>
    {
        var (account, ledger, narrow) = (Account.New("ada"), new List<LedgerEntry>(), new Posting(s_narrow, s_keys));
        foreach (var (cause, when, fate) in events)
        {
            var earned = Cause(cause, when);
            for (var told = 0; told <= fate % 3; told++)
            {
                if (ledger.Exists(e => e.Id == earned.Id))
                    continue;
                var entries = narrow.Post(account, earned);
                // A crash before the commit leaves nothing; one after it leaves all.
                if (fate % 7 == told)
                    continue;
                account = account with { Balance = entries.Aggregate(account.Balance, (b, e) => b.With(e, s_keys)) };
                ledger.AddRange(entries);
            }
        }
        var causes = ledger.Where(e => e.Kind != EntryKind.Achievement).ToList();
        return Same(account.Balance, Balance.Of(ledger, s_keys))
            && ledger.Select(e => e.Number).SequenceEqual(Enumerable.Range(1, ledger.Count))
            && ledger.Select(e => e.Id).Distinct().Count() == ledger.Count
            && account.Balance.Total.Xp == ledger.Sum(e => e.Points)
            && account.Balance.TasksCompleted == causes.Count(e => e.Kind == EntryKind.Task)
            && account.Balance.Boards.All(b => b.Value.Xp == ledger.Where(e => s_keys.Of(e).Contains(b.Key)).Sum(e => e.Points))
            && account.Balance.Boards.Values.Where(s => s.Xp > 0).All(s => ledger.Exists(e => e.EarnedAt == s.ReachedAt))
            && causes.GroupBy(e => (e.Kind, e.EarnedAt.UtcDateTime.Date)).All(g => g.Sum(e => e.Points) is var sum && sum <= CapOf(g.Key.Kind) && sum == Math.Min(CapOf(g.Key.Kind), g.Sum(e => e.Worth)))
            && account.Balance.Achievements.SequenceEqual(account.Balance.Achievements.Distinct());
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_late_event_counts_for_the_periods_in_which_it_happened()
    {
        var balance = After(Done("1", 10, s_monday.AddDays(35)), Done("late", 5, s_monday));
        Assert.Equal((15, 10, 5, 10, 5, 10, 5), (balance.Total.Xp, balance.Boards["day:2026-04-06"].Xp, balance.Boards["day:2026-03-02"].Xp, balance.Boards["month:2026-04"].Xp, balance.Boards["month:2026-03"].Xp, balance.Boards["season:2026-04-01"].Xp, balance.Boards["season:2026-01-01"].Xp));
        // Of days two are kept.
        Assert.DoesNotContain("day:2026-03-02", After(Done("1", 10, s_monday.AddDays(35)), Done("2", 10, s_monday.AddDays(36)), Done("late", 5, s_monday)).Boards.Keys);
    }

    [Fact]
    public void Weeks_follow_iso_8601_around_the_new_year()
    {
        Assert.Equal("week:2026-W53", s_keys.Of(LeaderboardPeriod.Weekly, new DateTimeOffset(2027, 1, 3, 23, 59, 0, TimeSpan.Zero)));
        Assert.Equal("week:2027-W01", s_keys.Of(LeaderboardPeriod.Weekly, new DateTimeOffset(2027, 1, 4, 0, 0, 0, TimeSpan.Zero)));
    }

    [Fact]
    public void Achievements_are_unlocked_once_with_their_points_and_never_lost()
    {
        var balance = After([.. Enumerable.Range(0, 12).Select(i => Done($"{i}", 10, s_monday))]);
        Assert.Equal(["first_task", "ten_tasks"], balance.Achievements);
        Assert.Equal(140, balance.Total.Xp);
    }

    [Fact]
    public void Beyond_the_cap_of_the_day_things_count_but_earn_nothing()
    {
        var balance = After([.. Enumerable.Range(0, 30).Select(i => Done($"{i}", 65, s_monday.AddMinutes(i)))]);
        Assert.Equal((1020, 30), (balance.Total.Xp, balance.TasksCompleted));
        Assert.Equal(1085, After([.. Enumerable.Range(0, 30).Select(i => Done($"{i}", 65, s_monday.AddMinutes(i))), Done("tomorrow", 65, s_monday.AddDays(1))]).Total.Xp);
    }

    [Fact]
    public void Seasons_follow_each_other_without_gaps()
    {
        var rules = new SeasonRules { Begin = new DateOnly(2026, 1, 1), Months = 3 };
        Assert.Equal((1, 2, 5, 0), (Season.At(s_monday, rules).Number, Season.At(new DateTimeOffset(2026, 4, 1, 0, 0, 0, TimeSpan.Zero), rules).Number, Season.At(s_monday.AddYears(1), rules).Number, Season.At(s_monday.AddYears(-1), rules).Number));
        Assert.Equal(Season.Of(1, rules).End, Season.Of(2, rules).Begin);
        Assert.Equal(Season.Of(1, rules).End, Season.At(DateTimeOffset.Parse("2026-03-31T20:00:00-04:00").AddTicks(-1), rules).End);
    }

    private static int CapOf(EntryKind kind) => kind switch { EntryKind.Task => 100, EntryKind.Challenge => 70, _ => 50 };

    /// <summary>Events of long ago, after so many newer ones that nobody knows what their day had earned.</summary>
    [Fact]
    public void What_is_later_than_can_be_accounted_for_counts_but_earns_nothing()
    {
        var account = Account.New("ada");
        Earned[] all = [.. Enumerable.Range(0, 110).Select(i => Done($"{i}", 10, s_monday.AddDays(i))), .. Enumerable.Range(0, 200).Select(i => Done($"late{i}", 65, s_monday))];
        foreach (var earned in all)
            account = account with { Balance = s_posting.Post(account, earned).Aggregate(account.Balance, (b, e) => b.With(e, s_keys)) };
        Assert.Equal(310, account.Balance.TasksCompleted);
        Assert.Equal((1100, 100), (account.Balance.Total.Xp - GameRulesTests.Rules.Achievements.Where(a => account.Balance.Achievements.Contains(a.Id)).Sum(a => a.Xp), account.Balance.Capped.Count));
    }

    private static Balance After(params Earned[] all)
    {
        var account = Account.New("ada");
        foreach (var earned in all)
            account = account with { Balance = s_posting.Post(account, earned).Aggregate(account.Balance, (b, e) => b.With(e, s_keys)) };
        return account.Balance;
    }

    private static Earned Done(string id, int points, DateTimeOffset at) => new(id, "ada", EntryKind.Task, points, "", null, "e", at, null);

    private static Earned Cause(byte cause, byte when) =>
        new($"cause-{cause}", "ada", (EntryKind)(cause % 3), cause % 5 * 60, "", cause % 3 == 1 ? $"topic-{cause % 4}" : null, "e", s_monday.AddHours(cause * 7 % 1500).AddMinutes(when), null);

    private static bool Same(Balance one, Balance other) => JsonNode.DeepEquals(JsonSerializer.SerializeToNode(one), JsonSerializer.SerializeToNode(other));
}

public sealed class StreakTests
{
    private static readonly DateOnly s_monday = new(2026, 3, 2);
    private static readonly StreakRules s_rules = new() { DaysPerFreeze = 7, MostFreezes = 2 };

    [Theory]
    [InlineData("x", 1, 0)]
    [InlineData("xx", 2, 0)]
    [InlineData("xx.", 2, 0)]
    [InlineData("xx..", 0, 0)]
    [InlineData("xx..x", 1, 0)]
    [InlineData("xxxxxxx", 7, 1)]
    [InlineData("xxxxxxx..", 7, 0)]
    [InlineData("xxxxxxx.x", 8, 0)]
    [InlineData("xxxxxxx...", 0, 0)]
    [InlineData("xxxxxxxxxxxxxxxxxxxxxxx", 23, 2)]
    [InlineData("xxxxxxxxxxxxxx..x", 15, 0)]
    public void It_grows_day_by_day_and_freezes_make_up_for_days_without(string days, int length, int freezes) => Assert.Equal((length, freezes), (Of(days, StreakPreferences.Default).Days, Of(days, StreakPreferences.Default).Freezes));

    [Theory]
    [InlineData("xxxxx..", 5)]
    [InlineData("xxxxx..x", 6)]
    [InlineData("xxxxx.xx", 7)]
    [InlineData("xxxx...x", 1)]
    public void In_weekday_mode_weekends_are_free(string days, int length) => Assert.Equal(length, Of(days, new StreakPreferences([new ModeSince(s_monday, StreakMode.Weekdays)], [])).Days);

    [Fact]
    public void A_holiday_neither_ends_nor_lengthens_it_and_who_wants_none_has_none()
    {
        Assert.Equal(3, Of("xx.....x", new StreakPreferences([], [new DayRange(s_monday.AddDays(2), s_monday.AddDays(6))])).Days);
        Assert.Equal(0, Of("xxx", new StreakPreferences([new ModeSince(s_monday.AddDays(2), StreakMode.Off)], [])).Days);
    }

    /// <summary>A streak that has ended stays ended, whatever is wished afterwards.</summary>
    [Fact]
    public void What_is_past_cannot_be_mended()
    {
        var today = s_monday.AddDays(8);
        var wished = StreakPreferences.Default.With(StreakMode.Weekdays, [new DayRange(s_monday, today.AddDays(1))], today);
        Assert.Equal((1, 5), (Of("xxxxx...x", wished).Days, Of("xxxxx...x", wished).Longest));
        Assert.Equal(new DayRange(today, today.AddDays(1)), Assert.Single(wished.Holidays));
        // What was a holiday stays one, and what lies ahead can be changed again.
        var again = wished.With(null, [], today.AddDays(1));
        Assert.Equal((new DayRange(today, today), StreakMode.Weekdays), (Assert.Single(again.Holidays), again.Mode));
        Assert.Equal(2, Of("x...x", StreakPreferences.Default.With(StreakMode.Off, null, s_monday.AddDays(1)).With(StreakMode.Daily, null, s_monday.AddDays(4))).Days);
    }

    [Fact]
    public void It_does_not_matter_in_which_order_days_become_known() => Prop.ForAll(ArbMap.Default.ArbFor<List<byte>>(), days =>
        JsonSerializer.Serialize(days.Aggregate(NumberRanges.None, (r, d) => r.With(d))) == JsonSerializer.Serialize(days.Order().Aggregate(NumberRanges.None, (r, d) => r.With(d)))
        && Enumerable.Range(-1, 258).All(d => days.Aggregate(NumberRanges.None, (r, n) => r.With(n)).Contains(d) == days.Contains((byte)d) || d is < 0 or > 255)).QuickCheckThrowOnFailure();

    /// <summary>The first character is Monday, the last one today.</summary>
    private static Streak Of(string days, StreakPreferences preferences)
    {
        var active = days.Select((c, i) => (c, i)).Where(d => d.c == 'x').Aggregate(NumberRanges.None, (r, d) => r.With(s_monday.AddDays(d.i).DayNumber));
        return Streak.Of(active, preferences, s_rules, s_monday.AddDays(days.Length - 1));
    }
}

public sealed class RankedListTests
{
    [Fact]
    public void It_orders_as_a_naive_sort_does() => Prop.ForAll(ArbMap.Default.ArbFor<List<(byte User, byte Points, byte Minute)>>(), updates =>
    {
        var users = new UserTable();
        var list = new RankedList(users);
        var known = new Dictionary<int, RankedEntry>();
        foreach (var (user, points, minute) in updates)
        {
            var number = users.Add($"u{user % 20}");
            list.Set(number, points, minute);
            known[number] = new RankedEntry(points, minute, number);
        }
        var expected = known.Values.Where(e => e.Xp > 0).OrderByDescending(e => e.Xp).ThenBy(e => e.ReachedAt).ThenBy(e => e.User, Comparer<int>.Create(users.Compare)).ToList();
        return list.From(1, 1000).SequenceEqual(expected.Select((e, i) => (i + 1, e))) && list.Count == expected.Count
            && list.From(3, 2).SequenceEqual(expected.Select((e, i) => (i + 1, e)).Skip(2).Take(2))
            && known.Keys.All(u => list.RankOf(u) == (expected.FindIndex(e => e.User == u) is >= 0 and var i ? i + 1 : null));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void With_many_chunks_it_still_does()
    {
        var users = new UserTable();
        var list = new RankedList(users);
        var random = new Random(7);
        var known = new Dictionary<int, (long Xp, long At)>();
        for (var i = 0; i < 40_000; i++)
        {
            var user = users.Add($"{random.Next(9000)}");
            known[user] = (random.Next(0, 3000), random.Next(100));
            list.Set(user, known[user].Xp, known[user].At);
        }
        var expected = known.Where(k => k.Value.Xp > 0).OrderByDescending(k => k.Value.Xp).ThenBy(k => k.Value.At).ThenBy(k => k.Key, Comparer<int>.Create(users.Compare)).Select(k => k.Key).ToList();
        Assert.Equal(expected, list.From(1, 10_000).Select(e => e.Entry.User));
        Assert.All(expected.Select((u, i) => (User: u, Rank: i + 1)), e => Assert.Equal(e.Rank, list.RankOf(e.User)));
        foreach (var user in expected)
            list.Remove(user);
        Assert.Equal((0, 0), (list.Count, list.From(1, 10).Count));
    }

    [Fact]
    public void Ids_come_back_as_they_were()
    {
        var users = new UserTable();
        foreach (var id in new[] { "ada", "01a1feee-d7ce-7758-ac02-e4a9ef02d009", "01A1FEEE-d7ce-7758-ac02-e4a9ef02d009", "" })
            Assert.Equal((users.Add(id), id), (users.Find(id), users.IdOf(users.Add(id))));
        Assert.Null(users.Find("nobody"));
    }
}
