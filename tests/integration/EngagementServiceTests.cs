using System.Net.Http.Json;
using System.Text.Json;

namespace Deepiri.IntegrationTests;

public sealed class EngagementServiceTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private ServiceHost _engagement = null!;

    public async Task InitializeAsync() => _engagement = await ServiceHost.StartAsync("Deepiri.Engagement", "engagement-service", directory: _directory.Path);

    public async Task DisposeAsync()
    {
        await _engagement.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task An_event_told_twenty_times_at_once_awards_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => CompletedAsync("ada", "task-1", "event-1")));
        Assert.Equal(10, (await MeAsync("ada")).GetProperty("xp").GetInt32());
    }

    [Fact]
    public async Task A_task_that_was_reopened_and_completed_again_awards_once()
    {
        await CompletedAsync("ada", "task-1", "event-1");
        await CompletedAsync("ada", "task-1", "event-2");
        Assert.Equal(1, (await MeAsync("ada")).GetProperty("tasksCompleted").GetInt32());
    }

    [Fact]
    public async Task Many_tasks_at_once_add_up_exactly_and_reach_their_levels()
    {
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => CompletedAsync("ada", $"task-{i}", $"event-{i}")));
        var me = await MeAsync("ada");
        Assert.Equal((400, 3, 600), (me.GetProperty("xp").GetInt32(), me.GetProperty("level").GetInt32(), me.GetProperty("xpForNextLevel").GetInt32()));
    }

    [Fact]
    public async Task Boards_order_by_points_then_by_who_came_first_and_start_anew_each_day()
    {
        await CompletedAsync("ada", "a1", "1");
        _engagement.Time.Advance(TimeSpan.FromMinutes(1));
        await CompletedAsync("bob", "b1", "2");
        await CompletedAsync("cyd", "c1", "3", "urgent");
        Assert.Equal(["cyd", "ada", "bob"], await BoardAsync("daily"));
        _engagement.Time.Advance(TimeSpan.FromDays(1));
        Assert.Empty(await BoardAsync("daily"));
        Assert.Equal(["cyd", "ada", "bob"], await BoardAsync("weekly"));
        await CompletedAsync("bob", "b2", "4");
        Assert.Equal(["bob"], await BoardAsync("daily"));
        Assert.Equal(["cyd", "bob", "ada"], await BoardAsync("all"));
    }

    [Fact]
    public async Task Generated_challenges_count_once_whatever_is_told_twice_or_in_the_wrong_order()
    {
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => ChallengeAsync("generated", $"c{i % 3}")));
        Assert.Equal(3, (await MeAsync("ada")).GetProperty("challengesGenerated").GetInt32());
        await ChallengeAsync("withdrawn", "c1");
        await ChallengeAsync("withdrawn", "c1");
        await ChallengeAsync("withdrawn", "early");
        await ChallengeAsync("generated", "early");
        Assert.Equal(2, (await MeAsync("ada")).GetProperty("challengesGenerated").GetInt32());
    }

    [Fact]
    public async Task Boards_and_names_are_back_after_a_restart()
    {
        await NamedAsync("ada", "Ada", 1);
        await CompletedAsync("ada", "a1", "1");
        await _engagement.DisposeAsync();
        _engagement = await ServiceHost.StartAsync("Deepiri.Engagement", "engagement-service", directory: _directory.Path);
        Assert.Equal("Ada", (await BoardItemsAsync("all")).Single().GetProperty("username").GetString());
    }

    [Fact]
    public async Task An_older_name_does_not_replace_a_newer_one()
    {
        await CompletedAsync("ada", "a1", "1");
        await NamedAsync("ada", "New", 2);
        await NamedAsync("ada", "Old", 1);
        Assert.Equal("New", (await BoardItemsAsync("all")).Single().GetProperty("username").GetString());
    }

    [Fact]
    public async Task An_event_that_cannot_be_read_is_dropped_and_not_tried_forever()
    {
        using var answer = await _engagement.Http.PostAsync("/events/tasks/task.completed", new StringContent("""{"id":"x","data":{"taskId":5}}""", System.Text.Encoding.UTF8, "application/cloudevents+json"));
        Assert.Equal("""{"status":"DROP"}""", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Only_services_read_others_points()
    {
        using var asUser = await _engagement.Http.SendAsync(_engagement.As("eve", HttpMethod.Get, "/api/points/ada"));
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, asUser.StatusCode);
        using var asService = await _engagement.Http.SendAsync(_engagement.As("", HttpMethod.Get, "/api/points/ada", role: "service"));
        Assert.Equal(System.Net.HttpStatusCode.OK, asService.StatusCode);
    }

    private Task CompletedAsync(string user, string task, string eventId, string priority = "low") => EventAsync("/events/tasks/task.completed", eventId,
        new { taskId = task, userId = user, title = task, status = "done", priority, estimateMinutes = (int?)null, occurredAt = _engagement.Time.GetUtcNow(), requestId = "r" });

    private Task NamedAsync(string user, string name, int minute) => EventAsync("/events/users/user.updated", Guid.NewGuid().ToString(),
        new { userId = user, username = name, changedAt = DateTimeOffset.UnixEpoch.AddMinutes(minute), requestId = "r" });

    private async Task EventAsync(string path, string id, object data)
    {
        using var answer = await _engagement.Http.PostAsync(path, JsonContent.Create(new { id, source = "test", data }));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task ChallengeAsync(string what, string id)
    {
        var data = new { challengeId = id, generationId = "g", userId = "ada", title = "T", topic = "math", difficulty = "easy", language = "python", xpReward = 20, source = "rules", createdAt = DateTimeOffset.UnixEpoch, requestId = "r" };
        using var answer = await _engagement.Http.PostAsync($"/events/challenges/challenge.{what}", JsonContent.Create(new { id = Guid.NewGuid(), source = "test", data }));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task<JsonElement> MeAsync(string user)
    {
        using var answer = await _engagement.Http.SendAsync(_engagement.As(user, HttpMethod.Get, "/api/gamification/me"));
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task<List<JsonElement>> BoardItemsAsync(string period)
    {
        using var answer = await _engagement.Http.SendAsync(_engagement.As("ada", HttpMethod.Get, $"/api/gamification/leaderboard?period={period}"));
        return [.. (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("items").EnumerateArray()];
    }

    private async Task<List<string>> BoardAsync(string period) => [.. (await BoardItemsAsync(period)).Select(i => i.GetProperty("userId").GetString()!)];
}
