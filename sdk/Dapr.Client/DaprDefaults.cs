namespace Dapr.Client;

/// <summary>Where the sidecar is, read from the environment that the Dapr runtime gives its app.</summary>
internal static class DaprDefaults
{
    public static Uri HttpEndpoint(string? configured = null)
    {
        var endpoint = configured ?? Variable("DAPR_HTTP_ENDPOINT") ?? $"http://127.0.0.1:{Variable("DAPR_HTTP_PORT") ?? "3500"}";
        return Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri
            : throw new ArgumentException($"The Dapr HTTP endpoint must be an http or https URL, for example http://127.0.0.1:3500; it is '{endpoint}'.");
    }

    public static string? ApiToken(string? configured = null) => configured ?? Variable("DAPR_API_TOKEN");

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
