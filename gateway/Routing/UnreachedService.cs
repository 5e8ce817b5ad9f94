using Deepiri.ServiceDefaults.Errors;

namespace Deepiri.Gateway.Routing;

/// <summary>Why the sidecar answered in place of the service.</summary>
internal sealed record UnreachedService(ApiException Error)
{
    public static ApiException Bad(string message) => new(StatusCodes.Status400BadRequest, "BAD_REQUEST", message);

    public static ApiException TooLarge() => new(StatusCodes.Status413PayloadTooLarge, "PAYLOAD_TOO_LARGE", "The request body is too large.");
}
