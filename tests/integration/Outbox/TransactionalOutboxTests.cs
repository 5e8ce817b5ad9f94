using System.Text.Json;
using Dapr;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Outbox;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.IntegrationTests.Outbox;

/// <summary>Every committed event is published at least once, none that was not committed, and delivery never stops.</summary>
public sealed class TransactionalOutboxTests : IAsyncLifetime
{
    private static readonly TimeSpan s_relayAge = TimeSpan.FromSeconds(11);

    private OutboxHost _host = null!;

    public async Task InitializeAsync() => _host = await OutboxHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task Events_are_published_in_order_as_cloudevents_and_their_slot_is_emptied(int events)
    {
        var process = _host.NewProcess();
        Assert.True(await process.CommitAsync("a", events: events));
        await process.DrainAsync();
        await Eventually.AssertAsync(() => Assert.Equal(events, _host.Received.Count));
        Assert.Equal(events == 1 ? ["a"] : Enumerable.Range(0, events).Select(i => $"a/{i}"), _host.Received.Order());
        var first = _host.Events.First();
        Assert.Equal(("thing.happened", "service", "1.0", "application/json"), (first.GetProperty("type").GetString(), first.GetProperty("source").GetString(), first.GetProperty("specversion").GetString(), first.GetProperty("datacontenttype").GetString()));
        Assert.Equal(events, _host.Events.Select(e => e.GetProperty("id").GetString()).Distinct().Count());
        Assert.Equal(0, await process.SlotsTakenAsync());
    }

    /// <summary>The process is gone after the commit, after the publish, or after the slot was emptied; the next one starts.</summary>
    [Theory]
    [InlineData("Publish", 1)]
    [InlineData("GetState", 2)]
    [InlineData("DeleteState", 2)]
    public async Task A_crash_between_two_steps_loses_no_event(string firstLost, int mostDeliveries)
    {
        var crashed = _host.NewProcess();
        crashed.Faults.Break(CallFault.RequestLost, firstLost, "DeleteState");
        Assert.True(await crashed.CommitAsync("a"));
        await Eventually.AssertAsync(async () => Assert.Equal(1, await crashed.SlotsTakenAsync()));
        if (mostDeliveries > 1)
            await Eventually.AssertAsync(() => Assert.NotEmpty(_host.Received));
        crashed.Faults.Crash();

        var next = _host.NewProcess();
        await next.StartRelayAsync();
        _host.Time.Advance(s_relayAge);
        await Eventually.AssertAsync(async () =>
        {
            _host.Time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(0, await next.SlotsTakenAsync());
        });
        await Eventually.AssertAsync(() => Assert.InRange(_host.Received.Count, 1, mostDeliveries));
        Assert.All(_host.Received, key => Assert.Equal("a", key));
        // Delivered twice, it has one id, by which handlers know it.
        Assert.Single(_host.Events.Select(e => e.GetProperty("id").GetString()).Distinct());
    }

    [Fact]
    public async Task A_commit_whose_response_is_lost_counts_and_is_published_once()
    {
        var process = _host.NewProcess();
        process.Faults.Break(CallFault.ResponseLost, "ExecuteStateTransaction");
        Assert.True(await process.CommitAsync("a"));
        await process.DrainAsync();
        await Eventually.AssertAsync(() => Assert.Equal(["a"], _host.Received));
    }

    [Fact]
    public async Task A_transaction_that_did_not_reach_the_store_publishes_nothing()
    {
        var process = _host.NewProcess();
        process.Faults.Break(CallFault.RequestLost, "ExecuteStateTransaction");
        await Assert.ThrowsAsync<DaprException>(() => process.CommitAsync("a"));
        process.Faults.Clear();
        await process.StartRelayAsync();
        _host.Time.Advance(s_relayAge);
        Assert.True(await process.CommitAsync("b"));
        await Eventually.AssertAsync(() => Assert.Equal(["b"], _host.Received));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_thousand_lost_races_publish_nothing_and_keep_no_slot(bool hidesConflicts)
    {
        var process = _host.NewProcess();
        process.Faults.HidesConflicts = hidesConflicts;
        Assert.True(await process.CommitAsync("taken"));
        for (var i = 0; i < 1000; i++)
            Assert.False(await process.Transactions.TryCommitAsync(new StateTransaction(OutboxHost.Store, OutboxHost.Topic).Save("taken", $"{i}", "").Publish("thing.happened", "lost"), CancellationToken.None));
        Assert.True(await process.CommitAsync("last"));
        await process.DrainAsync();
        await Eventually.AssertAsync(() => Assert.Equal(["last", "taken"], _host.Received.Order()));
        Assert.Equal(0, await process.SlotsTakenAsync());
    }

    [Fact]
    public async Task Two_processes_on_one_store_do_not_get_into_each_others_way()
    {
        OutboxHost.Process[] processes = [_host.NewProcess(), _host.NewProcess()];
        var keys = Enumerable.Range(0, 400).Select(i => $"k{i:000}").ToList();
        // Events that wait in their slots make collisions certain.
        foreach (var process in processes)
            process.Faults.Break(CallFault.RequestLost, "DeleteState");
        var committed = await Task.WhenAll(keys[..200].Select((key, i) => processes[i % 2].CommitAsync(key)));
        Assert.All(committed, Assert.True);
        foreach (var process in processes)
            process.Faults.Clear();
        committed = await Task.WhenAll(keys[200..].Select((key, i) => processes[i % 2].CommitAsync(key)));
        Assert.All(committed, Assert.True);
        await Task.WhenAll(processes.Select(p => p.DrainAsync()));
        await Eventually.AssertAsync(() => Assert.Equal(keys, _host.Received.Distinct().Order()));
        Assert.Equal(0, await processes[0].SlotsTakenAsync());
    }

    [Fact]
    public async Task When_all_slots_are_full_commits_wait_then_fail_and_go_on_when_the_broker_is_back()
    {
        var process = _host.NewProcess();
        await process.StartRelayAsync();
        process.Faults.Break(CallFault.RequestLost, "Publish", "BulkPublish");
        var keys = Enumerable.Range(0, OutboxSlots.Count).Select(i => $"k{i:000}").ToList();
        Assert.All(await Task.WhenAll(keys.Select(key => process.CommitAsync(key))), Assert.True);
        var full = await Assert.ThrowsAsync<ApiException>(() => process.CommitAsync("refused"));
        Assert.Equal((503, "OUTBOX_FULL", true), (full.Status, full.Code, full.Retryable));

        // A minute goes by, in which nothing can be published.
        await process.DrainAsync();
        for (var i = 0; i < 6; i++)
            _host.Time.Advance(s_relayAge);
        Assert.Empty(_host.Received);
        process.Faults.Clear();
        await Eventually.AssertAsync(async () =>
        {
            _host.Time.Advance(s_relayAge);
            Assert.Equal(0, await process.SlotsTakenAsync());
        }, TimeSpan.FromSeconds(30));
        await Eventually.AssertAsync(async () =>
        {
            _host.Time.Advance(s_relayAge);
            Assert.True(await process.CommitAsync("after"));
        }, TimeSpan.FromSeconds(30));
        await Eventually.AssertAsync(() => Assert.Equal([.. keys.Prepend("after").Order()], _host.Received.Distinct().Order()));
    }

    [Fact]
    public async Task What_can_never_be_published_does_not_hold_up_the_rest()
    {
        var process = _host.NewProcess();
        // Whichever slot is read first: a topic without a name is refused.
        foreach (var (slot, topic) in new[] { (0, ""), (100, OutboxHost.Topic), (255, "") })
        {
            var cloudEvent = new CloudEvent<JsonElement>(JsonSerializer.SerializeToElement($"slot {slot}")) { Id = $"{slot}", Source = new Uri("service", UriKind.Relative), Type = "thing.happened" };
            await process.Dapr.SaveStateAsync(OutboxHost.Store, OutboxSlots.KeyOf(slot), new OutboxRecord($"commit {slot}", _host.Time.GetUtcNow(), topic, [cloudEvent]));
        }
        _host.Time.Advance(s_relayAge);
        await process.StartRelayAsync();
        await Eventually.AssertAsync(() => Assert.Equal(["slot 100"], _host.Received));
        await Eventually.AssertAsync(async () => Assert.Equal(2, await process.SlotsTakenAsync()));
    }

    /// <summary>Random faults of random calls, and crashes: in the end there is an event for each item that exists, and for no other.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Whatever_fails_there_are_events_of_exactly_what_was_committed(int seed)
    {
        var random = new Random(seed);
        var processes = Enumerable.Range(0, 3).Select(_ => _host.NewProcess()).ToList();
        processes.ForEach(p => p.Faults.Decide(_ => Roll(random)));
        foreach (var process in processes)
            await process.StartRelayAsync();
        var keys = Enumerable.Range(0, 150).Select(i => $"k{i:000}").ToList();
        foreach (var batch in keys.Chunk(15))
        {
            await Task.WhenAll(batch.Select((key, i) => AttemptAsync(processes[i % 3], key, events: i % 4 + 1)));
            _host.Time.Advance(TimeSpan.FromSeconds(4));
            processes[random.Next(3)].Faults.Crash();
            processes.Add(_host.NewProcess());
            processes[^1].Faults.Decide(_ => Roll(random));
            await processes[^1].StartRelayAsync();
        }
        processes.ForEach(p => p.Faults.Crash());

        var last = _host.NewProcess();
        await last.StartRelayAsync();
        await Eventually.AssertAsync(async () =>
        {
            _host.Time.Advance(s_relayAge);
            Assert.Equal(0, await last.SlotsTakenAsync());
        }, TimeSpan.FromSeconds(30));
        var items = await last.Dapr.GetBulkStateAsync(OutboxHost.Store, keys, parallelism: null);
        var committed = items.Where(i => !string.IsNullOrEmpty(i.Value)).Select(i => i.Key).Order();
        await Eventually.AssertAsync(() => Assert.Equal(committed, _host.Received.Select(k => k.Split('/')[0]).Distinct().Order()));
        // All events of a transaction, not only some.
        Assert.All(_host.Received.Where(k => k.Contains('/')).Distinct().GroupBy(k => k.Split('/')[0]), g => Assert.Equal(keys.IndexOf(g.Key) % 15 % 4 + 1, g.Count()));
    }

    private static async Task AttemptAsync(OutboxHost.Process process, string key, int events)
    {
        try
        {
            await process.CommitAsync(key, events: events);
        }
        catch (DaprException)
        {
            // Whether it was committed shows in the store.
        }
    }

    private static CallFault Roll(Random random)
    {
        lock (random)
            return random.Next(8) switch { 0 => CallFault.RequestLost, 1 => CallFault.ResponseLost, _ => CallFault.None };
    }
}
