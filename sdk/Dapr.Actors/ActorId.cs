using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dapr.Actors;

/// <summary>An actor's id within its type. JSON writes it as a string.</summary>
[JsonConverter(typeof(ActorIdJsonConverter))]
public class ActorId
{
    private readonly string _id;

    /// <summary>An id.</summary>
    /// <exception cref="ArgumentException">It is empty.</exception>
    public ActorId(string id) => _id = !string.IsNullOrWhiteSpace(id) ? id : throw new ArgumentException("An actor's id must not be empty.", nameof(id));

    /// <summary>Equal ids name the same actor of a type.</summary>
    public static bool operator ==(ActorId? id1, ActorId? id2) => id1?._id == id2?._id;

    /// <summary>The reverse.</summary>
    public static bool operator !=(ActorId? id1, ActorId? id2) => !(id1 == id2);

    /// <summary>An id that no other actor has.</summary>
    public static ActorId CreateRandom() => new(Guid.NewGuid().ToString());

    /// <summary>The id as a string.</summary>
    public string GetId() => _id;

    /// <inheritdoc/>
    public override string ToString() => _id;

    /// <inheritdoc/>
    public override int GetHashCode() => _id.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ActorId other && Equals(other);

    /// <summary>True for the same id.</summary>
    public bool Equals(ActorId? other) => other?._id == _id;

    /// <summary>Orders by the id's characters.</summary>
    public int CompareTo(ActorId? other) => string.CompareOrdinal(_id, other?._id);

    private sealed class ActorIdJsonConverter : JsonConverter<ActorId>
    {
        public override ActorId? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString() is { } id ? new ActorId(id) : null;

        public override void Write(Utf8JsonWriter writer, ActorId value, JsonSerializerOptions options) => writer.WriteStringValue(value._id);
    }
}
