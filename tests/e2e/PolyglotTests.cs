using System.Net.Http.Json;
using System.Text.Json;

namespace Deepiri.E2E;

/// <summary>The sample in JavaScript beside the platform: it hears of points, and is called by its app id.</summary>
public sealed class PolyglotTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private PlatformProcess _platform = null!;

    public async Task InitializeAsync() => _platform = await PlatformProcess.StartAsync(_directory.Path, templates: [Repository.PathOf("dapr.yaml"), Repository.PathOf("samples", "polyglot", "dapr.yaml")]);

    public async Task DisposeAsync()
    {
        await _platform.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Whoever_completes_a_task_gets_kudos()
    {
        using var ada = _platform.Client();
        await ada.RegisterAsync("ada", "ada@example.com", "correct horse battery");
        await ada.CompleteTaskAsync((await ada.CreateTaskAsync("Learn JavaScript", "high", 60)).Id);
        var environment = File.ReadAllLines(Path.Combine(_directory.Path, "env", "kudos.env")).Select(l => l.Split('=', 2)).ToDictionary(l => l[0], l => l[1]);
        using var dapr = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{environment["DAPR_HTTP_PORT"]}") };
        dapr.DefaultRequestHeaders.Add("dapr-api-token", environment["DAPR_API_TOKEN"]);
        await Eventually.AssertAsync(async () =>
        {
            var kudos = await dapr.GetFromJsonAsync<JsonElement[]>($"/v1.0/invoke/kudos/method/kudos?userId={ada.Session!.User.Id}");
            Assert.Equal("Well done! +30 XP: Completed: Learn JavaScript", Assert.Single(kudos!).GetProperty("text").GetString());
        });
    }
}
