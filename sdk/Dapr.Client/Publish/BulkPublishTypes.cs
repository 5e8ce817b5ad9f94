namespace Dapr.Client;

/// <summary>One event of a bulk publish.</summary>
public class BulkPublishEntry<TValue>(string entryId, TValue eventData, string contentType, IReadOnlyDictionary<string, string>? metadata = default)
{
    /// <summary>Its id within the call.</summary>
    public string EntryId { get; } = entryId;

    /// <summary>The data.</summary>
    public TValue EventData { get; } = eventData;

    /// <summary>The data's media type.</summary>
    public string ContentType { get; } = contentType;

    /// <summary>Metadata of this event.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; } = metadata ?? new Dictionary<string, string>();
}

/// <summary>An event that was not published, and why.</summary>
public class BulkPublishResponseFailedEntry<TValue>(BulkPublishEntry<TValue> entry, string errorMessage)
{
    /// <summary>The event.</summary>
    public BulkPublishEntry<TValue> Entry { get; } = entry;

    /// <summary>Why it failed.</summary>
    public string ErrorMessage { get; } = errorMessage;
}

/// <summary>The outcome of a bulk publish.</summary>
public class BulkPublishResponse<TValue>(List<BulkPublishResponseFailedEntry<TValue>> failedEntries)
{
    /// <summary>The events that were not published; empty when all were.</summary>
    public List<BulkPublishResponseFailedEntry<TValue>> FailedEntries { get; } = failedEntries;
}
