using System.Reflection;

namespace Deepiri.ServiceDefaults;

/// <summary>A service's name (its Dapr app id) and version.</summary>
public sealed record ServiceIdentity(string Name)
{
    /// <summary>The platform's version.</summary>
    public string Version { get; } = typeof(ServiceIdentity).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>True for the gateway alone, which everybody may call.</summary>
    public bool IsPublic { get; init; }

    /// <summary>Paths that may be called past the sidecar, besides <c>/health</c> and <c>/metrics</c>; whoever lists one guards it in another way.</summary>
    public IReadOnlyList<string> OpenPaths { get; init; } = [];
}
