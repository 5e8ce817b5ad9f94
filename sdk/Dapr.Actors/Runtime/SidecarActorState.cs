using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dapr.Actors.Runtime;

/// <summary>The values of an actor in the sidecar's actor state store.</summary>
internal sealed class SidecarActorState(HttpClient http, string actorType, ActorId id, JsonSerializerOptions json) : IActorStateStore
{
    private const string ExpiryHeader = "metadata.ttlExpireTime";

    public async Task<(bool Exists, T Value, DateTimeOffset? Expires)> ReadAsync<T>(string name, CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync($"{ActorWire.Path(actorType, id)}/state/{Uri.EscapeDataString(name)}", cancellationToken).ConfigureAwait(false);
        await SidecarAnswer.ThrowUnlessOkAsync(response, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NoContent)
            return default;
        var value = await response.Content.ReadFromJsonAsync<T>(json, cancellationToken).ConfigureAwait(false);
        DateTimeOffset? expires = response.Headers.TryGetValues(ExpiryHeader, out var text) ? DateTimeOffset.Parse(text.First(), CultureInfo.InvariantCulture) : null;
        return (true, value!, expires);
    }

    public async Task SaveAsync(IReadOnlyList<ActorStateChange> changes, CancellationToken cancellationToken)
    {
        var operations = new JsonArray();
        foreach (var change in changes)
        {
            var request = new JsonObject { ["key"] = change.Name };
            if (!change.IsDelete)
                request["value"] = JsonSerializer.SerializeToNode(change.Value, change.Type!, json);
            if (change.Ttl is { } ttl)
                request["metadata"] = new JsonObject { ["ttlInSeconds"] = ((long)Math.Ceiling(ttl.TotalSeconds)).ToString(CultureInfo.InvariantCulture) };
            operations.Add(new JsonObject { ["operation"] = change.IsDelete ? "delete" : "upsert", ["request"] = request });
        }
        using var response = await http.PostAsJsonAsync($"{ActorWire.Path(actorType, id)}/state", operations, cancellationToken).ConfigureAwait(false);
        await SidecarAnswer.ThrowUnlessOkAsync(response, cancellationToken).ConfigureAwait(false);
    }
}
