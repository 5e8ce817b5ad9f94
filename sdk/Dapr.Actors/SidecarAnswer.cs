namespace Dapr.Actors;

/// <summary>What the sidecar says of a request.</summary>
internal static class SidecarAnswer
{
    /// <exception cref="DaprApiException">It was refused, or failed.</exception>
    public static async Task ThrowUnlessOkAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
            throw new DaprApiException($"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false)}");
    }
}

/// <summary>The sidecar refused a request of an actor, or failed to do it.</summary>
public class DaprApiException(string message) : Exception(message);
