using Deepiri.Sidecar;
using System.Globalization;
using Deepiri.Sidecar.Resources;

namespace Deepiri.Runner.Template;

/// <summary>Reads dapr.yaml with the CLI's rules for paths, precedence and defaults (dapr/cli, pkg/runfileconfig).</summary>
internal static class RunTemplateReader
{
    /// <summary>Keys of the template that concern daprd itself and mean nothing to the embedded sidecar.</summary>
    private static readonly string[] s_daprdOnly =
    [
        "daprInternalGRPCPort", "profilePort", "metricsPort", "enableProfiling", "logLevel", "placementHostAddress",
        "schedulerHostAddress", "readBufferSize", "enableApiLogging", "runtimePath", "daprdLogDestination", "containerImage", "containerImagePullPolicy", "createService",
    ];

    /// <summary>Keys that change behaviour and that the embedded sidecar cannot do.</summary>
    private static readonly string[] s_refused = ["apiListenAddresses", "appChannelAddress", "unixDomainSocket", "appMaxConcurrency", "appSSL"];

    /// <summary>Reads templates; their apps run together.</summary>
    /// <exception cref="ResourceException">Every fault of the files.</exception>
    public static RunTemplate Read(IReadOnlyList<string> files)
    {
        var faults = new ResourceFaults();
        var apps = new List<AppTemplate>();
        var secrets = new Dictionary<string, string>();
        foreach (var file in files)
        {
            if (YamlFile.Read(file, faults).FirstOrDefault() is { } section && section.Has("version"))
                Read(section, file, apps, secrets);
            else
                faults.Add(file, 1, "required field 'version' not found in the provided run template file");
        }
        foreach (var twice in apps.GroupBy(a => a.AppId).Where(g => g.Count() > 1))
            faults.Add(twice.Last().File.Path, 1, $"app id '{twice.Key}' is used {twice.Count()} times");
        foreach (var twice in apps.SelectMany(a => new[] { a.AppPort, a.DaprHttpPort, a.DaprGrpcPort }.Where(p => p is > 0).Select(p => (Port: p, App: a))).GroupBy(p => p.Port).Where(g => g.Count() > 1))
            faults.Add(twice.Last().App.File.Path, 1, $"port {twice.Key} is used {twice.Count()} times, by {string.Join(" and ", twice.Select(p => p.App.AppId).Distinct())}");
        faults.ThrowIfAny();
        return new RunTemplate(apps, secrets);
    }

    private static void Read(YamlSection section, string file, List<AppTemplate> apps, Dictionary<string, string> secrets)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(file))!;
        var extensions = section.Section("x-deepiri");
        var resources = Paths(extensions, "resourcesPaths", directory);
        var template = new TemplateFile(file, section.Text("name") ?? Path.GetFileName(directory), extensions?.Text("healthPath"));
        foreach (var (name, kind) in extensions?.TextMap("secrets") ?? new Dictionary<string, string>())
            secrets[name] = kind;
        var configPath = extensions?.Text("configPath") is { } folder ? Resolve(folder, directory) : null;
        if (configPath is not null && !Directory.Exists(configPath))
            extensions!.Fault($"'configPath' {configPath} does not exist");
        extensions?.RefuseOthers();
        var common = section.Section("common");
        var read = section.Sections("apps").Select(app => ReadApp(app, common, directory, template)).ToList();
        if (read.Count == 0)
            section.Fault("'apps' is empty; name at least one app");
        apps.AddRange(read.Select(app => app with
        {
            ResourcesPaths = resources.Count > 0 ? resources : app.ResourcesPaths,
            ConfigFile = configPath is not null && Path.Combine(configPath, $"{app.AppId}.yaml") is var own && File.Exists(own) ? own : app.ConfigFile,
        }));
    }

    private static AppTemplate ReadApp(YamlSection app, YamlSection? common, string directory, TemplateFile template)
    {
        var appDirectory = Resolve(app.Required("appDirPath"), directory);
        if (!Directory.Exists(appDirectory))
            app.Fault($"'appDirPath' {appDirectory} does not exist");
        Refuse(app);
        if (common is not null)
            Refuse(common);

        var environment = new Dictionary<string, string>(common?.TextMap("env") ?? new Dictionary<string, string>());
        foreach (var (name, value) in app.TextMap("env"))
            environment[name] = value;
        var extensions = app.Section("x-deepiri");
        return new AppTemplate(
            template,
            app.Text("appID") ?? Path.GetFileName(appDirectory.TrimEnd('/')),
            appDirectory,
            app.Number("appPort"),
            app.Number("daprHTTPPort"),
            app.Number("daprGRPCPort"),
            ConfigFile(app, common, appDirectory, directory),
            Resources(app, common, appDirectory, directory),
            app.Texts("command"),
            environment,
            Protocol(app, Either(app, common, "appProtocol")),
            BodySize(app, Either(app, common, "maxBodySize")),
            Destination(app, Either(app, common, "appLogDestination")),
            Health(app, common),
            extensions?.TextMap("urls") ?? new Dictionary<string, string>());
    }

    private static void Refuse(YamlSection section)
    {
        foreach (var key in s_refused.Where(section.Has))
            section.Fault($"'{key}' is not supported by the embedded sidecar; remove it, or run beside the real Dapr: dapr run -f .");
        // Read so that a value of the wrong shape is reported; what else the file holds, the Dapr CLI ignores and so do we.
        foreach (var key in s_daprdOnly.Where(section.Has))
            section.Text(key);
    }

    /// <summary>The interval is in seconds and the timeout in milliseconds, as the Dapr CLI has them.</summary>
    private static AppHealthOptions? Health(YamlSection app, YamlSection? common)
    {
        int? Positive(string key)
        {
            if ((app.Number(key) ?? common?.Number(key)) is not { } number)
                return null;
            if (number <= 0)
                app.Fault($"'{key}' must be greater than 0, not {number}");
            return number;
        }
        var (path, interval, timeout, threshold) = (Either(app, common, "appHealthCheckPath"), Positive("appHealthProbeInterval"), Positive("appHealthProbeTimeout"), Positive("appHealthThreshold"));
        if (!app.Flag("enableAppHealthCheck", common?.Flag("enableAppHealthCheck") ?? false))
            return null;
        var standard = new AppHealthOptions();
        var options = new AppHealthOptions
        {
            Path = path ?? standard.Path,
            ProbeInterval = interval is { } seconds ? TimeSpan.FromSeconds(seconds) : standard.ProbeInterval,
            ProbeTimeout = timeout is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : standard.ProbeTimeout,
            Threshold = threshold ?? standard.Threshold,
        };
        if (options.ProbeTimeout > options.ProbeInterval)
            app.Fault("'appHealthProbeTimeout' must not be longer than 'appHealthProbeInterval'");
        return options;
    }

    private static string? Either(YamlSection app, YamlSection? common, string key) => app.Text(key) ?? common?.Text(key);

    private static IReadOnlyList<string> Resources(YamlSection app, YamlSection? common, string appDirectory, string directory)
    {
        var own = Paths(app, "resourcesPaths", appDirectory, "resourcesPath");
        if (own.Count > 0)
            return own;
        var conventional = Path.Combine(appDirectory, ".dapr", "resources");
        return Directory.Exists(conventional) ? [conventional] : Paths(common, "resourcesPaths", directory, "resourcesPath");
    }

    private static string? ConfigFile(YamlSection app, YamlSection? common, string appDirectory, string directory)
    {
        var conventional = Path.Combine(appDirectory, ".dapr", "config.yaml");
        var file = app.Text("configFilePath") is { } own ? Resolve(own, appDirectory)
            : File.Exists(conventional) ? conventional
            : common?.Text("configFilePath") is { } shared ? Resolve(shared, directory)
            : null;
        if (file is not null && !File.Exists(file))
            app.Fault($"'configFilePath' {file} does not exist");
        return file;
    }

    private static IReadOnlyList<string> Paths(YamlSection? section, string key, string directory, string? single = null)
    {
        if (section is null)
            return [];
        var paths = section.Texts(key).Concat(single is not null && section.Text(single) is { } one ? [one] : []).Select(p => Resolve(p, directory)).ToList();
        foreach (var missing in paths.Where(p => !Directory.Exists(p)))
            section.Fault($"'{key}' {missing} does not exist");
        return paths;
    }

    private static string Resolve(string path, string directory) => path is "~" || path.StartsWith("~/", StringComparison.Ordinal)
        ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + path[1..]
        : Path.GetFullPath(path, directory);

    private static string Protocol(YamlSection app, string? text)
    {
        if (text is not (null or "http"))
            app.Fault($"'appProtocol' must be http for the embedded sidecar, not '{text}'; other protocols need the real Dapr");
        return "http";
    }

    /// <summary>A Kubernetes quantity: <c>4Mi</c>, <c>512Ki</c>, <c>1G</c> or bytes.</summary>
    private static long? BodySize(YamlSection app, string? text)
    {
        if (text is null)
            return null;
        if (ByteQuantity.TryParse(text, out var bytes))
            return bytes;
        app.Fault($"'maxBodySize' must be a size such as 4Mi, not '{text}'");
        return null;
    }

    private static LogDestination Destination(YamlSection app, string? text)
    {
        switch (text)
        {
            case null or "fileAndConsole":
                return LogDestination.FileAndConsole;
            case "file":
                return LogDestination.File;
            case "console":
                return LogDestination.Console;
            default:
                app.Fault($"'appLogDestination' must be file, console or fileAndConsole, not '{text}'");
                return LogDestination.FileAndConsole;
        }
    }
}
