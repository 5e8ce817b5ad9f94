using System.Text.Json;
using System.Text.Json.Serialization;
using Deepiri.ServiceDefaults;
using NodaTime;

namespace Deepiri.TaskOrchestrator.Transfer;

/// <summary>An array of tasks as JSON.</summary>
internal sealed class JsonTasks : ITaskFormat
{
    public string ContentType => "application/json";

    public string Extension => "json";

    public Task WriteAsync(Stream output, IAsyncEnumerable<TransferTask> tasks, CancellationToken cancellationToken) =>
        JsonSerializer.SerializeAsync(output, tasks, PlatformJson.Options, cancellationToken);

    public async Task<IReadOnlyList<(TransferTask? Task, string? Fault)>> ReadAsync(Stream input, DateTimeZone zone, CancellationToken cancellationToken)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(input, cancellationToken: cancellationToken);
            if (document.RootElement.ValueKind != JsonValueKind.Array)
                throw new FormatException("An array of tasks is expected.");
            if (document.RootElement.GetArrayLength() > ITaskFormat.Most)
                throw ITaskFormat.TooMany();
            var options = new JsonSerializerOptions(PlatformJson.Options);
            options.Converters.Insert(0, new ZonedTimes(zone));
            return [.. document.RootElement.EnumerateArray().Select(element => Read(element, options))];
        }
        catch (JsonException e)
        {
            throw new FormatException($"This is not JSON: {e.Message}", e);
        }
    }

    private static (TransferTask? Task, string? Fault) Read(JsonElement element, JsonSerializerOptions options)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return (null, "This is no task.");
        try
        {
            return element.Deserialize<TransferTask>(options) is { } task ? (task, null) : (null, "This is no task.");
        }
        catch (JsonException e)
        {
            return (null, $"{e.Path}: {(e.InnerException is FormatException fault ? fault.Message : "this has not the right type.")}");
        }
    }

    /// <summary>Times as the other formats read them.</summary>
    private sealed class ZonedTimes(DateTimeZone zone) : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.String)
                throw new JsonException();
            try
            {
                return LocalTimes.Parse(reader.GetString(), zone)!.Value;
            }
            catch (FormatException e)
            {
                throw new JsonException(e.Message, e);
            }
        }

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value);
    }
}
