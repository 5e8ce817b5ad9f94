using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Deepiri.Sidecar.Invocation;
using Deepiri.Sidecar.Resiliency;

namespace Deepiri.Sidecar.PubSub;

/// <summary>One request for each event.</summary>
internal sealed class SingleDelivery(AppChannel app, Policy inbound) : IEventDelivery
{
    public Task DeliverAsync(string path, EventToDeliver e, CancellationToken cancellationToken) => inbound.ExecuteAsync(stop => PostAsync(path, e, stop), cancellationToken);

    private async Task PostAsync(string path, EventToDeliver e, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, app.Uri(path)) { Content = new ReadOnlyMemoryContent(e.Bytes) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(CloudEventEnvelope.ContentType);
        if (e.Text("traceparent") is { Length: > 0 } traceParent)
            request.Headers.TryAddWithoutValidation("traceparent", traceParent);
        if (e.Text("tracestate") is { Length: > 0 } traceState)
            request.Headers.TryAddWithoutValidation("tracestate", traceState);

        HttpStatusCode status;
        byte[] answer;
        try
        {
            using var response = await app.SendAsync(request, cancellationToken).ConfigureAwait(false);
            status = response.StatusCode;
            answer = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is HttpRequestException or IOException || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new DeliveryException($"the app did not answer: {error.Message}", error);
        }
        if (status == HttpStatusCode.NotFound)
            throw new UnwantedException("the app answered 404");
        if ((int)status is < 200 or > 299)
            throw new DeliveryException($"the app answered {(int)status}: {Encoding.UTF8.GetString(answer.AsSpan(0, Math.Min(answer.Length, 256)))}") { AppStatus = (int)status };
        EventStatus.ThrowUnlessTaken(StatusIn(answer));
    }

    private static string? StatusIn(byte[] answer)
    {
        if (answer.Length == 0)
            return null;
        try
        {
            using var body = JsonDocument.Parse(answer);
            return body.RootElement.ValueKind == JsonValueKind.Object ? EventToDeliver.Text(body.RootElement, "status") : null;
        }
        catch (JsonException)
        {
            // Any body that is not JSON means success.
            return null;
        }
    }
}
