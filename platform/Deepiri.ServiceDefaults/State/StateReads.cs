using System.Text.Json;
using Dapr.Client;

namespace Deepiri.ServiceDefaults.State;

/// <summary>Reads of several items with one call.</summary>
public static class StateReads
{
    /// <summary>Reads two items of different types; one that is not there is null, and its ETag empty.</summary>
    public static async Task<((TFirst? Item, string ETag) First, (TSecond? Item, string ETag) Second)> GetTwoAsync<TFirst, TSecond>(this DaprClient dapr, string storeName, string firstKey, string secondKey, CancellationToken cancellationToken)
        where TFirst : class
        where TSecond : class
    {
        var items = (await dapr.GetBulkStateAsync(storeName, [firstKey, secondKey], parallelism: null, cancellationToken: cancellationToken).ConfigureAwait(false)).ToDictionary(i => i.Key);
        return (Read<TFirst>(items[firstKey]), Read<TSecond>(items[secondKey]));
    }

    private static (T? Item, string ETag) Read<T>(BulkStateItem item) where T : class =>
        string.IsNullOrEmpty(item.Value) ? (null, "") : (JsonSerializer.Deserialize<T>(item.Value, PlatformJson.Options), item.ETag ?? "");
}
