namespace Deepiri.Sidecar.Components;

/// <summary>A component type that the sidecar has: its metadata names, what it can do, and how to make one.</summary>
internal sealed record ComponentDefinition(
    string Type,
    IReadOnlyList<string> MetadataNames,
    IReadOnlyList<string> Capabilities,
    Func<ComponentContext, CancellationToken, Task<object>> CreateAsync)
{
    /// <summary>The one version that is here.</summary>
    public string Version { get; init; } = "v1";
}
