using System.Globalization;
using System.Text;
using Deepiri.Client;
using Deepiri.TestHost.Servers;

namespace Deepiri.E2E;

/// <summary>
/// The platform that the tests of a class share: started on a folder of components, or with <c>DEEPIRI_URL</c> one that runs already.
/// </summary>
public abstract class Platform(string components) : IAsyncLifetime
{
    /// <summary>More than all tests make in a minute.</summary>
    private const int MostRegistrations = 1000;

    private readonly TemporaryDirectory _directory = new();
    private readonly List<ServerProcess> _servers = [];
    private PlatformProcess? _process;

    public Uri Gateway { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("DEEPIRI_URL") is { Length: > 0 } url)
        {
            Gateway = new Uri(url);
            await CheckAsync();
            return;
        }
        _process = await PlatformProcess.StartAsync(_directory.Folder("data"), await StartServersAsync());
        Gateway = _process.Gateway;
    }

    /// <summary>Says what is wrong with a platform that runs already, before a hundred tests fail of it.</summary>
    private async Task CheckAsync()
    {
        using var http = new HttpClient { BaseAddress = Gateway };
        using var health = await http.GetAsync("/health");
        Assert.True(health.IsSuccessStatusCode, $"The platform at {Gateway} is not healthy: {await health.Content.ReadAsStringAsync()}");
        using var answer = await http.PostAsync("/api/auth/register", new StringContent("{}", Encoding.UTF8, "application/json"));
        Assert.True(int.Parse(answer.Headers.GetValues("RateLimit-Remaining").Single(), CultureInfo.InvariantCulture) > MostRegistrations, $"The platform at {Gateway} limits requests. "
            + $"Start it with {string.Join(' ', PlatformProcess.Unlimited.Select(v => $"{v.Key}={v.Value}"))}, see docs/running-with-dapr.md.");
    }

    public async Task DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        foreach (var server in _servers)
            await server.DisposeAsync();
        _directory.Dispose();
    }

    /// <summary>Starts the servers that the components name, and returns the folder with their addresses in place of the usual ones.</summary>
    protected virtual Task<string> StartServersAsync() => Task.FromResult(components);

    protected async Task<T> StartAsync<T>() where T : ServerProcess, new()
    {
        var server = new T();
        _servers.Add(server);
        await server.StartAsync();
        return server;
    }

    protected string ComponentsWith(params (string Usual, string Here)[] addresses)
    {
        foreach (var file in Directory.GetFiles(Repository.PathOf("components", components)))
        {
            var text = addresses.Aggregate(File.ReadAllText(file), (text, address) => text.Replace(address.Usual, address.Here));
            _directory.Write(Path.Combine("components", Path.GetFileName(file)), text);
        }
        return _directory.Folder("components");
    }

    /// <summary>Posts a body that may be refused for its size: who asks first reads the answer, who does not may find the connection closed.</summary>
    public static async Task<HttpResponseMessage> PostLargeAsync(DeepiriClient client, string path, HttpContent body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body };
        request.Headers.ExpectContinue = true;
        return await client.Http.SendAsync(request);
    }

    /// <summary>A new, signed-in user.</summary>
    public async Task<DeepiriClient> NewUserAsync()
    {
        var client = new DeepiriClient(Gateway);
        var name = $"user-{Guid.NewGuid().ToString("N")[..12]}";
        await client.RegisterAsync(name, $"{name}@example.com", "correct horse battery");
        return client;
    }
}

public sealed class EmbeddedPlatform() : Platform("embedded");

public sealed class InMemoryPlatform() : Platform("in-memory");

public sealed class RedisPlatform() : Platform("redis")
{
    protected override async Task<string> StartServersAsync() => ComponentsWith(("localhost:6379", (await StartAsync<RedisServer>()).Address));
}

public sealed class RabbitMqPlatform() : Platform("rabbitmq")
{
    protected override async Task<string> StartServersAsync() =>
        ComponentsWith(("amqp://guest:guest@localhost:5672", (await StartAsync<RabbitMqServer>()).ConnectionString));
}

public sealed class PostgresPlatform() : Platform("postgres")
{
    protected override async Task<string> StartServersAsync() => ComponentsWith(
        ("localhost:6379", (await StartAsync<RedisServer>()).Address),
        ("host=localhost port=5432 user=deepiri password=deepiri dbname=deepiri", (await StartAsync<PostgresServer>()).ConnectionString));
}
