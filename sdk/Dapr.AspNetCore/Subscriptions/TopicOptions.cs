namespace Dapr;

/// <summary>What <c>WithTopic</c> subscribes to.</summary>
public class TopicOptions
{
    /// <summary>Subscription metadata for the broker.</summary>
    public IDictionary<string, string> Metadata = new Dictionary<string, string>();

    /// <summary>The topic.</summary>
    public string Name { get; set; } = "";

    /// <summary>The pub/sub component.</summary>
    public string PubsubName { get; set; } = "";

    /// <summary>True when messages are raw, not CloudEvents.</summary>
    public bool EnableRawPayload { get; set; }

    /// <summary>A CEL expression on <c>event</c>; empty for the default route.</summary>
    public string Match { get; set; } = "";

    /// <summary>Order among the rules of a topic, lowest first.</summary>
    public int Priority { get; set; }

    /// <summary>Names of metadata that belong to this topic.</summary>
    public string[] OwnedMetadatas { get; set; } = [];

    /// <summary>Separates values of the same name.</summary>
    public string MetadataSeparator { get; set; } = ",";

    /// <summary>Where events go that cannot be handled; empty for nowhere.</summary>
    public string DeadLetterTopic { get; set; } = "";
}

/// <summary>Defaults of every subscription.</summary>
public class SubscribeOptions
{
    /// <summary>True when messages are raw unless a topic says otherwise.</summary>
    public bool EnableRawPayload { get; set; }
}
