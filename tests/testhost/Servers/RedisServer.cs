using System.Diagnostics;

namespace Deepiri.TestHost.Servers;

/// <summary>Redis that writes each command to disk before it answers.</summary>
public sealed class RedisServer : ServerProcess
{
    public string Address => $"localhost:{Port}";

    protected override ProcessStartInfo Command() =>
        new("redis-server", ["--port", $"{Port}", "--bind", "127.0.0.1", "--dir", Directory.Path, "--appendonly", "yes", "--appendfsync", "always", "--save", ""]);

    /// <summary>Runs a command with redis-cli and returns what it prints.</summary>
    public Task<string> ExecuteAsync(params string[] command) => RunAsync("redis-cli", ["-p", $"{Port}", .. command]);

    protected override async Task<bool> AnswersAsync() => await ExecuteAsync("PING") == "PONG\n";
}
