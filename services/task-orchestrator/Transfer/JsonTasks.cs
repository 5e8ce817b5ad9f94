using System.Text.Json;
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
            return [.. document.RootElement.EnumerateArray().Select(Read)];
        }
        catch (JsonException e)
        {
            throw new FormatException($"This is not JSON: {e.Message}", e);
        }
    }

    private static (TransferTask? Task, string? Fault) Read(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return (null, "This is no task.");
        try
        {
            return element.Deserialize<TransferTask>(PlatformJson.Options) is { } task ? (task, null) : (null, "This is no task.");
        }
        catch (JsonException e)
        {
            return (null, $"{e.Path}: this has not the right type.");
        }
    }
}
