using System.Text.Json;

namespace Deepiri.Notification.DeadLetters;

/// <summary>An event that could not be delivered.</summary>
/// <param name="Id">Its id here.</param>
/// <param name="Topic">The topic that it was published to.</param>
/// <param name="Event">The CloudEvent.</param>
/// <param name="Failures">How often it was given up.</param>
/// <param name="FirstFailedAt">When it was given up for the first time.</param>
/// <param name="LastFailedAt">When it was given up for the last time.</param>
/// <param name="RedrivenAt">When it was sent again, after it had been given up for the last time.</param>
internal sealed record DeadLetter(string Id, string Topic, JsonElement Event, int Failures, DateTimeOffset FirstFailedAt, DateTimeOffset LastFailedAt, DateTimeOffset? RedrivenAt)
{
    /// <summary>A text of the CloudEvent; null when it has none of this name.</summary>
    public string? Attribute(string name) => Event.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
