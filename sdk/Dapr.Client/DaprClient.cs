using System.Net.Http.Headers;
using System.Text.Json;

namespace Dapr.Client;

/// <summary>
/// The Dapr API for an app, through its sidecar. Names and signatures are those of Dapr's .NET SDK 1.18; a call that
/// the sidecar refuses or does not answer throws <see cref="DaprException"/>.
/// </summary>
public abstract class DaprClient : IDisposable
{
    private static readonly ProductInfoHeaderValue s_userAgent =
        new("dapr-sdk-dotnet", typeof(DaprClient).Assembly.GetName().Version?.ToString(3) ?? "0");

    /// <summary>Called by implementations.</summary>
    protected DaprClient()
    {
    }

    /// <summary>How values become JSON.</summary>
    public abstract JsonSerializerOptions JsonSerializerOptions { get; }

    /// <summary>
    /// An <see cref="HttpClient"/> whose requests go to another app through the sidecar. With <paramref name="appId"/> set,
    /// relative URIs go to that app; otherwise the host of the URI is the app id.
    /// </summary>
    public static HttpClient CreateInvokeHttpClient(string? appId = null, string? daprEndpoint = null, string? daprApiToken = null)
    {
        var endpoint = DaprDefaults.HttpEndpoint(daprEndpoint);
        var client = new HttpClient(new InvocationHandler(endpoint, DaprDefaults.ApiToken(daprApiToken)));
        client.DefaultRequestHeaders.UserAgent.Add(UserAgent());
        if (appId is not null)
            client.BaseAddress = Uri.TryCreate($"http://{appId}", UriKind.Absolute, out var uri)
                ? uri
                : throw new ArgumentException($"'{appId}' is not an app id: letters, digits, '-' and '.' only.", nameof(appId));
        return client;
    }

    /// <summary>The same as <see cref="CreateInvokeHttpClient"/>, with this client's endpoint and token.</summary>
    public abstract HttpClient CreateInvokableHttpClient(string? appId = null);

    /// <summary>Publishes an event with data; the sidecar wraps it in a CloudEvent.</summary>
    public abstract Task PublishEventAsync<TData>(string pubsubName, string topicName, TData data, CancellationToken cancellationToken = default);

    /// <summary>Publishes an event with data and metadata (<c>ttlInSeconds</c>, <c>rawPayload</c>, <c>cloudevent.*</c>).</summary>
    public abstract Task PublishEventAsync<TData>(string pubsubName, string topicName, TData data, Dictionary<string, string> metadata, CancellationToken cancellationToken = default);

    /// <summary>Publishes an event without data.</summary>
    public abstract Task PublishEventAsync(string pubsubName, string topicName, CancellationToken cancellationToken = default);

    /// <summary>Publishes an event without data, with metadata.</summary>
    public abstract Task PublishEventAsync(string pubsubName, string topicName, Dictionary<string, string> metadata, CancellationToken cancellationToken = default);

    /// <summary>Publishes several events in one call; the response names those that failed.</summary>
    public abstract Task<BulkPublishResponse<TValue>> BulkPublishEventAsync<TValue>(string pubsubName, string topicName, IReadOnlyList<TValue> events, Dictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);

    /// <summary>Calls an output binding and ignores what it returns.</summary>
    public abstract Task InvokeBindingAsync<TRequest>(string bindingName, string operation, TRequest data, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);

    /// <summary>Calls an output binding and reads its JSON response.</summary>
    public abstract Task<TResponse> InvokeBindingAsync<TRequest, TResponse>(string bindingName, string operation, TRequest data, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);

    /// <summary>Calls an output binding with raw bytes.</summary>
    public abstract Task<BindingResponse> InvokeBindingAsync(BindingRequest request, CancellationToken cancellationToken = default);

    /// <summary>True when sidecar and app are ready.</summary>
    public abstract Task<bool> CheckHealthAsync(CancellationToken cancellationToken = default);

    /// <summary>True when the sidecar's components are ready, whether the app is or not.</summary>
    public abstract Task<bool> CheckOutboundHealthAsync(CancellationToken cancellationToken = default);

    /// <summary>Polls <see cref="CheckOutboundHealthAsync"/> every half second until it is true.</summary>
    public abstract Task WaitForSidecarAsync(CancellationToken cancellationToken = default);

    /// <summary>Asks the sidecar to stop.</summary>
    public abstract Task ShutdownSidecarAsync(CancellationToken cancellationToken = default);

    /// <summary>What the sidecar knows of itself: components, actors, extended attributes.</summary>
    public abstract Task<DaprMetadata> GetMetadataAsync(CancellationToken cancellationToken = default);

    /// <summary>Sets an extended attribute that <see cref="GetMetadataAsync"/> then shows.</summary>
    public abstract Task SetMetadataAsync(string attributeName, string attributeValue, CancellationToken cancellationToken = default);

    /// <summary>The value of a key, or <c>default</c> when there is none.</summary>
    public abstract Task<TValue> GetStateAsync<TValue>(string storeName, string key, ConsistencyMode? consistencyMode = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);

    /// <summary>Several keys in one call; a key without a value has an empty one. <paramref name="parallelism"/> null or 0: the sidecar's default.</summary>
    public abstract Task<IReadOnlyList<BulkStateItem>> GetBulkStateAsync(string storeName, IReadOnlyList<string> keys, int? parallelism, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);

    /// <summary>Several keys in one call, read as <typeparamref name="TValue"/>; a key without a value has <c>default</c>.</summary>
    public abstract Task<IReadOnlyList<BulkStateItem<TValue>>> GetBulkStateAsync<TValue>(string storeName, IReadOnlyList<string> keys, int? parallelism, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);

    /// <summary>Saves several items in one call; each for itself, not as a transaction.</summary>
    public abstract Task SaveBulkStateAsync<TValue>(string storeName, IReadOnlyList<SaveStateItem<TValue>> items, CancellationToken cancellationToken = default);

    /// <summary>Deletes several items, each for itself.</summary>
    public abstract Task DeleteBulkStateAsync(string storeName, IReadOnlyList<BulkDeleteStateItem> items, CancellationToken cancellationToken = default);

    /// <summary>The value of a key and its ETag; <c>(default, "")</c> when there is none.</summary>
    public abstract Task<(TValue value, string etag)> GetStateAndETagAsync<TValue>(string storeName, string key, ConsistencyMode? consistencyMode = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);

    /// <summary>Saves a value. Metadata <c>ttlInSeconds</c> makes it expire.</summary>
    public abstract Task SaveStateAsync<TValue>(string storeName, string key, TValue value, StateOptions? stateOptions = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);

    /// <summary>Saves a value if the item still has this ETag; false when it does not. An empty ETag with first-write concurrency saves only a new item.</summary>
    public abstract Task<bool> TrySaveStateAsync<TValue>(string storeName, string key, TValue value, string etag, StateOptions? stateOptions = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);

    /// <summary>Executes all operations or none.</summary>
    public abstract Task ExecuteStateTransactionAsync(string storeName, IReadOnlyList<StateTransactionRequest> operations, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);

    /// <summary>Deletes a key; a key that is not there is not an error.</summary>
    public abstract Task DeleteStateAsync(string storeName, string key, StateOptions? stateOptions = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);

    /// <summary>Deletes a key if it still has this ETag; false when it does not.</summary>
    public abstract Task<bool> TryDeleteStateAsync(string storeName, string key, string etag, StateOptions? stateOptions = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);

    /// <summary>A secret: its name and value, or several names for a secret of several values.</summary>
    public abstract Task<Dictionary<string, string>> GetSecretAsync(string storeName, string key, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);

    /// <summary>Every secret that this app may read.</summary>
    public abstract Task<Dictionary<string, Dictionary<string, string>>> GetBulkSecretAsync(string storeName, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);

    /// <summary>Frees the connection to the sidecar.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the implementation holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>The User-Agent of the SDK's requests.</summary>
    protected static ProductInfoHeaderValue UserAgent() => s_userAgent;
}
