using System.Text.Json;
using Dapr;
using Deepiri.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Deepiri.ServiceDefaults.Events;

/// <summary>An event with the CloudEvent's id, by which handlers are idempotent.</summary>
public sealed record ReceivedEvent<T>(string Id, string Source, T Data);

/// <summary>Maps handlers of events.</summary>
public static class EventEndpoints
{
    private static int s_nextPriority;

    /// <summary>
    /// Subscribes to one type of event on a topic of the platform. An exception makes Dapr deliver it again, as often as
    /// dapr-config/resiliency/pubsub.yaml says, and then send it to the dead letters; an event that cannot be read goes there at once.
    /// </summary>
    public static void MapEvent<T>(this IEndpointRouteBuilder endpoints, string topic, string type, Func<ReceivedEvent<T>, IServiceProvider, CancellationToken, Task> handle)
        where T : IIntegrationEvent
    {
        var options = new TopicOptions { PubsubName = Topics.PubSub, Name = topic, DeadLetterTopic = DeadLetters.TopicOf(topic), Match = $"event.type == \"{type}\"", Priority = Interlocked.Increment(ref s_nextPriority) };
        endpoints.MapPost($"/events/{topic}/{type}", (RequestDelegate)(context => ReceiveAsync(context, type, handle))).WithTopic(options).ExcludeFromDescription();
        endpoints.MapIgnoredTypes(topic);
    }

    /// <summary>A topic carries several types; those that nobody here handles are acknowledged once, at the topic's default route.</summary>
    private static void MapIgnoredTypes(this IEndpointRouteBuilder endpoints, string topic)
    {
        var route = $"/events/{topic}";
        if (endpoints.DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>().Any(e => e.RoutePattern.RawText == route))
            return;
        endpoints.MapPost(route, () => TypedResults.Ok()).WithTopic(new TopicOptions { PubsubName = Topics.PubSub, Name = topic, DeadLetterTopic = DeadLetters.TopicOf(topic) }).ExcludeFromDescription();
    }

    private static async Task ReceiveAsync<T>(HttpContext context, string type, Func<ReceivedEvent<T>, IServiceProvider, CancellationToken, Task> handle) where T : IIntegrationEvent
    {
        ReceivedEvent<T> received;
        try
        {
            using var envelope = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted).ConfigureAwait(false);
            received = Read<T>(envelope.RootElement);
        }
        catch (JsonException e)
        {
            var log = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Deepiri.Events");
            Log.UnreadableEvent(log, type, e);
            // Dapr sends what is dropped to the dead letters.
            await context.Response.WriteAsJsonAsync(new { status = "DROP" }, context.RequestAborted).ConfigureAwait(false);
            return;
        }
        // The request that began it all, for the log lines and calls of the handler.
        if (received.Data.RequestId is { Length: > 0 } requestId)
            context.TraceIdentifier = requestId;
        await handle(received, context.RequestServices, context.RequestAborted).ConfigureAwait(false);
    }

    private static ReceivedEvent<T> Read<T>(JsonElement envelope)
    {
        if (envelope.ValueKind != JsonValueKind.Object || !envelope.TryGetProperty("id", out var id) || !envelope.TryGetProperty("data", out var data))
            throw new JsonException("The event has no id or no data.");
        var source = envelope.TryGetProperty("source", out var s) ? s.GetString() : null;
        return new ReceivedEvent<T>(id.GetString() ?? throw new JsonException("The event's id is null."), source ?? "",
            data.Deserialize<T>(PlatformJson.Options) ?? throw new JsonException("The event's data is null."));
    }
}

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "Failed to read an event of type {Type}; sent to the dead letters")]
    public static partial void UnreadableEvent(ILogger log, string type, Exception e);
}
