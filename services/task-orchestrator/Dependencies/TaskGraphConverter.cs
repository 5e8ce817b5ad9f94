using System.Text.Json;
using System.Text.Json.Serialization;

namespace Deepiri.TaskOrchestrator.Dependencies;

/// <summary>
/// A graph as the store keeps it: with short names, and each task names those that it depends on by their places. With 10,000 tasks that is less than
/// half of what objects with names and ids would be, and each read and write of a graph is one of the whole.
/// </summary>
internal sealed class TaskGraphConverter : JsonConverter<TaskGraph>
{
    private static readonly JsonSerializerOptions s_plain = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    public override TaskGraph Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var rows = JsonSerializer.Deserialize<List<Row>>(ref reader, s_plain) ?? throw new JsonException("A graph is an array.");
        return new TaskGraph(rows.ToDictionary(r => r.Id, r => new GraphTask(r.Title, r.Version, r.Estimate, r.Done, r.Deleted, [.. r.On.Select(on => rows[on].Id)]), StringComparer.Ordinal));
    }

    public override void Write(Utf8JsonWriter writer, TaskGraph value, JsonSerializerOptions options)
    {
        var places = value.Tasks.Keys.Select((id, i) => (id, i)).ToDictionary(p => p.id, p => p.i, StringComparer.Ordinal);
        JsonSerializer.Serialize(writer, value.Tasks.Select(t => new Row(t.Key, t.Value.Title, t.Value.Version, t.Value.EstimateMinutes, t.Value.IsDone, t.Value.DeletedAt, [.. t.Value.DependsOn.Select(on => places[on])])), s_plain);
    }

    private sealed record Row(
        [property: JsonPropertyName("i")] string Id,
        [property: JsonPropertyName("t")] string Title,
        [property: JsonPropertyName("v")] int Version,
        [property: JsonPropertyName("e")] int? Estimate,
        [property: JsonPropertyName("d")] bool Done,
        [property: JsonPropertyName("x")] DateTimeOffset? Deleted,
        [property: JsonPropertyName("o")] int[] On);
}
