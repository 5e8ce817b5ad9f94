using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Deepiri.IntegrationTests;

/// <summary>task-orchestrator with its sidecar; its neighbours are played by test apps.</summary>
public abstract class TaskServiceBase : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private TestApp _listener = null!;

    protected ServiceHost Tasks { get; private set; } = null!;

    protected TestApp Cyrex { get; private set; } = null!;

    public Task InitializeAsync() => StartAsync(clock: null);

    /// <summary>Ends the service and its sidecar, and starts them again with what they stored, at the same time of their clock.</summary>
    protected async Task RestartAsync()
    {
        await Tasks.DisposeAsync();
        await StartAsync(Tasks.Time);
    }

    private async Task StartAsync(ManualTimeProvider? clock)
    {
        _listener = await TestApp.StartAsync();
        _listener.Subscriptions = """[{"pubsubname":"pubsub","topic":"tasks","route":"/tasks"}]""";
        Tasks = await ServiceHost.StartAsync("Deepiri.TaskOrchestrator", "task-orchestrator",
            new Dictionary<string, TestApp> { ["engagement-service"] = _listener, ["cyrex"] = Cyrex = await TestApp.StartAsync(), ["auth-service"] = await Neighbours.AuthServiceAsync() }, _directory.Path, clock: clock);
    }

    public async Task DisposeAsync()
    {
        await Tasks.DisposeAsync();
        _directory.Dispose();
    }

    protected IEnumerable<JsonElement> Events(string? type = null) =>
        _listener.To("/tasks").Select(r => JsonDocument.Parse(r.Body).RootElement).Where(e => type is null || e.GetProperty("type").GetString() == type);

    protected async Task<string> CreateAsync(string user, string body, string? requestId = null) =>
        (await OkAsync(user, HttpMethod.Post, "/api/tasks", body, requestId)).GetProperty("id").GetString()!;

    /// <summary>Sends a request that has to succeed, and reads the JSON answer; undefined when there is none.</summary>
    protected async Task<JsonElement> OkAsync(string user, HttpMethod method, string path, string? body = null, string? requestId = null)
    {
        using var answer = await SendAsync(user, method, path, body, requestId);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {(int)answer.StatusCode} {text}");
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Sends a request that has to fail with a status, and gives the error.</summary>
    protected async Task<JsonElement> FailAsync(HttpStatusCode status, string user, HttpMethod method, string path, string? body = null)
    {
        using var answer = await SendAsync(user, method, path, body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{method} {path}: {(int)answer.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement.GetProperty("error");
    }

    protected Task<HttpResponseMessage> SendAsync(string user, HttpMethod method, string path, string? body = null, string? requestId = null, string contentType = "application/json")
    {
        var request = Tasks.As(user, method, path, body is null ? null : new StringContent(body, System.Text.Encoding.UTF8, contentType));
        if (requestId is not null)
            request.Headers.Add("X-Request-ID", requestId);
        return Tasks.Http.SendAsync(request);
    }

    /// <summary>The items of all pages of a list.</summary>
    protected async Task<List<JsonElement>> PagesAsync(string user, string path)
    {
        var items = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = await OkAsync(user, HttpMethod.Get, $"{path}{(path.Contains('?') ? "&" : "?")}{(cursor is null ? "" : $"cursor={cursor}")}");
            items.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("next").GetString();
        }
        while (cursor is not null);
        return items;
    }

    protected async Task<List<string>> ListAsync(string user, string query) =>
        [.. (await PagesAsync(user, $"/api/tasks?{query}")).Select(i => i.GetProperty("id").GetString()!)];
}
