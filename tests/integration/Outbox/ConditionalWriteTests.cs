using Dapr;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.IntegrationTests.Outbox;

/// <summary>A conditional write knows who has won, however the store reports a lost race.</summary>
public sealed class ConditionalWriteTests : IAsyncLifetime
{
    private OutboxHost _host = null!;

    public async Task InitializeAsync() => _host = await OutboxHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_eight_writers_one_wins_and_the_others_know(bool hidesConflicts)
    {
        var process = _host.NewProcess();
        process.Faults.HidesConflicts = hidesConflicts;
        for (var round = 0; round < 20; round++)
        {
            var key = $"k{round}";
            var inserts = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => process.Dapr.TrySaveAsync(OutboxHost.Store, key, $"insert {n}", "")));
            Assert.Single(inserts, won => won);
            var (value, etag) = await process.Dapr.GetStateAndETagAsync<string>(OutboxHost.Store, key);
            Assert.Equal($"insert {Array.IndexOf(inserts, true)}", value);
            var updates = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => process.Dapr.TrySaveAsync(OutboxHost.Store, key, $"update {n}", etag)));
            Assert.Single(updates, won => won);
            Assert.False(await process.Dapr.TryDeleteAsync(OutboxHost.Store, key, etag));
            (_, etag) = await process.Dapr.GetStateAndETagAsync<string>(OutboxHost.Store, key);
            Assert.True(await process.Dapr.TryDeleteAsync(OutboxHost.Store, key, etag));
        }
    }

    [Fact]
    public async Task A_write_whose_response_is_lost_counts()
    {
        var process = _host.NewProcess();
        process.Faults.Break(CallFault.ResponseLost, "SaveState", "DeleteState");
        Assert.True(await process.Dapr.TrySaveAsync(OutboxHost.Store, "a", "mine", ""));
        var (_, etag) = await process.Dapr.GetStateAndETagAsync<string>(OutboxHost.Store, "a");
        Assert.True(await process.Dapr.TryDeleteAsync(OutboxHost.Store, "a", etag));
    }

    [Fact]
    public async Task A_store_that_fails_is_no_lost_race()
    {
        var process = _host.NewProcess();
        process.Faults.Break(CallFault.RequestLost, "SaveState");
        await Assert.ThrowsAsync<DaprException>(() => process.Dapr.TrySaveAsync(OutboxHost.Store, "a", "mine", ""));
    }
}
