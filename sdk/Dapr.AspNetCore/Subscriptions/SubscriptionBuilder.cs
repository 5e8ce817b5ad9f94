using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dapr;

/// <summary>Collects the topics of an app's endpoints into what Dapr's programmatic subscription expects.</summary>
internal static class SubscriptionBuilder
{
    public static IReadOnlyList<Subscription> Build(IEnumerable<Endpoint> endpoints, SubscribeOptions options) =>
        [.. endpoints.OfType<RouteEndpoint>()
            .SelectMany(e => e.Metadata.GetOrderedMetadata<ITopicMetadata>().Select(topic => new Topic(topic, e)))
            .GroupBy(t => (t.Metadata.PubsubName, t.Metadata.Name))
            .Select(group => ToSubscription(group.Key.PubsubName, group.Key.Name, [.. group.OrderBy(t => t.Metadata.Priority)], options))];

    private static Subscription ToSubscription(string pubsubName, string name, IReadOnlyList<Topic> topics, SubscribeOptions options)
    {
        var rules = topics.Where(t => t.Metadata.Match is { Length: > 0 }).Select(t => new Rule(t.Metadata.Match, t.Path)).ToList();
        var defaults = topics.Where(t => t.Metadata.Match is not { Length: > 0 }).ToList();
        if (defaults.Count > 1)
            throw new InvalidOperationException($"Topic '{name}' of '{pubsubName}' has several default routes: {string.Join(", ", defaults.Select(t => t.Path))}. Give all but one a Match.");

        var metadata = topics.SelectMany(t => t.Endpoint.Metadata.GetOrderedMetadata<IOriginalTopicMetadata>())
            .SelectMany(m => m.Metadata).DistinctBy(p => p.Key).ToDictionary(p => p.Key, p => p.Value);
        if (topics.Select(t => (t.Metadata as IRawTopicMetadata)?.EnableRawPayload).FirstOrDefault(raw => raw is not null) ?? options.EnableRawPayload)
            metadata["rawPayload"] = "true";
        var deadLetter = topics.Select(t => (t.Metadata as IDeadLetterTopicMetadata)?.DeadLetterTopic).FirstOrDefault(t => t is { Length: > 0 });
        var fallback = defaults.FirstOrDefault()?.Path;

        return new Subscription(pubsubName, name,
            rules.Count == 0 ? fallback : null,
            rules.Count == 0 ? null : new Routes(rules, fallback),
            metadata.Count == 0 ? null : metadata,
            deadLetter);
    }

    private sealed record Topic(ITopicMetadata Metadata, RouteEndpoint Endpoint)
    {
        public string Path { get; } = "/" + (Endpoint.RoutePattern.RawText ?? "").TrimStart('/');
    }
}

/// <summary>One entry of <c>GET /dapr/subscribe</c>.</summary>
internal sealed record Subscription(string Pubsubname, string Topic, string? Route, Routes? Routes, IReadOnlyDictionary<string, string>? Metadata, string? DeadLetterTopic);

internal sealed record Routes(IReadOnlyList<Rule> Rules, string? Default);

internal sealed record Rule(string Match, string Path);
