using Deepiri.Sidecar;
using Deepiri.Sidecar.Resources;

namespace Deepiri.Runner.Template;

/// <summary>What one or several multi-app run templates, dapr.yaml, say together, as <c>dapr run -f</c> reads them; our own extensions stand under <c>x-deepiri</c>.</summary>
/// <param name="Secrets">Secrets to make on the first start: name and kind (<c>random</c>, <c>es256-keys</c> or <c>well-known</c>).</param>
internal sealed record RunTemplate(IReadOnlyList<AppTemplate> Apps, IReadOnlyDictionary<string, string> Secrets);

/// <summary>The file that an app is from.</summary>
/// <param name="HealthPath"><c>x-deepiri.healthPath</c>: where each of its apps answers 200 when it is healthy; null for apps without such a path.</param>
internal sealed record TemplateFile(string Path, string Name, string? HealthPath);

/// <summary>One app of the template, with <c>common</c> merged in and every path absolute.</summary>
/// <param name="UrlVariables"><c>x-deepiri.urls</c>: environment variables that get the URL of another app, whatever its port is.</param>
internal sealed record AppTemplate(
    TemplateFile File,
    string AppId,
    string Directory,
    int? AppPort,
    int? DaprHttpPort,
    int? DaprGrpcPort,
    string? ConfigFile,
    IReadOnlyList<string> ResourcesPaths,
    IReadOnlyList<string> Command,
    IReadOnlyDictionary<string, string> Environment,
    string AppProtocol,
    long? MaxBodySize,
    LogDestination AppLogDestination,
    AppHealthOptions? Health,
    IReadOnlyDictionary<string, string> UrlVariables);

/// <summary>Where an app's output goes (<c>appLogDestination</c>).</summary>
[Flags]
internal enum LogDestination
{
    File = 1,
    Console = 2,
    FileAndConsole = File | Console,
}
