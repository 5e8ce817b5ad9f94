using Deepiri.Client;

namespace Deepiri.E2E;

/// <summary>
/// The platform that the tests of a class share: started on a folder of components, or with <c>DEEPIRI_URL</c> one that runs already.
/// </summary>
public abstract class Platform(string components) : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private PlatformProcess? _process;

    public Uri Gateway { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("DEEPIRI_URL") is { Length: > 0 } url)
        {
            Gateway = new Uri(url);
            return;
        }
        _process = await PlatformProcess.StartAsync(_directory.Path, components);
        Gateway = _process.Gateway;
    }

    public async Task DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _directory.Dispose();
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
