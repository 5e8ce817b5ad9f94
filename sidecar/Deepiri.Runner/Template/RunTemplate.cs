using Deepiri.Sidecar.Resources;

namespace Deepiri.Runner.Template;

/// <summary>A multi-app run template, dapr.yaml, as <c>dapr run -f</c> reads it; our own extensions stand under <c>x-deepiri</c>.</summary>
internal sealed record RunTemplate(string File, string Name, RunExtensions Extensions, IReadOnlyList<AppTemplate> Apps);

/// <summary>What <c>x-deepiri</c> adds to the whole run.</summary>
/// <param name="ResourcesPaths">Replaces the template's resources when the embedded sidecar runs it.</param>
/// <param name="HealthPath">Where each app answers 200 when it is healthy; null for apps without such a path.</param>
/// <param name="Secrets">Secrets to make on the first start: name and kind (<c>random</c> or <c>es256-keys</c>).</param>
internal sealed record RunExtensions(IReadOnlyList<string> ResourcesPaths, string? HealthPath, IReadOnlyDictionary<string, string> Secrets);

/// <summary>One app of the template, with <c>common</c> merged in and every path absolute.</summary>
/// <param name="UrlVariables"><c>x-deepiri.urls</c>: environment variables that get the URL of another app, whatever its port is.</param>
internal sealed record AppTemplate(
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
    IReadOnlyDictionary<string, string> UrlVariables);

/// <summary>Where an app's output goes (<c>appLogDestination</c>).</summary>
[Flags]
internal enum LogDestination
{
    File = 1,
    Console = 2,
    FileAndConsole = File | Console,
}
