using System.Text.RegularExpressions;

namespace Deepiri.Sidecar.Components;

/// <summary>Dapr's templates in metadata values: <c>{uuid}</c>, <c>{appID}</c>, <c>{namespace}</c>, <c>{podName}</c>.</summary>
internal static partial class Templates
{
    public static string Expand(string value, string appId) => Template().Replace(value, match => match.Value switch
    {
        "{uuid}" => Guid.NewGuid().ToString(),
        "{appID}" => appId,
        "{namespace}" => $"{Namespace}.{appId}",
        _ => Environment.MachineName,
    });

    /// <summary>The namespace of a self-hosted run.</summary>
    public static string Namespace => Environment.GetEnvironmentVariable("NAMESPACE") is { Length: > 0 } ns ? ns : "default";

    [GeneratedRegex(@"\{(uuid|appID|namespace|podName)\}")]
    private static partial Regex Template();
}
