using System.Net.Http.Json;
using System.Text.Json;

namespace Deepiri.IntegrationTests;

public sealed class NotificationServiceTests : IAsyncLifetime
{
    private ServiceHost _notifications = null!;

    public async Task InitializeAsync() => _notifications = await ServiceHost.StartAsync("Deepiri.Notification", "notification-service");

    public async Task DisposeAsync() => await _notifications.DisposeAsync();

    [Fact]
    public async Task An_award_told_many_times_at_once_is_one_notification()
    {
        await Task.WhenAll(Enumerable.Range(0, 15).Select(_ => AwardAsync("ada", "award-1")));
        Assert.Single((await ListAsync("ada")).GetProperty("items").EnumerateArray());
        Assert.Equal(1, await UnreadAsync("ada"));
    }

    [Fact]
    public async Task Numbers_have_no_gaps_and_pages_hold_everything_once()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, 230), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, _) => await AwardAsync("ada", $"award-{i}"));
        var numbers = new List<long>();
        string? cursor = null;
        do
        {
            var page = await ListAsync("ada", $"limit=33{(cursor is null ? "" : $"&cursor={cursor}")}");
            numbers.AddRange(page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("number").GetInt64()));
            cursor = page.GetProperty("next").GetString();
        }
        while (cursor is not null);
        Assert.Equal(Enumerable.Range(1, 230).Reverse().Select(n => (long)n), numbers);
    }

    [Fact]
    public async Task Since_gives_what_came_after_in_order_and_only_to_its_owner()
    {
        for (var i = 0; i < 5; i++)
            await AwardAsync("ada", $"award-{i}");
        var items = (await ListAsync("ada")).GetProperty("items").EnumerateArray().ToList();
        var second = items[3].GetProperty("id").GetString()!;
        var since = await ListAsync("ada", $"since={second}&limit=2");
        Assert.Equal([3L, 4L], since.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("number").GetInt64()));
        var rest = await ListAsync("ada", $"since={since.GetProperty("next").GetString()}&limit=2");
        Assert.Equal([5L], rest.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("number").GetInt64()));
        using var eve = await _notifications.Http.SendAsync(_notifications.As("eve", HttpMethod.Get, $"/api/notifications?since={second}"));
        Assert.Equal(System.Net.HttpStatusCode.NotFound, eve.StatusCode);
    }

    [Fact]
    public async Task Reading_one_and_all_counts_right_whatever_comes_twice()
    {
        for (var i = 0; i < 4; i++)
            await AwardAsync("ada", $"award-{i}");
        var id = (await ListAsync("ada")).GetProperty("items")[0].GetProperty("id").GetString()!;
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => PostAsync("ada", $"/api/notifications/{id}/read")));
        Assert.Equal(3, await UnreadAsync("ada"));
        await PostAsync("ada", "/api/notifications/read-all");
        await PostAsync("ada", "/api/notifications/read-all");
        Assert.Equal(0, await UnreadAsync("ada"));
        Assert.All((await ListAsync("ada")).GetProperty("items").EnumerateArray(), n => Assert.True(n.GetProperty("read").GetBoolean()));
        await AwardAsync("ada", "award-new");
        Assert.Equal(1, await UnreadAsync("ada"));
        Assert.False((await ListAsync("ada")).GetProperty("items")[0].GetProperty("read").GetBoolean());
    }

    private async Task AwardAsync(string user, string award)
    {
        var data = new { awardId = award, userId = user, points = 10, reason = award, totalXp = 10, level = 1, awardedAt = DateTimeOffset.UnixEpoch, requestId = "r" };
        using var answer = await _notifications.Http.PostAsync("/events/engagement/points.awarded", JsonContent.Create(new { id = Guid.NewGuid(), source = "test", data }));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task<JsonElement> ListAsync(string user, string query = "")
    {
        using var answer = await _notifications.Http.SendAsync(_notifications.As(user, HttpMethod.Get, $"/api/notifications?{query}"));
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task<int> UnreadAsync(string user)
    {
        using var answer = await _notifications.Http.SendAsync(_notifications.As(user, HttpMethod.Get, "/api/notifications/unread-count"));
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("unread").GetInt32();
    }

    private async Task PostAsync(string user, string path)
    {
        using var answer = await _notifications.Http.SendAsync(_notifications.As(user, HttpMethod.Post, path));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }
}
