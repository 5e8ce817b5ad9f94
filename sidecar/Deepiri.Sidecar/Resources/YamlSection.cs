using YamlDotNet.RepresentationModel;

namespace Deepiri.Sidecar.Resources;

/// <summary>A YAML mapping read key by key, with faults that name file and line.</summary>
internal sealed class YamlSection(YamlMappingNode node, string path, string file, ResourceFaults faults)
{
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    public string File => file;

    public long Line => node.Start.Line;

    public IEnumerable<string> Keys => node.Children.Keys.OfType<YamlScalarNode>().Select(k => k.Value ?? "");

    public bool Has(string key) => Find(key) is not null;

    public string? Text(string key) => Find(key) switch
    {
        null => null,
        YamlScalarNode scalar => IsNull(scalar) ? null : scalar.Value,
        var other => Fault<string>(other, $"'{Join(key)}' must be a single value"),
    };

    public string Required(string key)
    {
        if (Text(key) is { Length: > 0 } value)
            return value;
        faults.Add(file, Line, $"'{Join(key)}' is missing");
        return "";
    }

    public bool Flag(string key, bool fallback = false) => Text(key) switch
    {
        null => fallback,
        { } text when bool.TryParse(text, out var value) => value,
        var text => Fault<bool>(Find(key)!, $"'{Join(key)}' must be true or false, not '{text}'"),
    };

    public int? Number(string key) => Text(key) switch
    {
        null => null,
        { } text when int.TryParse(text, out var value) => value,
        var text => Fault<int?>(Find(key)!, $"'{Join(key)}' must be a whole number, not '{text}'"),
    };

    /// <summary>A duration as Go writes it, such as 72h.</summary>
    public TimeSpan? Duration(string key) => Text(key) switch
    {
        null or "" => null,
        { } text when GoDuration.TryParse(text, out var duration) => duration,
        var text => Fault<TimeSpan?>(Find(key)!, $"'{Join(key)}' must be a duration such as 500ms or 72h, not '{text}'"),
    };

    public YamlSection? Section(string key) => Find(key) switch
    {
        null => null,
        YamlScalarNode scalar when IsNull(scalar) => null,
        YamlMappingNode mapping => new YamlSection(mapping, Join(key), file, faults),
        var other => Fault<YamlSection>(other, $"'{Join(key)}' must be a mapping"),
    };

    public IReadOnlyList<YamlSection> Sections(string key) =>
        [.. Items(key).Select((item, i) => item is YamlMappingNode mapping
            ? new YamlSection(mapping, $"{Join(key)}[{i}]", file, faults)
            : Fault<YamlSection>(item, $"'{Join(key)}[{i}]' must be a mapping")).OfType<YamlSection>()];

    public IReadOnlyList<string> Texts(string key) =>
        [.. Items(key).Select((item, i) => item is YamlScalarNode { Value: { } value } ? value : Fault<string>(item, $"'{Join(key)}[{i}]' must be a single value")).OfType<string>()];

    public IReadOnlyDictionary<string, string> TextMap(string key)
    {
        var section = Section(key);
        return section is null ? new Dictionary<string, string>() : section.Keys.ToDictionary(k => k, k => section.Text(k) ?? "");
    }

    /// <summary>Records a fault for every key that nobody read.</summary>
    public void RefuseOthers(params ReadOnlySpan<string> alsoKnown)
    {
        foreach (var key in node.Children.Keys.OfType<YamlScalarNode>())
        {
            if (!_read.Contains(key.Value ?? "") && !alsoKnown.Contains(key.Value))
                faults.Add(file, key.Start.Line, $"'{Join(key.Value ?? "")}' is not supported here; supported are {string.Join(", ", _read.Union(alsoKnown.ToArray()).Order())}");
        }
    }

    public void Fault(string message) => faults.Add(file, Line, message);

    private static bool IsNull(YamlScalarNode scalar) =>
        scalar.Style == YamlDotNet.Core.ScalarStyle.Plain && scalar.Value is null or "" or "~" or "null";

    private string Join(string key) => path.Length == 0 ? key : $"{path}.{key}";

    private YamlNode? Find(string key)
    {
        _read.Add(key);
        return node.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : null;
    }

    private IEnumerable<YamlNode> Items(string key) => Find(key) switch
    {
        null => [],
        YamlScalarNode scalar when IsNull(scalar) => [],
        YamlSequenceNode sequence => sequence.Children,
        var other => Fault<IEnumerable<YamlNode>>(other, $"'{Join(key)}' must be a list") ?? [],
    };

    private T? Fault<T>(YamlNode at, string message)
    {
        faults.Add(file, at.Start.Line, message);
        return default;
    }
}
