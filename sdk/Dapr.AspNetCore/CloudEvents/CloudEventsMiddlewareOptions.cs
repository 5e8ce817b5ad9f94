namespace Dapr;

/// <summary>Options of <c>UseCloudEvents</c>.</summary>
public class CloudEventsMiddlewareOptions
{
    /// <summary>True leaves the data of a text event a JSON string; by default it is unwrapped to the text.</summary>
    public bool SuppressJsonDecodingOfTextPayloads { get; set; }

    /// <summary>True makes each property of the envelope a request header <c>Cloudevent.{name}</c>.</summary>
    public bool ForwardCloudEventPropertiesAsHeaders { get; set; }

    /// <summary>Only these properties become headers; null for all.</summary>
    public string[]? IncludedCloudEventPropertiesAsHeaders { get; set; }

    /// <summary>All but these properties become headers.</summary>
    public string[]? ExcludedCloudEventPropertiesFromHeaders { get; set; }
}
