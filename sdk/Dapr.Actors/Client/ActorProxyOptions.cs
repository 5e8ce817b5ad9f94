using System.Text.Json;
using Dapr.Client;

namespace Dapr.Actors.Client;

/// <summary>How proxies call.</summary>
public class ActorProxyOptions
{
    /// <summary>How arguments and results are written; the web defaults of System.Text.Json.</summary>
    public JsonSerializerOptions JsonSerializerOptions { get; set; } = JsonSerializerOptions.Web;

    /// <summary>The sidecar's token; by default <c>DAPR_API_TOKEN</c>.</summary>
    public string? DaprApiToken { get; set; } = DaprDefaults.ApiToken();

    /// <summary>The sidecar; by default as the environment says.</summary>
    public string HttpEndpoint { get; set; } = DaprDefaults.HttpEndpoint().ToString();

    /// <summary>After how long a call gives up; null waits.</summary>
    public TimeSpan? RequestTimeout { get; set; }

    /// <summary>For source compatibility: arguments and results always are JSON here.</summary>
    public bool UseJsonSerialization { get; set; }
}
