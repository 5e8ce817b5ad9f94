using System.Text.Json;
using Dapr.Client;
using Deepiri.ServiceDefaults;
using Deepiri.ServiceDefaults.Outbox;
using Deepiri.ServiceDefaults.State;
using Deepiri.Sidecar;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace Deepiri.IntegrationTests.Outbox;

/// <summary>A store and a topic, the processes of a service on both, and what a subscriber is sent.</summary>
internal sealed class OutboxHost : IAsyncDisposable
{
    public const string Store = "store";
    public const string Topic = "things";

    private readonly TemporaryDirectory _directory = new();
    private readonly TestApp _subscriber;
    private readonly SidecarHost _sidecars;
    private readonly AppSidecar _sidecar;
    private readonly List<Process> _processes = [];

    private OutboxHost(TestApp subscriber, SidecarHost sidecars, AppSidecar sidecar, ManualTimeProvider time, TemporaryDirectory directory) =>
        (_subscriber, _sidecars, _sidecar, Time, _directory) = (subscriber, sidecars, sidecar, time, directory);

    public ManualTimeProvider Time { get; }

    public static async Task<OutboxHost> StartAsync()
    {
        var directory = new TemporaryDirectory();
        directory.Write("resources/store.yaml", "apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: store}\nspec: {type: state.sqlite, version: v1, metadata: [{name: connectionString, value: state.db}]}\n");
        directory.Write("resources/pubsub.yaml", "apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: pubsub}\nspec: {type: pubsub.in-memory, version: v1, metadata: []}\n");
        var subscriber = await TestApp.StartAsync();
        subscriber.Subscriptions = $$"""[{"pubsubname":"pubsub","topic":"{{Topic}}","route":"/events"}]""";
        var sidecars = new SidecarHost(directory.Folder("data"), NullLoggerFactory.Instance);
        var subscribed = await sidecars.StartAsync(new SidecarOptions { AppId = "subscriber", AppPort = subscriber.Port, ResourcesPaths = [directory.Folder("resources")] });
        var sidecar = await sidecars.StartAsync(new SidecarOptions { AppId = "service", ResourcesPaths = [directory.Folder("resources")] });
        await Eventually.AssertAsync(() => Assert.True(subscribed.IsReady));
        return new OutboxHost(subscriber, sidecars, sidecar, new ManualTimeProvider(new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero)), directory);
    }

    /// <summary>Another process of the service, as it is after its start.</summary>
    public Process NewProcess()
    {
        var process = new Process(_sidecar, Time);
        _processes.Add(process);
        return process;
    }

    /// <summary>The data of the events that came, in the order in which they did.</summary>
    public IReadOnlyList<string> Received => [.. Events.Select(e => e.GetProperty("data").GetString()!)];

    public IEnumerable<JsonElement> Events => _subscriber.To("/events").Select(r => JsonElement.Parse(r.Body));

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
            await process.DisposeAsync();
        await _sidecars.DisposeAsync();
        await _subscriber.DisposeAsync();
        _directory.Dispose();
    }

    /// <summary>What one process of a service has: a client, whose calls can fail, and an outbox with its relay.</summary>
    public sealed class Process : IAsyncDisposable
    {
        private readonly TransactionalOutbox _outbox;
        private readonly OutboxRelay _relay;

        public Process(AppSidecar sidecar, TimeProvider time)
        {
            Faults = new GrpcFaults();
            Dapr = new DaprClientBuilder().UseJsonSerializationOptions(PlatformJson.Options).UseHttpEndpoint($"http://127.0.0.1:{sidecar.HttpPort}").UseGrpcEndpoint($"http://127.0.0.1:{sidecar.GrpcPort}")
                .UseGrpcChannelOptions(new GrpcChannelOptions { HttpHandler = Faults, ThrowOperationCanceledOnCancellation = true }).Build();
            var publisher = new OutboxPublisher(Dapr);
            _outbox = new TransactionalOutbox(Dapr, publisher, new ServiceIdentity("service"), time, NullLogger<TransactionalOutbox>.Instance);
            _relay = new OutboxRelay(Dapr, _outbox, publisher, [new OutboxStore(Store)], time, NullLogger<OutboxRelay>.Instance);
            Transactions = new StateTransactions(Dapr, _outbox);
        }

        public DaprClient Dapr { get; }

        public GrpcFaults Faults { get; }

        public StateTransactions Transactions { get; }

        public OutboxSlots Slots => _outbox.SlotsOf(Store);

        /// <summary>Saves an item under a key of its own, with an event that names it.</summary>
        public Task<bool> CommitAsync(string key, string etag = "", int events = 1)
        {
            var transaction = new StateTransaction(Store, Topic).Save(key, "value", etag);
            for (var i = 0; i < events; i++)
                transaction.Publish("thing.happened", events == 1 ? key : $"{key}/{i}");
            return Transactions.TryCommitAsync(transaction, CancellationToken.None);
        }

        public Task StartRelayAsync() => _relay.StartAsync(CancellationToken.None);

        public Task DrainAsync() => _outbox.DrainAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));

        /// <summary>How many slots of the store hold events.</summary>
        public async Task<int> SlotsTakenAsync() =>
            (await Dapr.GetBulkStateAsync(Store, [.. Enumerable.Range(0, OutboxSlots.Count).Select(OutboxSlots.KeyOf)], parallelism: null)).Count(i => !string.IsNullOrEmpty(i.Value));

        public async ValueTask DisposeAsync()
        {
            Faults.Clear();
            await _relay.StopAsync(CancellationToken.None);
            _relay.Dispose();
            Dapr.Dispose();
        }
    }
}
