using System.Text.Json;

namespace Dapr.Client;

/// <summary>Builds a <see cref="DaprClient"/>. What is not set comes from <c>DAPR_HTTP_ENDPOINT</c>, <c>DAPR_HTTP_PORT</c> and <c>DAPR_API_TOKEN</c>.</summary>
public sealed class DaprClientBuilder
{
    private string? _httpEndpoint;
    private string? _apiToken;
    private JsonSerializerOptions _jsonOptions = new(JsonSerializerDefaults.Web);
    private TimeSpan? _timeout;

    /// <summary>Sets the sidecar's HTTP endpoint, for example <c>http://127.0.0.1:3500</c>.</summary>
    public DaprClientBuilder UseHttpEndpoint(string httpEndpoint)
    {
        ArgumentException.ThrowIfNullOrEmpty(httpEndpoint);
        _httpEndpoint = httpEndpoint;
        return this;
    }

    /// <summary>Sets how values become JSON; the default is <see cref="JsonSerializerDefaults.Web"/>.</summary>
    public DaprClientBuilder UseJsonSerializationOptions(JsonSerializerOptions options)
    {
        _jsonOptions = options;
        return this;
    }

    /// <summary>Sets the token sent as <c>dapr-api-token</c>.</summary>
    public DaprClientBuilder UseDaprApiToken(string apiToken)
    {
        _apiToken = apiToken;
        return this;
    }

    /// <summary>Sets the time after which a call is given up; the default is HttpClient's 100 seconds.</summary>
    public DaprClientBuilder UseTimeout(TimeSpan timeout)
    {
        _timeout = timeout;
        return this;
    }

    /// <summary>Makes the client. It is thread-safe; an app needs one.</summary>
    public DaprClient Build()
    {
        var endpoint = DaprDefaults.HttpEndpoint(_httpEndpoint);
        var token = DaprDefaults.ApiToken(_apiToken);
        return new DaprHttpClient(SidecarConnection.Create(endpoint, token, _timeout), endpoint, token, _jsonOptions);
    }
}
