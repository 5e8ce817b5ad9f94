using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Deepiri.IntegrationTests;

/// <summary>engagement-service with its sidecar, on a clock that stands at Monday, 2026-03-02, 10:00 UTC.</summary>
public abstract class EngagementServiceBase : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private TestApp _listener = null!;

    protected ServiceHost Engagement { get; private set; } = null!;

    public Task InitializeAsync() => StartAsync(null);

    public async Task DisposeAsync()
    {
        await Engagement.DisposeAsync();
        _directory.Dispose();
    }

    protected async Task RestartAsync()
    {
        await Engagement.DisposeAsync();
        await StartAsync(Engagement.Time);
    }

    private async Task StartAsync(ManualTimeProvider? clock)
    {
        _listener = await TestApp.StartAsync();
        _listener.Subscriptions = """[{"pubsubname":"pubsub","topic":"engagement","route":"/engagement"}]""";
        Engagement = await ServiceHost.StartAsync("Deepiri.Engagement", "engagement-service", new Dictionary<string, TestApp> { ["notification-service"] = _listener, ["auth-service"] = await Neighbours.AuthServiceAsync() }, _directory.Path, clock: clock);
    }

    protected IEnumerable<JsonElement> Events(string type) =>
        _listener.To("/engagement").Select(r => JsonDocument.Parse(r.Body).RootElement).Where(e => e.GetProperty("type").GetString() == type).Select(e => e.GetProperty("data"));

    protected Task CompletedAsync(string user, string task, string eventId, string priority = "low", int? minutes = null, DateTimeOffset? at = null, DateTimeOffset? due = null) => EventAsync("/events/tasks/task.completed", eventId,
        new { taskId = task, userId = user, title = task, status = "done", priority, estimateMinutes = minutes, occurredAt = at ?? Engagement.Time.GetUtcNow(), requestId = "r", due });

    protected Task SolvedAsync(string user, string challenge, string topic, int attempt = 1, int reward = 20) => EventAsync("/events/challenges/challenge.completed", Guid.NewGuid().ToString(),
        new { submissionId = $"s-{challenge}", challengeId = challenge, userId = user, title = challenge, topic, difficulty = "easy", succeeded = true, attempt, isFirstSuccess = true, xpReward = reward, occurredAt = Engagement.Time.GetUtcNow(), requestId = "r" });

    protected Task NamedAsync(string user, string name, int minute) => EventAsync("/events/users/user.updated", Guid.NewGuid().ToString(),
        new { userId = user, username = name, changedAt = DateTimeOffset.UnixEpoch.AddMinutes(minute), requestId = "r" });

    protected async Task EventAsync(string path, string id, object data)
    {
        using var answer = await Engagement.Http.PostAsync(path, JsonContent.Create(new { id, source = "test", data }));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    protected async Task ChallengeAsync(string what, string id)
    {
        var data = new { challengeId = id, generationId = "g", userId = "ada", title = "T", topic = "math", difficulty = "easy", language = "python", xpReward = 20, source = "rules", createdAt = DateTimeOffset.UnixEpoch, requestId = "r" };
        await EventAsync($"/events/challenges/challenge.{what}", Guid.NewGuid().ToString(), data);
    }

    protected Task<JsonElement> MeAsync(string user) => OkAsync(user, HttpMethod.Get, "/me");

    protected async Task<List<JsonElement>> BoardItemsAsync(string query, string user = "ada") =>
        [.. (await OkAsync(user, HttpMethod.Get, $"/leaderboard?period={query}")).GetProperty("items").EnumerateArray()];

    protected async Task<List<string>> BoardAsync(string query, string user = "ada") => [.. (await BoardItemsAsync(query, user)).Select(i => i.GetProperty("userId").GetString()!)];

    /// <summary>Sends a request that has to succeed, and reads the JSON answer; undefined when there is none.</summary>
    protected async Task<JsonElement> OkAsync(string user, HttpMethod method, string path, object? body = null, string role = "user")
    {
        using var answer = await SendAsync(user, method, path, body, role);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {(int)answer.StatusCode} {text}");
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Sends a request that has to fail with a status, and gives the error.</summary>
    protected async Task<JsonElement> FailAsync(HttpStatusCode status, string user, HttpMethod method, string path, object? body = null)
    {
        using var answer = await SendAsync(user, method, path, body, "user");
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{method} {path}: {(int)answer.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement.GetProperty("error");
    }

    private Task<HttpResponseMessage> SendAsync(string user, HttpMethod method, string path, object? body, string role) =>
        Engagement.Http.SendAsync(Engagement.As(user, method, $"/api/gamification{path}", body is null ? null : JsonContent.Create(body), role));
}
