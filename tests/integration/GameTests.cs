using System.Net;
using System.Text.Json;

namespace Deepiri.IntegrationTests;

public sealed class GameTests : EngagementServiceBase
{
    [Fact]
    public async Task Achievements_are_unlocked_and_told_with_their_points()
    {
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => CompletedAsync("ada", $"t{i}", $"e{i}")));
        Assert.Equal(["first_task", "ten_tasks"], (await MeAsync("ada")).GetProperty("achievements").EnumerateArray().Select(a => a.GetString()!));
        await Eventually.AssertAsync(() => Assert.Equal([("first_task", 0), ("ten_tasks", 20)], Events("achievement.unlocked").Select(e => (e.GetProperty("achievementId").GetString()!, e.GetProperty("xpEarned").GetInt32()))));
        var all = (await OkAsync("ada", HttpMethod.Get, "/achievements")).GetProperty("items").EnumerateArray().ToDictionary(a => a.GetProperty("id").GetString()!);
        Assert.Equal((true, 1, 0.1), (all["ten_tasks"].GetProperty("unlocked").GetBoolean(), all["ten_tasks"].GetProperty("progress").GetDouble(), all["hundred_tasks"].GetProperty("progress").GetDouble()));
        Assert.DoesNotContain("both_worlds", all.Keys);
    }

    [Fact]
    public async Task The_ledger_tells_what_points_were_given_for_and_pages()
    {
        await CompletedAsync("ada", "late", "1", "high", 60, due: Engagement.Time.GetUtcNow().AddHours(-1));
        await SolvedAsync("ada", "c1", "graphs", attempt: 2);
        var entries = new List<JsonElement>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await OkAsync("ada", HttpMethod.Get, $"/ledger?limit=1{cursor}");
            entries.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("next").GetString() is { } next ? $"&cursor={Uri.EscapeDataString(next)}" : null;
        }
        Assert.Equal([(4, "achievement", 0), (3, "challenge", 18), (2, "achievement", 0), (1, "task", 24)], entries.Select(e => (e.GetProperty("number").GetInt32(), e.GetProperty("kind").GetString()!, e.GetProperty("points").GetInt32())));
        Assert.Empty((await OkAsync("bob", HttpMethod.Get, "/ledger")).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task Balances_are_made_again_from_the_ledger()
    {
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => CompletedAsync(i % 2 == 0 ? "ada" : "bob", $"t{i}", $"e{i}", "urgent", 90)));
        var before = (await MeAsync("ada")).GetRawText();
        Assert.Empty((await OkAsync("root", HttpMethod.Post, "/rebuild", role: "admin")).GetProperty("changed").EnumerateArray());
        await FailAsync(HttpStatusCode.Forbidden, "ada", HttpMethod.Post, "/rebuild");
        // Somebody spoils an account.
        await Engagement.ChangeStateAsync("engagementstore", "account:ada", account => account["balance"]!["total"]!["xp"] = 1_000_000);
        Assert.Contains("1000000", (await MeAsync("ada")).GetRawText());
        var first = await OkAsync("root", HttpMethod.Post, "/rebuild?limit=1", role: "admin");
        var second = await OkAsync("root", HttpMethod.Post, $"/rebuild?limit=1&cursor={first.GetProperty("next").GetString()}", role: "admin");
        Assert.Equal(["ada"], first.GetProperty("changed").EnumerateArray().Concat(second.GetProperty("changed").EnumerateArray()).Select(u => u.GetString()!));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next").ValueKind);
        Assert.Equal(before, (await MeAsync("ada")).GetRawText());
        Assert.Equal(((await MeAsync("ada")).GetProperty("xp").GetInt32(), 2), ((await BoardItemsAsync("all"))[0].GetProperty("xp").GetInt32(), (await BoardItemsAsync("all")).Count));
    }

    [Fact]
    public async Task Beyond_the_cap_of_the_day_nothing_is_earned_until_the_next()
    {
        for (var i = 0; i < 18; i++)
            await CompletedAsync("ada", $"t{i}", $"e{i}", "urgent", 600);
        Assert.Equal((1020, 18), ((await MeAsync("ada")).GetProperty("xp").GetInt32(), (await MeAsync("ada")).GetProperty("tasksCompleted").GetInt32()));
        Engagement.Time.Advance(TimeSpan.FromDays(1));
        await CompletedAsync("ada", "next", "next", "urgent", 600);
        Assert.Equal(1085, (await MeAsync("ada")).GetProperty("xp").GetInt32());
    }

    [Fact]
    public async Task A_streak_minds_the_time_zone_and_what_a_user_wants_of_it()
    {
        // 10:00 UTC on Monday, the second, is the third already in Kiritimati, and twenty hours later still the third.
        await OkAsync("ada", HttpMethod.Put, "/preferences", new { timeZone = "Pacific/Kiritimati" });
        foreach (var user in new[] { "ada", "bob" })
            await CompletedAsync(user, $"{user}1", $"{user}1");
        Engagement.Time.Advance(TimeSpan.FromHours(20));
        foreach (var user in new[] { "ada", "bob" })
            await CompletedAsync(user, $"{user}2", $"{user}2");
        Assert.Equal((1, 2), ((await MeAsync("ada")).GetProperty("streak").GetInt32(), (await MeAsync("bob")).GetProperty("streak").GetInt32()));
        // Away from the fourth on, as it was said before; said afterwards it mends nothing.
        await OkAsync("ada", HttpMethod.Put, "/preferences", new { holidays = new[] { new { from = "2026-03-04", to = "2026-03-20" } } });
        Engagement.Time.Advance(TimeSpan.FromDays(5));
        await OkAsync("bob", HttpMethod.Put, "/preferences", new { holidays = new[] { new { from = "2026-03-04", to = "2026-03-20" } } });
        Assert.Equal((1, 0), ((await MeAsync("ada")).GetProperty("streak").GetInt32(), (await MeAsync("bob")).GetProperty("streak").GetInt32()));
        await OkAsync("ada", HttpMethod.Put, "/preferences", new { streak = "off" });
        Assert.Equal(0, (await MeAsync("ada")).GetProperty("streak").GetInt32());
        Assert.Equal("""{"timeZone":"Pacific/Kiritimati","publicBoards":true,"streak":"off","holidays":[{"from":"2026-03-04","to":"2026-03-20"}]}""", (await OkAsync("ada", HttpMethod.Get, "/preferences")).GetRawText());
        await OkAsync("ada", HttpMethod.Put, "/preferences", new { timeZone = "UTC" });
        Assert.Equal("MOVED_RECENTLY", (await FailAsync(HttpStatusCode.Conflict, "ada", HttpMethod.Put, "/preferences", new { timeZone = "Pacific/Pago_Pago" })).GetProperty("code").GetString());
        Assert.Equal(2, (await FailAsync(HttpStatusCode.BadRequest, "ada", HttpMethod.Put, "/preferences", new { timeZone = "Mars", holidays = new[] { new { from = "2026-03-05", to = "2026-03-01" } } })).GetProperty("details").EnumerateObject().Count());
    }

    [Fact]
    public async Task Who_stays_away_from_public_boards_is_not_on_them_not_even_after_a_restart()
    {
        await CompletedAsync("ada", "a", "a");
        await CompletedAsync("bob", "b", "b");
        await OkAsync("ada", HttpMethod.Put, "/preferences", new { publicBoards = false });
        Assert.Equal(["bob"], await BoardAsync("all"));
        await CompletedAsync("ada", "a2", "a2");
        await RestartAsync();
        Assert.Equal(["bob"], await BoardAsync("all"));
        Assert.Equal(["ada"], await BoardAsync("all&scope=friends"));
        await OkAsync("ada", HttpMethod.Put, "/preferences", new { publicBoards = true });
        Assert.Equal(["ada", "bob"], await BoardAsync("daily"));
    }

    [Fact]
    public async Task Among_friends_are_those_who_have_added_each_other()
    {
        foreach (var user in new[] { "ada", "bob", "cyd" })
            await CompletedAsync(user, user, user);
        await OkAsync("ada", HttpMethod.Post, "/friends", new { userId = "bob" });
        await OkAsync("ada", HttpMethod.Post, "/friends", new { email = "cyd@example.com" });
        Assert.Equal(["ada"], await BoardAsync("weekly&scope=friends"));
        await OkAsync("bob", HttpMethod.Post, "/friends", new { userId = "ada" });
        Assert.Equal(["ada", "bob"], (await BoardAsync("weekly&scope=friends")).Order());
        Assert.Equal(["ada", "bob"], (await BoardAsync("weekly&scope=friends", "bob")).Order());
        Assert.Equal([("bob", true), ("cyd", false)], (await OkAsync("ada", HttpMethod.Get, "/friends")).GetProperty("items").EnumerateArray().Select(f => (f.GetProperty("userId").GetString()!, f.GetProperty("isMutual").GetBoolean())).Order());
        await Eventually.AssertAsync(() => Assert.Equal([("bob", false), ("cyd", false), ("ada", true)], Events("friend.added").Select(e => (e.GetProperty("userId").GetString()!, e.GetProperty("isMutual").GetBoolean()))));
        await OkAsync("bob", HttpMethod.Delete, "/friends/ada");
        Assert.Equal(["ada"], await BoardAsync("weekly&scope=friends"));
        await FailAsync(HttpStatusCode.BadRequest, "ada", HttpMethod.Post, "/friends", new { userId = "ada" });
        await FailAsync(HttpStatusCode.BadRequest, "ada", HttpMethod.Post, "/friends", new { userId = "nobody" });
        await FailAsync(HttpStatusCode.BadRequest, "ada", HttpMethod.Post, "/friends", new { });
    }

    [Fact]
    public async Task Boards_of_topics_months_and_seasons_show_the_top_the_neighbours_and_oneself()
    {
        for (var i = 0; i < 30; i++)
            await SolvedAsync($"u{i:00}", $"c{i}", i % 2 == 0 ? "graphs" : "math", reward: 10 + i);
        Assert.Equal(["u28", "u26"], await BoardAsync("all&topic=graphs&limit=2"));
        Assert.Equal(["u29", "u28"], await BoardAsync("monthly&limit=2"));
        var mine = await OkAsync("u10", HttpMethod.Get, "/leaderboard?period=season&limit=3&around=me");
        Assert.Equal(["u11", "u10", "u09"], mine.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("userId").GetString()!));
        var top = await OkAsync("u10", HttpMethod.Get, "/leaderboard?limit=3");
        Assert.Equal((20, 3, 30), (top.GetProperty("me").GetProperty("rank").GetInt32(), top.GetProperty("items").GetArrayLength(), top.GetProperty("total").GetInt32()));
        await FailAsync(HttpStatusCode.BadRequest, "ada", HttpMethod.Get, "/leaderboard?period=daily&topic=graphs");
    }

    [Fact]
    public async Task A_season_is_closed_archived_and_reset_and_what_is_late_counts_for_it()
    {
        await NamedAsync("ada", "Ada", 1);
        await CompletedAsync("ada", "a", "a", "high");
        await CompletedAsync("bob", "b", "b");
        Assert.Equal("2026-01-01", (await OkAsync("ada", HttpMethod.Get, "/seasons/current")).GetProperty("id").GetString());
        await FailAsync(HttpStatusCode.NotFound, "ada", HttpMethod.Get, "/seasons/2026-01-01");
        var inSeason = Engagement.Time.GetUtcNow();
        Engagement.Time.Advance(TimeSpan.FromDays(31));
        await RestartAsync();
        await Eventually.AssertAsync(async () => Assert.Equal(["ada 20", "bob 10"], await StandingsAsync()));
        Assert.Empty(await BoardAsync("season"));
        await CompletedAsync("bob", "late", "late", "urgent", at: inSeason);
        await CompletedAsync("bob", "late", "late", "urgent", at: inSeason);
        await CompletedAsync("bob", "new", "new");
        Assert.Equal(["bob 35", "ada 20"], await StandingsAsync());
        Assert.Equal(["bob"], await BoardAsync("season"));
        await OkAsync("bob", HttpMethod.Put, "/preferences", new { publicBoards = false });
        Assert.Equal(["ada 20"], await StandingsAsync());
        await OkAsync("bob", HttpMethod.Put, "/preferences", new { publicBoards = true });
        Assert.Equal(("Ada", 20), ((await OkAsync("ada", HttpMethod.Get, "/seasons/2026-01-01")).GetProperty("standings")[1].GetProperty("username").GetString(), (await OkAsync("ada", HttpMethod.Get, "/seasons/2026-01-01")).GetProperty("myXp").GetInt32()));

        async Task<IEnumerable<string>> StandingsAsync() => (await OkAsync("ada", HttpMethod.Get, "/seasons/2026-01-01")).GetProperty("standings").EnumerateArray().Select(s => $"{s.GetProperty("userId").GetString()} {s.GetProperty("xp").GetInt32()}");
    }

    [Fact]
    public async Task A_party_completes_its_quest_together_and_each_member_is_rewarded_once()
    {
        var party = await OkAsync("ada", HttpMethod.Post, "/parties", new { name = "Night shift" });
        var path = $"/parties/{party.GetProperty("id").GetString()}";
        await FailAsync(HttpStatusCode.NotFound, "bob", HttpMethod.Get, path);
        await OkAsync("bob", HttpMethod.Post, "/parties/join", new { code = party.GetProperty("code").GetString()!.ToLowerInvariant() });
        await CompletedAsync("ada", "before", "before");
        await FailAsync(HttpStatusCode.Forbidden, "bob", HttpMethod.Put, $"{path}/quest", new { title = "Four tasks", metric = "tasks", target = 4, days = 7 });
        Engagement.Time.Advance(TimeSpan.FromMinutes(1));
        await OkAsync("ada", HttpMethod.Put, $"{path}/quest", new { title = "Four tasks", metric = "tasks", target = 4, days = 7 });
        await FailAsync(HttpStatusCode.Conflict, "ada", HttpMethod.Put, $"{path}/quest", new { title = "Again", metric = "xp", target = 4, days = 7 });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => CompletedAsync(i == 0 ? "ada" : "bob", $"t{i}", $"e{i}")));
        await Eventually.AssertAsync(async () => Assert.Equal([26, 36], await XpAsync()));
        var done = await OkAsync("bob", HttpMethod.Get, path);
        Assert.Equal((4, false), (done.GetProperty("quest").GetProperty("progress").GetInt32(), done.GetProperty("quest").GetProperty("isOpen").GetBoolean()));
        Assert.Equal([1, 3], done.GetProperty("members").EnumerateArray().Select(m => m.GetProperty("contributed").GetInt32()));
        await Eventually.AssertAsync(() => Assert.Single(Events("quest.completed")));
        Assert.Equal([1, 2, 3], Events("quest.progressed").Select(e => e.GetProperty("progress").GetInt32()));
        // Again, as a broker may.
        await EventAsync("/events/engagement/quest.completed", "again", Events("quest.completed").Single());
        foreach (var award in Events("points.awarded").ToList())
            await EventAsync("/events/engagement/points.awarded", "again", award);
        Assert.Equal([26, 36], await XpAsync());
        Assert.Equal(4, (await OkAsync("bob", HttpMethod.Get, path)).GetProperty("quest").GetProperty("progress").GetInt32());

        async Task<IEnumerable<int>> XpAsync() => [(await MeAsync("ada")).GetProperty("xp").GetInt32(), (await MeAsync("bob")).GetProperty("xp").GetInt32()];
    }

    [Fact]
    public async Task Members_come_and_go_and_the_owner_is_followed_by_who_was_there_longest()
    {
        var party = await OkAsync("ada", HttpMethod.Post, "/parties", new { name = "P" });
        var path = $"/parties/{party.GetProperty("id").GetString()}";
        var join = new { code = party.GetProperty("code").GetString() };
        await OkAsync("bob", HttpMethod.Post, "/parties/join", join);
        await OkAsync("cyd", HttpMethod.Post, "/parties/join", join);
        await OkAsync("cyd", HttpMethod.Post, "/parties/join", join);
        await FailAsync(HttpStatusCode.Forbidden, "bob", HttpMethod.Delete, $"{path}/members/cyd");
        await OkAsync("ada", HttpMethod.Delete, $"{path}/members/ada");
        await OkAsync("bob", HttpMethod.Delete, $"{path}/members/cyd");
        // Who was taken out knows the old code.
        await FailAsync(HttpStatusCode.BadRequest, "cyd", HttpMethod.Post, "/parties/join", join);
        Assert.Equal(("bob", 1), ((await OkAsync("bob", HttpMethod.Get, path)).GetProperty("ownerId").GetString(), (await OkAsync("bob", HttpMethod.Get, path)).GetProperty("members").GetArrayLength()));
        Assert.Empty((await OkAsync("ada", HttpMethod.Get, "/parties")).GetProperty("items").EnumerateArray());
        await FailAsync(HttpStatusCode.NotFound, "cyd", HttpMethod.Get, path);
        await FailAsync(HttpStatusCode.BadRequest, "cyd", HttpMethod.Post, "/parties/join", new { code = "AAAAAAAAAA" });
        await FailAsync(HttpStatusCode.NotFound, "cyd", HttpMethod.Get, "/parties/a%7C%7Cb");
        for (var i = 0; i < 12; i++)
        {
            var own = await OkAsync("dee", HttpMethod.Post, "/parties", new { name = $"{i}" });
            if (i < 5)
                await OkAsync("dee", HttpMethod.Delete, $"/parties/{own.GetProperty("id").GetString()}/members/dee");
        }
        for (var i = 0; i < 3; i++)
            await OkAsync("dee", HttpMethod.Post, "/parties", new { name = $"{i}" });
        await FailAsync(HttpStatusCode.Conflict, "dee", HttpMethod.Post, "/parties", new { name = "one too many" });
        await FailAsync(HttpStatusCode.BadRequest, "cyd", HttpMethod.Post, "/parties/join", new { code = "x" });
        Assert.Equal(["days", "metric", "target", "title"], (await FailAsync(HttpStatusCode.BadRequest, "bob", HttpMethod.Put, $"{path}/quest", new { })).GetProperty("details").EnumerateObject().Select(d => d.Name).Order());
    }
}
