using System.Text.Json;

namespace Deepiri.Sidecar.Resources;

/// <summary>One piece of a component's metadata: a value, or where to find it.</summary>
internal sealed record ComponentMetadataItem(string Name, string? Value, string? SecretName, string? SecretKey, string? EnvRef, long Line);

/// <summary>A component as its YAML says it (https://docs.dapr.io/reference/resource-specs/component-schema/).</summary>
internal sealed record ComponentSpec(
    string Name,
    string Type,
    string Version,
    bool IgnoreErrors,
    TimeSpan InitTimeout,
    IReadOnlyList<ComponentMetadataItem> Metadata,
    string? SecretStore,
    IReadOnlyList<string> Scopes,
    string File,
    long Line)
{
    /// <summary>True when the other one makes the same component, wherever it is written.</summary>
    public bool IsSameAs(ComponentSpec other) => Content == other.Content;

    private string Content => JsonSerializer.Serialize(this with { Metadata = [.. Metadata.Select(m => m with { Line = 0 })], Scopes = [], File = "", Line = 0 });

    public static ComponentSpec Read(YamlSection section)
    {
        var spec = section.Section("spec");
        if (spec is null)
            section.Fault("'spec' is missing");
        var component = new ComponentSpec(
            section.Section("metadata")?.Required("name") ?? "",
            spec?.Required("type") ?? "",
            spec?.Text("version") is { Length: > 0 } version ? version : "v1",
            spec?.Flag("ignoreErrors") ?? false,
            Timeout(spec),
            [.. (spec?.Sections("metadata") ?? []).Select(ReadItem)],
            section.Section("auth")?.Text("secretStore"),
            section.Texts("scopes"),
            section.File,
            spec?.Line ?? section.Line);
        spec?.RefuseOthers();
        section.RefuseOthers();
        return component;
    }

    private static TimeSpan Timeout(YamlSection? spec)
    {
        var text = spec?.Text("initTimeout");
        if (text is null)
            return TimeSpan.FromSeconds(5);
        if (GoDuration.TryParse(text, out var timeout))
            return timeout;
        spec!.Fault($"'initTimeout' must be a duration such as 5s, not '{text}'");
        return default;
    }

    private static ComponentMetadataItem ReadItem(YamlSection item)
    {
        var reference = item.Section("secretKeyRef");
        var secretName = reference?.Required("name");
        var read = new ComponentMetadataItem(item.Required("name"), item.Text("value"), secretName, reference?.Text("key") ?? secretName, item.Text("envRef"), item.Line);
        item.RefuseOthers();
        return read;
    }
}
