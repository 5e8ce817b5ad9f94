using System.Text.Json;
using Deepiri.Grpc.DurableTask;
using Deepiri.Sidecar.State;
using Google.Protobuf;

namespace Deepiri.Sidecar.Workflows;

/// <summary>
/// Keeps instances in the actor state store as daprd does: <c>history-NNNNNN</c>, <c>inbox-NNNNNN</c>, <c>outbox</c>, <c>customStatus</c> and
/// <c>metadata</c> under the instance's actor key, and what a turn changes in one transaction.
/// </summary>
internal sealed class WorkflowStore(IStateStore store, string appId)
{
    private const int LargestRead = 1000;

    /// <summary>Null when there is no such instance.</summary>
    public async Task<(WorkflowRecord Record, Saved Saved)?> LoadAsync(string instanceId, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(Key(instanceId, "metadata"), cancellationToken).ConfigureAwait(false) is not { } metadata)
            return null;
        var saved = JsonSerializer.Deserialize<Saved>(metadata.Value.Span)!;
        var record = new WorkflowRecord();
        await ReadAsync(instanceId, "history", 0, saved.History, record.History, cancellationToken).ConfigureAwait(false);
        await ReadAsync(instanceId, "inbox", saved.InboxFrom, saved.InboxTo, record.Inbox, cancellationToken).ConfigureAwait(false);
        if (saved.HasOutbox && await store.GetAsync(Key(instanceId, "outbox"), cancellationToken).ConfigureAwait(false) is { } outbox)
            record.Outbox.AddRange(JsonSerializer.Deserialize<StoredMessage[]>(outbox.Value.Span)!.Select(m => new WorkflowMessage(m.Target, HistoryEvent.Parser.ParseFrom(m.Event), m.ExecutionId)));
        if (saved.HasCustomStatus && await store.GetAsync(Key(instanceId, "customStatus"), cancellationToken).ConfigureAwait(false) is { } status)
            record.CustomStatus = System.Text.Encoding.UTF8.GetString(status.Value.Span);
        return (record, saved);
    }

    /// <summary>Writes a new instance.</summary>
    /// <exception cref="ETagMismatchException">There is one of this id.</exception>
    public async Task<Saved> CreateAsync(string instanceId, WorkflowRecord record, CancellationToken cancellationToken)
    {
        var saved = new Saved(0, 0, record.Inbox.Count, false, false);
        var operations = record.Inbox.Select((e, i) => Upsert(instanceId, Numbered("inbox", i), e.ToByteArray())).ToList();
        operations.Add(new StateOperation(Key(instanceId, "metadata"), false, JsonSerializer.SerializeToUtf8Bytes(saved), null, FirstWrite: true, null));
        await store.ExecuteAsync(operations, cancellationToken).ConfigureAwait(false);
        return saved;
    }

    /// <summary>Adds an event to the inbox.</summary>
    public async Task<Saved> AppendAsync(string instanceId, Saved saved, HistoryEvent e)
    {
        var next = saved with { InboxTo = saved.InboxTo + 1 };
        await store.ExecuteAsync([Upsert(instanceId, Numbered("inbox", saved.InboxTo), e.ToByteArray()), Metadata(instanceId, next)], CancellationToken.None).ConfigureAwait(false);
        return next;
    }

    /// <summary>Writes a turn: the history from where it has changed, the inbox without what was seen, the outbox, the custom status.</summary>
    /// <param name="instanceId">The instance.</param>
    /// <param name="before">What is stored.</param>
    /// <param name="record">What is to be.</param>
    /// <param name="unchanged">How many events at the history's beginning are as they are stored; 0 when the workflow began anew.</param>
    public async Task<Saved> SaveTurnAsync(string instanceId, Saved before, WorkflowRecord record, int unchanged)
    {
        var operations = new List<StateOperation>();
        for (var i = unchanged; i < record.History.Count; i++)
            operations.Add(Upsert(instanceId, Numbered("history", i), record.History[i].ToByteArray()));
        for (var i = record.History.Count; i < before.History; i++)
            operations.Add(StateOperation.Delete(Key(instanceId, Numbered("history", i))));

        // The inbox keeps its numbers: what is left of it is its end, and what was put into it anew comes behind.
        for (var i = before.InboxFrom; i < before.InboxTo; i++)
            operations.Add(StateOperation.Delete(Key(instanceId, Numbered("inbox", i))));
        for (var i = 0; i < record.Inbox.Count; i++)
            operations.Add(Upsert(instanceId, Numbered("inbox", before.InboxTo + i), record.Inbox[i].ToByteArray()));

        if (record.Outbox.Count > 0)
            operations.Add(Upsert(instanceId, "outbox", JsonSerializer.SerializeToUtf8Bytes(record.Outbox.Select(m => new StoredMessage(m.Target, m.Event.ToByteArray(), m.ExecutionId)))));
        else if (before.HasOutbox)
            operations.Add(StateOperation.Delete(Key(instanceId, "outbox")));
        if (record.CustomStatus is { } status)
            operations.Add(Upsert(instanceId, "customStatus", System.Text.Encoding.UTF8.GetBytes(status)));
        else if (before.HasCustomStatus)
            operations.Add(StateOperation.Delete(Key(instanceId, "customStatus")));

        var next = new Saved(record.History.Count, before.InboxTo, before.InboxTo + record.Inbox.Count, record.Outbox.Count > 0, record.CustomStatus is not null);
        operations.Add(Metadata(instanceId, next));
        await store.ExecuteAsync(operations, CancellationToken.None).ConfigureAwait(false);
        return next;
    }

    public async Task<Saved> ClearOutboxAsync(string instanceId, Saved saved)
    {
        var next = saved with { HasOutbox = false };
        await store.ExecuteAsync([StateOperation.Delete(Key(instanceId, "outbox")), Metadata(instanceId, next)], CancellationToken.None).ConfigureAwait(false);
        return next;
    }

    public Task DeleteAsync(string instanceId, Saved saved, CancellationToken cancellationToken)
    {
        var names = Enumerable.Range(0, saved.History).Select(i => Numbered("history", i))
            .Concat(Enumerable.Range(saved.InboxFrom, saved.InboxTo - saved.InboxFrom).Select(i => Numbered("inbox", i)))
            .Concat(["outbox", "customStatus", "metadata"]);
        return store.ExecuteAsync([.. names.Select(n => StateOperation.Delete(Key(instanceId, n)))], cancellationToken);
    }

    private static string Numbered(string name, int number) => $"{name}-{number:D6}";

    private async Task ReadAsync(string instanceId, string name, int from, int to, List<HistoryEvent> into, CancellationToken cancellationToken)
    {
        foreach (var numbers in Enumerable.Range(from, to - from).Chunk(LargestRead))
        {
            var items = await store.GetManyAsync([.. numbers.Select(i => Key(instanceId, Numbered(name, i)))], cancellationToken).ConfigureAwait(false);
            into.AddRange(items.Select(i => HistoryEvent.Parser.ParseFrom((i ?? throw new InvalidDataException($"workflow instance '{instanceId}' lacks a part of its {name}")).Value.Span)));
        }
    }

    private StateOperation Metadata(string instanceId, Saved saved) => Upsert(instanceId, "metadata", JsonSerializer.SerializeToUtf8Bytes(saved));

    private StateOperation Upsert(string instanceId, string name, byte[] value) => new(Key(instanceId, name), false, value, null, false, null);

    private string Key(string instanceId, string name) => $"{appId}||dapr.internal.default.{appId}.workflow||{instanceId}||{name}";

    /// <summary>Which numbered entries are stored.</summary>
    internal sealed record Saved(int History, int InboxFrom, int InboxTo, bool HasOutbox, bool HasCustomStatus);

    private sealed record StoredMessage(string Target, byte[] Event, string? ExecutionId);
}
