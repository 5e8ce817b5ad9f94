using System.Net;
using System.Text.Json;
using Deepiri.Client;

namespace Deepiri.E2E;

/// <summary>An event whose handler fails for good is not lost: it is listed, and sent again when an administrator asks for it.</summary>
public sealed class DeadLetterTests : IAsyncLifetime
{
    /// <summary>An app that refuses each event of tasks until there is a file named healed beside it, and writes down what it gets.</summary>
    private const string Stubborn = """
        import http.server, os

        class App(http.server.BaseHTTPRequestHandler):
            def answer(self, status, body=b""):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                if self.path == "/dapr/subscribe":
                    self.answer(200, b'[{"pubsubname":"pubsub","topic":"tasks","route":"/tasks","deadLetterTopic":"tasks-dead"}]')
                else:
                    self.answer(404)

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with open("received", "ab") as file:
                    file.write(body + b"\n")
                self.answer(200 if os.path.exists("healed") else 500)

        http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["APP_PORT"])), App).serve_forever()
        """;

    private readonly TemporaryDirectory _directory = new();
    private PlatformProcess _platform = null!;

    public async Task InitializeAsync()
    {
        _directory.Write("stubborn/app.py", Stubborn);
        _directory.Write("stubborn/received", "");
        var template = _directory.Write("stubborn/dapr.yaml", $"""
            version: 1
            common:
              resourcesPaths: [{Repository.PathOf("components", "embedded")}, {Repository.PathOf("dapr-config", "resiliency")}]
            apps:
              - appID: stubborn
                appDirPath: .
                appPort: 5099
                command: [python3, app.py]
            """);
        var environment = new Dictionary<string, string>(PlatformProcess.Unlimited) { ["Admins__Emails__0"] = "root@example.com" };
        _platform = await PlatformProcess.StartAsync(_directory.Folder("data"), environment: environment, templates: [Repository.PathOf("dapr.yaml"), template]);
    }

    public async Task DisposeAsync()
    {
        await _platform.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_handler_that_always_fails_ends_in_the_dead_letters_and_gets_the_event_after_a_redrive()
    {
        using var ada = _platform.Client();
        using var root = _platform.Client();
        await ada.RegisterAsync("ada", "ada@example.com", "correct horse battery");
        await root.RegisterAsync("root", "root@example.com", "correct horse battery");
        var task = await ada.CreateTaskAsync("Read the docs", "high", 30);

        JsonElement letter = default;
        await Eventually.AssertAsync(async () => letter = Assert.Single(await ListAsync(root)), TimeSpan.FromSeconds(60));
        Assert.Equal(("tasks", "task.created", "task-orchestrator", 1), (Text(letter, "topic"), Text(letter, "eventType"), Text(letter, "source"), letter.GetProperty("failures").GetInt32()));
        Assert.Equal(task.Id, letter.GetProperty("data").GetProperty("taskId").GetString());
        Assert.Equal(7, Received(Text(letter, "eventId")));
        // It is nobody else's business, and stops nobody else.
        Assert.Equal(HttpStatusCode.Forbidden, (await Assert.ThrowsAsync<DeepiriException>(() => ListAsync(ada))).Status);
        await ada.CompleteTaskAsync(task.Id);
        await Eventually.AssertAsync(async () => Assert.NotEmpty((await ada.SendAsync<JsonElement>(HttpMethod.Get, "/api/notifications", null)).GetProperty("items").EnumerateArray()));

        _directory.Write("stubborn/healed", "");
        var redriven = await root.SendAsync<JsonElement>(HttpMethod.Post, $"/api/notifications/dead-letters/{Text(letter, "id")}/redrive", null);
        Assert.NotEqual(JsonValueKind.Null, redriven.GetProperty("redrivenAt").ValueKind);
        await Eventually.AssertAsync(() => Assert.Equal(8, Received(Text(letter, "eventId"))));
        Assert.NotEqual(JsonValueKind.Null, Assert.Single(await ListAsync(root), l => Text(l, "id") == Text(letter, "id")).GetProperty("redrivenAt").ValueKind);
        var unknown = await Assert.ThrowsAsync<DeepiriException>(() => root.SendAsync<JsonElement>(HttpMethod.Post, "/api/notifications/dead-letters/none/redrive", null));
        Assert.Equal((HttpStatusCode.NotFound, "DEAD_LETTER_NOT_FOUND"), (unknown.Status, unknown.Code));
        // All that were not sent again since they failed; the letter was.
        Assert.Equal(0, (await root.SendAsync<JsonElement>(HttpMethod.Post, "/api/notifications/dead-letters/redrive", null)).GetProperty("redriven").GetInt32());
    }

    private static async Task<IReadOnlyList<JsonElement>> ListAsync(DeepiriClient client) =>
        [.. (await client.SendAsync<JsonElement>(HttpMethod.Get, "/api/notifications/dead-letters", null)).GetProperty("items").EnumerateArray()];

    /// <summary>How often the app was sent an event.</summary>
    private int Received(string? eventId) =>
        File.ReadAllLines(Path.Combine(_directory.Path, "stubborn", "received")).Count(line => JsonElement.Parse(line).GetProperty("id").GetString() == eventId);

    private static string? Text(JsonElement item, string name) => item.GetProperty(name).GetString();
}
