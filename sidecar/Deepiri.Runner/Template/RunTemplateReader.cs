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
    private static readonly string[] s_refused = ["apiListenAddresses", "appChannelAddress", "unixDomainSocket", "appMaxConcurrency", "appSSL", "enableAppHealthCheck", "appHealthCheckPath", "appHealthProbeInterval", "appHealthProbeTimeout", "appHealthThreshold"];

    public static RunTemplate Read(string file)
    {
        var faults = new ResourceFaults();
        var section = YamlFile.Read(file, faults).FirstOrDefault();
        faults.ThrowIfAny();
        if (section is null || !section.Has("version"))
            faults.Add(file, 1, "required field 'version' not found in the provided run template file");
        faults.ThrowIfAny();

        var directory = Path.GetDirectoryName(Path.GetFullPath(file))!;
        var common = section!.Section("common");
        var apps = section.Sections("apps").Select(app => ReadApp(app, common, directory)).ToList();
        if (apps.Count == 0)
            section.Fault("'apps' is empty; name at least one app");
        foreach (var twice in apps.GroupBy(a => a.AppId).Where(g => g.Count() > 1))
            section.Fault($"app id '{twice.Key}' is used {twice.Count()} times");
        var template = new RunTemplate(file, section.Text("name") ?? Path.GetFileName(directory), ReadExtensions(section.Section("x-deepiri"), directory), apps);
        faults.ThrowIfAny();
        return template;
    }

    private static RunExtensions ReadExtensions(YamlSection? section, string directory)
    {
        var extensions = new RunExtensions(Paths(section, "resourcesPaths", directory), section?.Text("healthPath"), section?.TextMap("secrets") ?? new Dictionary<string, string>());
        section?.RefuseOthers();
        return extensions;
    }

    private static AppTemplate ReadApp(YamlSection app, YamlSection? common, string directory)
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
        var digits = text.TrimEnd('i', 'K', 'M', 'G', 'k');
        long? unit = text[digits.Length..] switch { "" => 1, "k" or "K" => 1000, "Ki" => 1L << 10, "M" => 1_000_000, "Mi" => 1L << 20, "G" => 1_000_000_000, "Gi" => 1L << 30, _ => null };
        if (unit is { } factor && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return number * factor;
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
