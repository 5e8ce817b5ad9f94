namespace Dapr;

/// <summary>Endpoint metadata: this endpoint handles events of a topic.</summary>
public interface ITopicMetadata
{
    /// <summary>The topic.</summary>
    string Name { get; }

    /// <summary>The pub/sub component.</summary>
    string PubsubName { get; }

    /// <summary>A CEL expression on <c>event</c> that an event must meet; empty for the default route.</summary>
    string Match { get; }

    /// <summary>Order among the rules of a topic, lowest first.</summary>
    int Priority { get; }
}

/// <summary>Endpoint metadata: the broker's messages are not CloudEvents.</summary>
public interface IRawTopicMetadata
{
    /// <summary>True when messages are raw.</summary>
    bool? EnableRawPayload { get; }
}

/// <summary>Endpoint metadata: subscription metadata of the topic.</summary>
public interface IOriginalTopicMetadata
{
    /// <summary>Id, name and value of each piece of metadata.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }
}

/// <summary>Endpoint metadata: where events go that cannot be handled.</summary>
public interface IDeadLetterTopicMetadata
{
    /// <summary>The dead-letter topic.</summary>
    string DeadLetterTopic { get; }
}
