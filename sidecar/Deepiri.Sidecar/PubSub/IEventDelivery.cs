using System.Text.Json;
using Deepiri.Sidecar.Resiliency;

namespace Deepiri.Sidecar.PubSub;

/// <summary>An event on its way to the app.</summary>
/// <param name="Payload">What the broker carried.</param>
/// <param name="Bytes">The CloudEvent, as it goes to the app.</param>
/// <param name="Envelope">The same, read.</param>
internal sealed record EventToDeliver(ReadOnlyMemory<byte> Payload, ReadOnlyMemory<byte> Bytes, JsonElement Envelope)
{
    /// <summary>A text of the envelope; null when it is none.</summary>
    /// <exception cref="UnwantedException">It is not valid Unicode.</exception>
    public string? Text(string name) => Text(Envelope, name);

    public static string? Text(JsonElement element, string name)
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
}

/// <summary>How a subscription's events reach the app: one by one, in bulk, or over a stream.</summary>
internal interface IEventDelivery
{
    /// <summary>Delivers an event; returns when the app has taken it.</summary>
    /// <exception cref="UnwantedException">The app does not want it.</exception>
    /// <exception cref="DeliveryException">It must be delivered again.</exception>
    /// <exception cref="PolicyException">A policy gave it up; it must be delivered again.</exception>
    /// <exception cref="AppGoneException">The app went; it must be delivered again, and is never dead-lettered.</exception>
    Task DeliverAsync(string path, EventToDeliver e, CancellationToken cancellationToken);
}

/// <summary>The event is not for this app; it goes to the dead-letter topic or nowhere.</summary>
internal sealed class UnwantedException(string message) : Exception(message), IPermanentFailure;

/// <summary>Nobody is there to take the event, which is not its fault: it stays with the broker.</summary>
internal sealed class AppGoneException(string message, Exception? inner = null) : Exception(message, inner), IPermanentFailure;

/// <summary>The app did not take a message; it must be delivered again.</summary>
internal sealed class DeliveryException(string message, Exception? inner = null) : Exception(message, inner), IAppFailure
{
    public int? AppStatus { get; init; }
}
