namespace Deepiri.Sidecar.PubSub;

/// <summary>What an app says of an event (https://docs.dapr.io/reference/api/pubsub_api/#expected-http-response).</summary>
internal static class EventStatus
{
    /// <exception cref="UnwantedException">It is to be dropped.</exception>
    /// <exception cref="DeliveryException">It is to be delivered again; so is one of which the app says something unknown.</exception>
    public static void ThrowUnlessTaken(string? status)
    {
        switch (status)
        {
            case null or "" or "SUCCESS":
                return;
            case "DROP":
                throw new UnwantedException("the app answered DROP");
            case "RETRY":
                throw new DeliveryException("the app answered RETRY");
            default:
                throw new DeliveryException($"the app answered an unknown status '{status}'");
        }
    }
}
