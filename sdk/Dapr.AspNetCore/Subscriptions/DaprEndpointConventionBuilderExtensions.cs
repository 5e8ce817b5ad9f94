using Dapr;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Subscribes endpoints to topics.</summary>
public static class DaprEndpointConventionBuilderExtensions
{
    /// <summary>Subscribes the endpoint to a topic.</summary>
    public static T WithTopic<T>(this T builder, string pubsubName, string name) where T : IEndpointConventionBuilder =>
        builder.WithTopic(new TopicOptions { PubsubName = pubsubName, Name = name });

    /// <summary>Subscribes the endpoint to a topic, with metadata for the broker.</summary>
    public static T WithTopic<T>(this T builder, string pubsubName, string name, IDictionary<string, string> metadata) where T : IEndpointConventionBuilder =>
        builder.WithTopic(new TopicOptions { PubsubName = pubsubName, Name = name, Metadata = metadata });

    /// <summary>Subscribes the endpoint to a topic whose messages may be raw.</summary>
    public static T WithTopic<T>(this T builder, string pubsubName, string name, bool enableRawPayload) where T : IEndpointConventionBuilder =>
        builder.WithTopic(new TopicOptions { PubsubName = pubsubName, Name = name, EnableRawPayload = enableRawPayload });

    /// <summary>Subscribes the endpoint to a topic whose messages may be raw, with metadata for the broker.</summary>
    public static T WithTopic<T>(this T builder, string pubsubName, string name, bool enableRawPayload, IDictionary<string, string> metadata) where T : IEndpointConventionBuilder =>
        builder.WithTopic(new TopicOptions { PubsubName = pubsubName, Name = name, EnableRawPayload = enableRawPayload, Metadata = metadata });

    /// <summary>Subscribes the endpoint to a topic, with every option.</summary>
    public static T WithTopic<T>(this T builder, TopicOptions topicOptions) where T : IEndpointConventionBuilder
    {
        if (topicOptions.PubsubName is not { Length: > 0 } || topicOptions.Name is not { Length: > 0 })
            throw new ArgumentException("A topic needs PubsubName and Name.", nameof(topicOptions));
        var attribute = new TopicAttribute(topicOptions.PubsubName, topicOptions.Name, topicOptions.Match, topicOptions.Priority, topicOptions.OwnedMetadatas, topicOptions.MetadataSeparator)
        {
            // Only a true value is stated, so that the default of SubscribeOptions can still apply.
            EnableRawPayload = topicOptions.EnableRawPayload ? true : null,
            DeadLetterTopic = topicOptions.DeadLetterTopic,
        };
        builder.WithMetadata(attribute);
        if (topicOptions.Metadata.Count > 0)
            builder.WithMetadata(new SubscriptionMetadata(new Dictionary<string, string>(topicOptions.Metadata)));
        return builder;
    }

    private sealed record SubscriptionMetadata(IReadOnlyDictionary<string, string> Metadata) : IOriginalTopicMetadata;
}
