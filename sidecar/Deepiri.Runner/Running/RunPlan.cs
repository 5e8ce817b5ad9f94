using System.Security.Cryptography;
using Deepiri.Runner.Template;
using Deepiri.Sidecar;

namespace Deepiri.Runner.Running;

/// <summary>Ports, tokens and environment of every app, decided before anything starts.</summary>
internal sealed class RunPlan
{
    private const int FirstSidecarPort = 3500;

    private readonly Dictionary<string, int> _appPorts = [];

    public RunPlan(RunTemplate template, string? resourcesPath, bool autoPorts)
    {
        var taken = new HashSet<int>(template.Apps.SelectMany(a => new[] { a.AppPort, a.DaprHttpPort, a.DaprGrpcPort }).OfType<int>());
        foreach (var app in template.Apps)
            _appPorts[app.AppId] = !autoPorts && app.AppPort is { } fixedPort ? fixedPort : app.AppPort is null ? 0 : Ports.TakeFree(taken);

        Apps = [.. template.Apps.Select((app, i) => new PlannedApp(app, new SidecarOptions
        {
            AppId = app.AppId,
            AppPort = app.AppPort is null ? null : _appPorts[app.AppId],
            HttpPort = autoPorts ? Ports.TakeFree(taken) : app.DaprHttpPort ?? FreeFrom(FirstSidecarPort + i, taken),
            GrpcPort = autoPorts ? 0 : app.DaprGrpcPort ?? 0,
            // The first folder is that of the components; others hold what does not change with them.
            ResourcesPaths = resourcesPath is null ? app.ResourcesPaths : [resourcesPath, .. app.ResourcesPaths.Skip(1)],
            ConfigFile = app.ConfigFile,
            ApiToken = Token(),
            AppToken = Token(),
            AppHealth = app.Health,
            MaxBodySize = app.MaxBodySize ?? new SidecarOptions { AppId = "" }.MaxBodySize,
            Extended = new Dictionary<string, string>
            {
                ["cliPID"] = Environment.ProcessId.ToString(),
                ["appCommand"] = string.Join(' ', app.Command),
                ["runTemplatePath"] = app.File.Path,
                ["runTemplateName"] = app.File.Name,
            },
        }))];
    }

    public IReadOnlyList<PlannedApp> Apps { get; }

    /// <summary>What <c>dapr run</c> sets, the two tokens, the app's own variables, and the URLs of other apps that it asks for.</summary>
    public IReadOnlyDictionary<string, string> EnvironmentOf(PlannedApp planned, int daprHttpPort, int daprGrpcPort)
    {
        var environment = new Dictionary<string, string>
        {
            ["APP_ID"] = planned.Template.AppId,
            ["APP_CHANNEL_ADDRESS"] = "127.0.0.1",
            ["APP_PROTOCOL"] = planned.Template.AppProtocol,
            ["DAPR_HTTP_PORT"] = daprHttpPort.ToString(),
            ["DAPR_GRPC_PORT"] = daprGrpcPort.ToString(),
            ["DAPR_API_TOKEN"] = planned.Options.ApiToken!,
            ["APP_API_TOKEN"] = planned.Options.AppToken!,
        };
        if (planned.Options.AppPort is { } port)
            environment["APP_PORT"] = port.ToString();
        foreach (var (name, value) in planned.Template.Environment)
            environment[name] = value;
        foreach (var (name, appId) in planned.Template.UrlVariables)
            environment[name] = $"http://127.0.0.1:{_appPorts.GetValueOrDefault(appId)}";
        return environment;
    }

    /// <summary>Every taken port, with its holder.</summary>
    public IReadOnlyList<string> Conflicts() =>
        [.. Apps.SelectMany(a => new (int? Port, string What)[] { (a.Template.Command.Count > 0 ? a.Options.AppPort : null, a.Template.AppId), (a.Options.HttpPort, $"the sidecar of {a.Template.AppId}"), (a.Options.GrpcPort, $"the sidecar of {a.Template.AppId}") })
            .Where(p => p.Port is > 0 && !Ports.IsFree(p.Port.Value))
            .Select(p => $"Port {p.Port} of {p.What} is taken by process {Ports.Holder(p.Port!.Value) ?? "of another user"}.")];

    private static int FreeFrom(int port, HashSet<int> taken)
    {
        while (!taken.Add(port))
            port++;
        return port;
    }

    private static string Token() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
}

/// <summary>An app with what was decided for it.</summary>
internal sealed record PlannedApp(AppTemplate Template, SidecarOptions Options);
