using System.Diagnostics;

namespace Deepiri.TestHost.Servers;

/// <summary>RabbitMQ with an Erlang port mapper of its own, so that it meets no other node of the machine.</summary>
public sealed class RabbitMqServer : ServerProcess
{
    private readonly string _epmdPort = $"{FreePort.Take()}";
    private readonly string _distributionPort = $"{FreePort.Take()}";

    public string ConnectionString => $"amqp://guest:guest@localhost:{Port}";

    protected override ProcessStartInfo Command()
    {
        // Debian's own script only lets root and its user start the server; the one that it calls does not mind.
        var start = new ProcessStartInfo("/usr/lib/rabbitmq/bin/rabbitmq-server");
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["HOME"] = Directory.Path,
            ["ERL_EPMD_PORT"] = _epmdPort,
            ["RABBITMQ_NODENAME"] = $"deepiri{Port}@localhost",
            ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
            ["RABBITMQ_NODE_PORT"] = $"{Port}",
            ["RABBITMQ_DIST_PORT"] = _distributionPort,
            ["RABBITMQ_MNESIA_BASE"] = Directory.Folder("data"),
            ["RABBITMQ_LOG_BASE"] = Directory.Folder("log"),
            ["RABBITMQ_PID_FILE"] = Path.Combine(Directory.Path, "pid"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Directory.Write("enabled_plugins", "[]."),
            ["RABBITMQ_CONFIG_FILE"] = Directory.Write("rabbitmq.conf", "log.console = false\n"),
        })
        {
            start.Environment[name] = value;
        }
        return start;
    }

    /// <summary>The port mapper outlives the server; it is asked to end too.</summary>
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await RunAsync("epmd", "-port", _epmdPort, "-kill");
    }
}
