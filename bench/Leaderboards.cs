using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Deepiri.Engagement.Accounts;
using Deepiri.Engagement.Leaderboards;
using Deepiri.Engagement.Ledger;
using Deepiri.Engagement.Rules;
using Deepiri.ServiceDefaults;
using Deepiri.TestHost;
using Deepiri.TestHost.Servers;

namespace Deepiri.Bench;

/// <summary>
/// A million users, all of them with points of today: updates and ranks in the service, beside a Redis sorted set; the memory of both; and how long
/// the service takes to have its boards back from the store.
/// </summary>
internal static class Leaderboards
{
    private const int Users = 1_000_000;
    private const int Measured = 200_000;
    private const int LeafSize = 256;

    public static async Task RunAsync(Report report)
    {
        var rules = RulesFile.Read(Repository.PathOf("services", "engagement", "Rules", "rules.yaml"));
        var random = new Random(7);
        report.Header($"{Users:N0} users", "update p50 ms", "p99 ms", "rank p50 ms", "p99 ms", "memory MB");
        InMemory(report, rules, random);
        await RedisAsync(report);
        await RebuildAsync(report, rules, random);
    }

    private static void InMemory(Report report, GameRules rules, Random random)
    {
        var keys = new BoardKeys(rules);
        var ids = Enumerable.Range(0, Users).Select(_ => Guid.NewGuid().ToString()).ToArray();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var boards = new LeaderboardSet(null!, keys, null!, TimeProvider.System);
        var key = keys.Of(LeaderboardPeriod.Daily, TimeProvider.System.GetUtcNow());
        for (var i = 0; i < Users; i++)
            boards.Update(AccountOf(ids[i], random.Next(1, 100_000), 1, keys, rules));
        var memory = (GC.GetTotalMemory(forceFullCollection: true) - before) / 1e6;
        var accounts = Enumerable.Range(0, Measured).Select(i => AccountOf(ids[random.Next(Users)], random.Next(1, 100_000), i + 2, keys, rules)).ToArray();
        var updates = new Latencies(accounts.Select(a => Timed(() => boards.Update(a))).ToArray());
        var ranks = new Latencies(accounts.Select(a => Timed(() => boards.RankOf(key, a.UserId))).ToArray());
        report.Row("engagement-service: five boards (day, week, month, season, all)", Latencies.Text3(updates.P50), Latencies.Text3(updates.P99), Latencies.Text3(ranks.P50), Latencies.Text3(ranks.P99), memory.ToString("0"));
        GC.KeepAlive(ids);
    }

    private static async Task RedisAsync(Report report)
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await redis.ExecuteAsync("CONFIG", "SET", "appendonly", "no");
        await redis.ExecuteAsync("EVAL", $"for i = 0, {Users - 1} do redis.call('ZADD', 'lb', math.random(1, 100000), string.format('user:%012d', i)) end", "0");
        async Task<(string P50, string P99)> MeasureAsync(params string[] command)
        {
            var csv = (await Shell.RunAsync("redis-benchmark", ["-p", $"{redis.Port}", "-c", "1", "-n", $"{Measured / 4}", "-r", $"{Users}", "--csv", .. command])).Trim().Split('\n')[^1].Split("\",\"").Select(f => f.Trim('"')).ToArray();
            return (csv[4], csv[6]);
        }
        var update = await MeasureAsync("ZADD", "lb", "__rand_int__", "user:__rand_int__");
        var rank = await MeasureAsync("ZREVRANK", "lb", "user:__rand_int__");
        var memory = long.Parse(await redis.ExecuteAsync("MEMORY", "USAGE", "lb", "SAMPLES", "0"), CultureInfo.InvariantCulture) / 1e6;
        report.Row("Redis sorted set: one board, over a socket", update.P50, update.P99, rank.P50, rank.P99, memory.ToString("0"));
    }

    /// <summary>Fills the store through the service's own sidecar, ends the service as kill -9 does, and waits until it is healthy again.</summary>
    private static async Task RebuildAsync(Report report, GameRules rules, Random random)
    {
        using var directory = new TemporaryDirectory();
        await using var platform = await PlatformProcess.StartAsync(directory.Path);
        var environment = File.ReadAllLines(Path.Combine(directory.Path, "env", "engagement-service.env")).Select(l => l.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
        using var dapr = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{environment["DAPR_HTTP_PORT"]}/v1.0/state/"), DefaultRequestHeaders = { { "dapr-api-token", environment["DAPR_API_TOKEN"] } } };
        var keys = new BoardKeys(rules);
        var ids = Enumerable.Range(0, Users).Select(_ => Guid.CreateVersion7().ToString()).ToArray();
        foreach (var batch in ids.Chunk(1000))
            await SaveAsync(dapr, "engagementstore", batch.Select(id => ($"account:{id}", (object)AccountOf(id, random.Next(1, 100_000), 1, keys, rules))));
        foreach (var shard in ids.GroupBy(AccountStore.ShardOf))
        {
            var leaves = shard.Order(StringComparer.Ordinal).Chunk(LeafSize).ToList();
            await SaveAsync(dapr, "statestore", leaves.Select((leaf, i) => ($"index:accounts:{shard.Key}:{i}", (object)new { ids = leaf, until = i + 1 < leaves.Count ? leaves[i + 1][0] : null }))
                .Append(($"index:accounts:{shard.Key}", new { leaves = leaves.Select((leaf, i) => new { number = i, first = leaf[0] }), nextNumber = leaves.Count })));
        }

        await platform.RefreshAsync();
        using (var process = Process.GetProcessById(platform.App("engagement-service").GetProperty("pid").GetInt32()))
            process.Kill();
        var began = Stopwatch.GetTimestamp();
        await Eventually.AssertAsync(async () =>
        {
            await platform.RefreshAsync();
            Assert(platform.App("engagement-service").GetProperty("state").GetString() == "healthy" && platform.App("engagement-service").GetProperty("restarts").GetInt32() > 0);
        }, TimeSpan.FromMinutes(5));
        var took = Stopwatch.GetElapsedTime(began).TotalSeconds;
        using var client = platform.Client();
        await client.RegisterAsync("bench", "bench@example.com", "correct horse battery");
        var total = (await client.SendAsync<JsonElement>(HttpMethod.Get, "/api/gamification/leaderboard", null)).GetProperty("total").GetInt32();
        var resident = long.Parse(File.ReadLines($"/proc/{platform.App("engagement-service").GetProperty("pid").GetInt32()}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1e3;
        report.Note($"After `kill -9` the service is healthy again, with {total:N0} users on its boards from the store, after {took:0.0} s; the process has {resident:0} MB resident.");
    }

    private static async Task SaveAsync(HttpClient dapr, string store, IEnumerable<(string Key, object Value)> items)
    {
        foreach (var batch in items.Chunk(500))
        {
            using var answer = await dapr.PostAsJsonAsync(store, batch.Select(i => new { key = i.Key, value = i.Value }), PlatformJson.Options);
            answer.EnsureSuccessStatusCode();
        }
    }

    private static Account AccountOf(string id, int xp, int revision, BoardKeys keys, GameRules rules)
    {
        var now = TimeProvider.System.GetUtcNow();
        var entry = new LedgerEntry("seed", id, 1, EntryKind.Task, xp, xp, "", null, "", now, DateOnly.FromDateTime(now.UtcDateTime), rules.Version, Deepiri.Engagement.Seasons.Season.At(now, rules.Seasons).Id);
        return Account.New(id) with { Balance = Balance.None.With(entry, keys), Revision = revision };
    }

    private static double Timed(Action action)
    {
        var began = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    private static void Assert(bool holds)
    {
        if (!holds)
            throw new InvalidOperationException("Not yet.");
    }
}
