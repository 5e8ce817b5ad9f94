using System.Net.Http.Json;
using System.Text.Json;

namespace Deepiri.IntegrationTests;

public sealed class EngagementServiceTests : EngagementServiceBase
{
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
        // Forty times ten, and the achievement of ten tasks.
        Assert.Equal((420, 3, 600), (me.GetProperty("xp").GetInt32(), me.GetProperty("level").GetInt32(), me.GetProperty("xpForNextLevel").GetInt32()));
    }

    [Fact]
    public async Task Boards_order_by_points_then_by_who_came_first_and_start_anew_each_day()
    {
        await CompletedAsync("ada", "a1", "1");
        Engagement.Time.Advance(TimeSpan.FromMinutes(1));
        await CompletedAsync("bob", "b1", "2");
        await CompletedAsync("cyd", "c1", "3", "urgent");
        Assert.Equal(["cyd", "ada", "bob"], await BoardAsync("daily"));
        Engagement.Time.Advance(TimeSpan.FromDays(1));
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
        await RestartAsync();
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
        using var answer = await Engagement.Http.PostAsync("/events/tasks/task.completed", new StringContent("""{"id":"x","data":{"taskId":5}}""", System.Text.Encoding.UTF8, "application/cloudevents+json"));
        Assert.Equal("""{"status":"DROP"}""", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Only_services_read_others_points()
    {
        using var asUser = await Engagement.Http.SendAsync(Engagement.As("eve", HttpMethod.Get, "/api/points/ada"));
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, asUser.StatusCode);
        using var asService = await Engagement.Http.SendAsync(Engagement.As("", HttpMethod.Get, "/api/points/ada", role: "service"));
        Assert.Equal(System.Net.HttpStatusCode.OK, asService.StatusCode);
    }
}
