using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Deepiri.Architecture;

/// <summary>YAML as JSON, to be checked against JSON Schemas.</summary>
internal static class Yaml
{
    /// <summary>The documents of a file, below the root of the repository.</summary>
    public static IReadOnlyList<JsonNode> Read(string path)
    {
        var stream = new YamlStream();
        using var reader = File.OpenText(Repository.PathOf(path));
        stream.Load(reader);
        return [.. stream.Documents.Select(d => Convert(d.RootNode)!)];
    }

    /// <summary>What does not meet a schema, with its place.</summary>
    public static IReadOnlyList<string> Faults(JsonSchema schema, JsonNode document)
    {
        var results = schema.Evaluate(JsonSerializer.SerializeToElement(document), new EvaluationOptions { OutputFormat = OutputFormat.List });
        if (results.IsValid)
            return [];
        var faults = (results.Details ?? []).Where(d => d.Errors is not null).SelectMany(d => d.Errors!.Select(e => $"{d.InstanceLocation}: {e.Value}")).ToList();
        return faults.Count > 0 ? faults : ["not valid"];
    }

    /// <summary>A schema of ours.</summary>
    public static JsonSchema Schema(string name) => JsonSchema.FromText(File.ReadAllText(Repository.PathOf("tests", "architecture", "schemas", name + ".json")));

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(c => KeyValuePair.Create(((YamlScalarNode)c.Key).Value!, Convert(c.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Convert)]),
        YamlScalarNode { Style: not ScalarStyle.Plain } quoted => JsonValue.Create(quoted.Value),
        YamlScalarNode plain => Plain(plain.Value ?? ""),
        _ => throw new NotSupportedException($"{node.GetType().Name} at {node.Start}"),
    };

    /// <summary>The types of YAML's core schema that our files use.</summary>
    private static JsonNode? Plain(string text) => text switch
    {
        "" or "null" or "~" => null,
        "true" or "false" => JsonValue.Create(text == "true"),
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && char.IsAsciiDigit(text[^1]) => JsonValue.Create(number),
        _ => JsonValue.Create(text),
    };
}
