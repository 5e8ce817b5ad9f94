using System.Text.Json;
using Dapr;

namespace Deepiri.ServiceDefaults.Outbox;

/// <summary>The item <c>outbox|&lt;slot&gt;</c>: the events of one transaction, until they are published.</summary>
/// <param name="CommitId">Tells a commit's own slot from another's in the same place.</param>
/// <param name="CommittedAt">When the transaction was sent.</param>
/// <param name="Topic">The topic of the events.</param>
/// <param name="Events">The events as they are published, in order.</param>
internal sealed record OutboxRecord(string CommitId, DateTimeOffset CommittedAt, string Topic, IReadOnlyList<CloudEvent<JsonElement>> Events);
