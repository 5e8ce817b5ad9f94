using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Deepiri.Sidecar.Cel;
using Deepiri.Sidecar.Http;
using Deepiri.Sidecar.Invocation;
using Deepiri.Sidecar.Resources;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar.PubSub;

/// <summary>Delivers a subscription's events to its app and acts on the answer, as Dapr's table of responses says.</summary>
internal sealed class SubscriptionHandler(SubscriptionSpec spec, string appId, AppChannel app, Publisher publisher, TimeProvider time, ILogger log)
{
    private readonly IReadOnlyList<(CelExpression Match, string Path)> _rules =
        [.. spec.Rules.Where(r => r.Path.Length > 0).Select(r => (CelExpression.Compile(r.Match, "event"), r.Path))];

    private readonly bool _isRaw = spec.Metadata.TryGetValue("rawPayload", out var raw) && raw.Equals("true", StringComparison.OrdinalIgnoreCase);

    /// <summary>Handles one message of the broker.</summary>
    /// <exception cref="DeliveryException">It must be delivered again.</exception>
    public async Task HandleAsync(PubSubMessage message, CancellationToken cancellationToken)
    {
        var bytes = _isRaw ? CloudEventEnvelope.FromRaw(message.Data, spec.PubsubName, spec.Topic) : message.Data;
        string? id = null;
        try
        {
            using var envelope = Parse(bytes);
            id = Text(envelope.RootElement, "id");
            if (CloudEventEnvelope.HasExpired(envelope.RootElement, time.GetUtcNow()))
                throw new UnwantedException("it has expired");
            var path = Route(envelope.RootElement) ?? throw new UnwantedException("no rule of the subscription matches");
            await PostAsync(path, bytes, envelope.RootElement, cancellationToken).ConfigureAwait(false);
        }
        catch (UnwantedException e)
        {
            if (spec.DeadLetterTopic is not null)
                await DeadLetterAsync(message, id, e.Message, cancellationToken).ConfigureAwait(false);
            else
                Log.EventDropped(log, appId, id, spec.Topic, e.Message);
        }
        catch (DeliveryException e) when (spec.DeadLetterTopic is not null)
        {
            await DeadLetterAsync(message, id, e.Message, cancellationToken).ConfigureAwait(false);
        }
        catch (DeliveryException e)
        {
            Log.DeliveryFailed(log, appId, id, spec.Topic, e.Message);
            throw;
        }
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var document = JsonDocument.Parse(bytes);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document : throw new UnwantedException("it is not a CloudEvent; subscribe with rawPayload for other messages");
        }
        catch (JsonException e)
        {
            throw new UnwantedException($"it is not a CloudEvent; subscribe with rawPayload for other messages ({e.Message})");
        }
    }

    private string? Route(JsonElement envelope)
    {
        try
        {
            foreach (var (match, path) in _rules)
            {
                if (match.EvaluatesToTrue("event", envelope))
                    return path;
            }
        }
        catch (CelException e)
        {
            throw new DeliveryException($"a rule of the subscription cannot be evaluated: {e.Message}", e);
        }
        return spec.DefaultPath is { Length: > 0 } ? spec.DefaultPath : null;
    }

    private async Task PostAsync(string path, ReadOnlyMemory<byte> body, JsonElement envelope, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, app.Uri(path)) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(CloudEventEnvelope.ContentType);
        if (Text(envelope, "traceparent") is { Length: > 0 } traceParent)
            request.Headers.TryAddWithoutValidation("traceparent", traceParent);
        if (Text(envelope, "tracestate") is { Length: > 0 } traceState)
            request.Headers.TryAddWithoutValidation("tracestate", traceState);

        HttpStatusCode status;
        byte[] answer;
        try
        {
            using var response = await app.SendAsync(request, cancellationToken).ConfigureAwait(false);
            status = response.StatusCode;
            answer = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new DeliveryException($"the app did not answer: {e.Message}", e);
        }
        Interpret(status, answer);
    }

    private static void Interpret(HttpStatusCode status, byte[] answer)
    {
        if (status == HttpStatusCode.NotFound)
            throw new UnwantedException("the app answered 404");
        if ((int)status is < 200 or > 299)
            throw new DeliveryException($"the app answered {(int)status}: {Encoding.UTF8.GetString(answer.AsSpan(0, Math.Min(answer.Length, 256)))}");
        switch (StatusIn(answer))
        {
            case null or "" or "SUCCESS":
                return;
            case "DROP":
                throw new UnwantedException("the app answered DROP");
            case "RETRY":
                throw new DeliveryException("the app answered RETRY");
            case var other:
                throw new DeliveryException($"the app answered an unknown status '{other}'");
        }
    }

    private static string? StatusIn(byte[] answer)
    {
        if (answer.Length == 0)
            return null;
        try
        {
            using var body = JsonDocument.Parse(answer);
            return body.RootElement.ValueKind == JsonValueKind.Object ? Text(body.RootElement, "status") : null;
        }
        catch (JsonException)
        {
            // Any body that is not JSON means success.
            return null;
        }
    }

    private async Task DeadLetterAsync(PubSubMessage message, string? id, string reason, CancellationToken cancellationToken)
    {
        try
        {
            var (_, pubSub) = publisher.Target(spec.PubsubName, spec.DeadLetterTopic!);
            await pubSub.PublishAsync([message with { Topic = spec.DeadLetterTopic! }], cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new DeliveryException($"the dead-letter topic cannot be published to: {e.Message}", e);
        }
        Log.DeadLettered(log, appId, id, spec.Topic, spec.DeadLetterTopic!, reason);
    }

    private static string? Text(JsonElement element, string name)
    {
        try
        {
            return element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException e)
        {
            throw new UnwantedException($"its '{name}' is not valid Unicode ({e.Message})");
        }
    }

    /// <summary>The event is not for this app; it goes to the dead-letter topic or nowhere.</summary>
    private sealed class UnwantedException(string message) : Exception(message);
}
