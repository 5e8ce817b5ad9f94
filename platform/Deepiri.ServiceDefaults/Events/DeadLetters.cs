using System.Text.Json;
using Dapr;
using Deepiri.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Deepiri.ServiceDefaults.Events;

/// <summary>Events that a handler has refused for good.</summary>
public static class DeadLetters
{
    /// <summary>The topic to which Dapr sends the events of a topic that cannot be delivered.</summary>
    public static string TopicOf(string topic) => $"{topic}-dead";

    /// <summary>Subscribes to the dead letters of a topic: whole CloudEvents, of all types. An exception makes Dapr deliver one again.</summary>
    public static void MapDeadLetters(this IEndpointRouteBuilder endpoints, string topic, Func<JsonElement, IServiceProvider, CancellationToken, Task> handle) =>
        endpoints.MapPost($"/events/{TopicOf(topic)}", async (HttpContext context) =>
        {
            using var envelope = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted).ConfigureAwait(false);
            await handle(envelope.RootElement.Clone(), context.RequestServices, context.RequestAborted).ConfigureAwait(false);
            return TypedResults.Ok();
        }).WithTopic(Topics.PubSub, TopicOf(topic)).ExcludeFromDescription();
}
