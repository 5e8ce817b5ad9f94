using Microsoft.Extensions.Primitives;

namespace Deepiri.Sidecar.Actors;

/// <summary>A call of an actor's method, of a reminder (<c>remind/{name}</c>) or a timer (<c>timer/{name}</c>).</summary>
internal sealed record ActorRequest(ActorKey Actor, string Method, ReadOnlyMemory<byte> Body, string? ContentType, IReadOnlyList<KeyValuePair<string, StringValues>> Headers)
{
    public const string ReentrancyHeader = "Dapr-Reentrancy-Id";

    /// <summary>The chain of calls that this one belongs to.</summary>
    public string? ReentrancyId => Headers.FirstOrDefault(h => h.Key.Equals(ReentrancyHeader, StringComparison.OrdinalIgnoreCase)).Value.ToString() is { Length: > 0 } id ? id : null;
}

/// <summary>The actor's answer; always 200.</summary>
internal sealed record ActorResponse(ReadOnlyMemory<byte> Body, string? ContentType, IReadOnlyList<KeyValuePair<string, StringValues>> Headers)
{
    public bool HasHeader(string name) => Headers.Any(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase));
}
