using Deepiri.Sidecar.Resources;

namespace Deepiri.Sidecar.Components;

/// <summary>A component's metadata with secrets, environment and templates resolved. Names are case-insensitive, as with Dapr.</summary>
internal sealed class ComponentMetadata(IReadOnlyDictionary<string, string> values)
{
    private readonly Dictionary<string, string> _values = new(values, StringComparer.OrdinalIgnoreCase);

    /// <summary>The value, or null when it is missing or empty.</summary>
    public string? Text(string name) => _values.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    public string Required(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Text(name) is { } value)
                return value;
        }
        throw new ComponentException($"metadata '{names[0]}' is missing");
    }

    public bool Flag(string name) => Text(name)?.ToLowerInvariant() switch
    {
        null => false,
        "true" or "1" or "y" or "yes" or "on" or "t" => true,
        "false" or "0" or "n" or "no" or "off" or "f" => false,
        var other => throw new ComponentException($"metadata '{name}' must be true or false, not '{other}'"),
    };

    public int Number(string name, int fallback, int least) => Text(name) switch
    {
        null => fallback,
        { } text when int.TryParse(text, out var value) && value >= least => value,
        var other => throw new ComponentException($"metadata '{name}' must be a whole number of at least {least}, not '{other}'"),
    };

    public TimeSpan Duration(string name, TimeSpan fallback, string? alias = null) => (Text(name) ?? (alias is null ? null : Text(alias))) switch
    {
        null => fallback,
        { } text when GoDuration.TryParse(text, out var value) => value,
        var other => throw new ComponentException($"metadata '{name}' must be a duration such as 500ms or 2s, not '{other}'"),
    };
}
