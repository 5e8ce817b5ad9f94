using System.Globalization;
using System.Text.Json;
using Dapr.Client;

namespace Deepiri.ServiceDefaults.State;

/// <summary>Writes that happen together with the events that describe them, or not at all.</summary>
/// <param name="storeName">A state component.</param>
/// <param name="topic">The topic of the events; null for a transaction without any.</param>
public sealed class StateTransaction(string storeName, string? topic = null)
{
    /// <summary>As a time to live: removes the one that an item had, which some stores would keep.</summary>
    public static readonly TimeSpan Forever = TimeSpan.FromSeconds(-1);

    private readonly List<StateTransactionRequest> _operations = [];
    private readonly List<TransactionEvent> _events = [];

    internal string StoreName => storeName;

    internal string? Topic => topic;

    internal IReadOnlyList<StateTransactionRequest> Operations => _operations;

    internal IReadOnlyList<TransactionEvent> Events => _events;

    /// <summary>Saves an item, if it still has this ETag (empty: if it does not exist yet).</summary>
    public StateTransaction Save<TItem>(string key, TItem item, string etag, TimeSpan? timeToLive = null)
    {
        var metadata = timeToLive is { } life ? new Dictionary<string, string> { ["ttlInSeconds"] = ((int)life.TotalSeconds).ToString(CultureInfo.InvariantCulture) } : null;
        _operations.Add(ConditionalWrites.Upsert(key, item, etag, metadata));
        return this;
    }

    /// <summary>Saves an item, if it still has this ETag (empty: if it does not exist yet), and publishes an event.</summary>
    public StateTransaction Save<TItem, TEvent>(string key, TItem item, string etag, string eventType, TEvent @event, TimeSpan? timeToLive = null) =>
        Save(key, item, etag, timeToLive).Publish(eventType, @event);

    /// <summary>Deletes an item, whoever has changed it; one that is not there is no error.</summary>
    public StateTransaction Delete(string key)
    {
        _operations.Add(new StateTransactionRequest(key, null, StateOperationType.Delete));
        return this;
    }

    /// <summary>Publishes an event when the transaction is committed.</summary>
    /// <exception cref="InvalidOperationException">The transaction has no topic.</exception>
    public StateTransaction Publish<TEvent>(string eventType, TEvent @event)
    {
        if (topic is null)
            throw new InvalidOperationException($"A transaction on '{storeName}' that publishes events needs a topic.");
        _events.Add(new TransactionEvent(eventType, JsonSerializer.SerializeToElement(@event, PlatformJson.Options)));
        return this;
    }
}

/// <summary>An event of a transaction.</summary>
/// <param name="Type">The CloudEvent type.</param>
/// <param name="Data">Its data.</param>
internal sealed record TransactionEvent(string Type, JsonElement Data);
