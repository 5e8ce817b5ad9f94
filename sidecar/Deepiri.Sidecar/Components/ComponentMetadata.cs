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

    public bool Flag(string name, bool fallback = false) => Text(name)?.ToLowerInvariant() switch
    {
        null => fallback,
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

    /// <summary>A duration whose bare numbers are milliseconds, as Dapr's Redis components have it.</summary>
    public TimeSpan Milliseconds(string name, TimeSpan fallback) =>
        long.TryParse(Text(name), out var milliseconds) && milliseconds >= 0 ? TimeSpan.FromMilliseconds(milliseconds) : Duration(name, fallback);

    /// <summary>A number of bytes: plain, or as Kubernetes writes quantities (<c>4Mi</c>).</summary>
    public long Size(string name, long fallback) => Text(name) switch
    {
        null => fallback,
        { } text when ByteQuantity.TryParse(text, out var bytes) => bytes,
        var other => throw new ComponentException($"metadata '{name}' must be a number of bytes such as 100Mi, not '{other}'"),
    };

    /// <summary>One of several words, the first of them by default.</summary>
    public string Choice(string name, params string[] words) => Text(name) switch
    {
        null => words[0],
        { } text when words.Contains(text) => text,
        var other => throw new ComponentException($"metadata '{name}' must be {string.Join(" or ", words)}, not '{other}'"),
    };
}
