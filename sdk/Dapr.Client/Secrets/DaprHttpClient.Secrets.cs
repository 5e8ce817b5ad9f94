namespace Dapr.Client;

internal sealed partial class DaprHttpClient
{
    public override Task<Dictionary<string, string>> GetSecretAsync(string storeName, string key, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default) =>
        GetJsonAsync<Dictionary<string, string>>(WithQuery($"/v1.0/secrets/{Escape(storeName)}/{Escape(key)}", metadata), cancellationToken);

    public override Task<Dictionary<string, Dictionary<string, string>>> GetBulkSecretAsync(string storeName, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default) =>
        GetJsonAsync<Dictionary<string, Dictionary<string, string>>>(WithQuery($"/v1.0/secrets/{Escape(storeName)}/bulk", metadata), cancellationToken);

    private async Task<T> GetJsonAsync<T>(string path, CancellationToken cancellationToken) =>
        await ReadJsonAsync<T>(await SendExpectingSuccessAsync(HttpMethod.Get, path, null, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
}
