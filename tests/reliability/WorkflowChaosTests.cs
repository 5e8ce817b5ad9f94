using System.Collections.Concurrent;
using Deepiri.Grpc.DurableTask;
using Dapr.Workflow;
using Deepiri.TestHost.Servers;
using Deepiri.Sidecar;
using Microsoft.Extensions.DependencyInjection;
using WorkflowState = Dapr.Workflow.WorkflowState;

namespace Deepiri.Reliability;

/// <summary>
/// The cases of Dapr's own chaos suite for workflows (tests/integration/suite/daprd/workflow/chaos), by their names there. The faults are those
/// of a real Redis: a write that never reaches it, and one that does and whose reply is lost.
/// </summary>
public sealed class WorkflowChaosTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly RedisServer _redis = new();
    private readonly ConcurrentDictionary<string, int> _runs = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new();
    private FaultyProxy _proxy = null!;
    private SdkApp _app = null!;

    public async Task InitializeAsync()
    {
        await _redis.StartAsync();
        _proxy = new FaultyProxy(_redis.Port);
        _app = new SdkApp { Store = ("state.redis", $"{{name: redisHost, value: 'localhost:{_proxy.Port}'}}") };
        await StartAppAsync();
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        await _proxy.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Theory]
    [InlineData(Fault.RequestLost)]
    [InlineData(Fault.ReplyLost)]
    public async Task Savefail(Fault fault)
    {
        var broken = _proxy.BreakNext(fault, IsTurn);
        Assert.Equal(5, (await RunAsync("Steps", 5)).ReadOutputAs<int>());
        await broken;
        Assert.Equal(5, _runs.Count);
    }

    /// <summary>What a turn asks for happens when the turn is kept, and not before.</summary>
    [Fact]
    public async Task Savefirst()
    {
        var broken = _proxy.BreakNext(Fault.RequestLost, IsTurn);
        var id = await Client.ScheduleNewWorkflowAsync("Steps", input: 1);
        await broken;
        // The first save is lost; its step has not run. It runs after the second one.
        Assert.Empty(_runs);
        Assert.Equal(1, (await CompletedAsync(id)).ReadOutputAs<int>());
        Assert.Equal(1, Assert.Single(_runs).Value);
    }

    [Theory]
    [InlineData(Fault.RequestLost)]
    [InlineData(Fault.ReplyLost)]
    public async Task Canfail(Fault fault)
    {
        // The turn that begins the workflow anew is the one that writes a history shorter than before: it deletes events.
        var broken = _proxy.BreakNext(fault, r => IsTurn(r) && r.Contains("delete") && r.Contains("history-000004"));
        Assert.Equal(3, (await RunAsync("Anew", 3)).ReadOutputAs<int>());
        await broken;
        Assert.Equal(["Anew/1", "Anew/2", "Anew/3"], _runs.Keys.Order());
    }

    /// <summary>A timer whose firing is told twice fires once.</summary>
    [Fact]
    public async Task Reminderdedup()
    {
        var id = await Client.ScheduleNewWorkflowAsync("Timer", input: 200);
        var broken = _proxy.BreakNext(Fault.ReplyLost, r => IsAppend(r, id));
        await CompletedAsync(id);
        await broken;
        Assert.Single(await HistoryAsync(id), e => e.TimerFired is not null);
    }

    /// <summary>A result that is told twice counts once, and the workflow goes on.</summary>
    [Fact]
    public async Task Dedupreassert()
    {
        var id = await Client.ScheduleNewWorkflowAsync("Gated", input: 0);
        await Eventually.AssertAsync(() => Assert.True(_gates.ContainsKey(id)));
        var broken = _proxy.BreakNext(Fault.ReplyLost, r => IsAppend(r, id));
        _gates[id].SetResult();
        await CompletedAsync(id);
        await broken;
        Assert.Single(await HistoryAsync(id), e => e.TaskCompleted is not null);
    }

    /// <summary>The first write of an instance is one that only inserts; one whose reply was lost is found again and runs.</summary>
    [Fact]
    public async Task Etagattached()
    {
        // Redis knows the script of the writes from then on.
        await RunAsync("Steps", 0);
        var broken = _proxy.BreakNext(Fault.ReplyLost, r => r.Contains("||once||metadata") && !IsTurn(r));
        await Assert.ThrowsAnyAsync<Exception>(() => Client.ScheduleNewWorkflowAsync("Steps", "once", 2));
        await broken;
        await Eventually.AssertAsync(() => Assert.Equal(2, _runs.Count), s_patience);
        Assert.Equal(2, (await CompletedAsync("once")).ReadOutputAs<int>());
        await Assert.ThrowsAnyAsync<Exception>(() => Client.ScheduleNewWorkflowAsync("Steps", "once", 2));
    }

    /// <summary>Of many that begin one instance at once, one does.</summary>
    [Fact]
    public async Task Etagconflict()
    {
        var begun = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            try
            {
                await Client.ScheduleNewWorkflowAsync("Steps", "one", 3);
                return true;
            }
            catch (Exception e) when (e.Message.Contains("already exists"))
            {
                return false;
            }
        }));
        Assert.Single(begun, true);
        Assert.Equal(3, (await CompletedAsync("one")).ReadOutputAs<int>());
        Assert.Equal(3, _runs.Count);
    }

    /// <summary>An event that could not be kept is an error to its sender, who raises it again; the workflow begins anew with it, once.</summary>
    [Theory]
    [InlineData(Fault.RequestLost)]
    [InlineData(Fault.ReplyLost)]
    public async Task Eventcanfail(Fault fault)
    {
        var id = await Client.ScheduleNewWorkflowAsync("Collect", input: 2);
        await Client.WaitForWorkflowStartAsync(id);
        var broken = _proxy.BreakNext(fault, r => IsAppend(r, id));
        await Assert.ThrowsAnyAsync<Exception>(() => Client.RaiseEventAsync(id, "item", "a"));
        await broken;
        await Eventually.AssertAsync(() => Client.RaiseEventAsync(id, "item", "a"));
        await Client.RaiseEventAsync(id, "item", "b");
        Assert.Equal("ab", (await CompletedAsync(id)).ReadOutputAs<string>());
    }

    /// <summary>A child's end that is delivered twice counts once; a second event of the same name and content is a second event.</summary>
    [Fact]
    public async Task Eventdedup()
    {
        var id = await Client.ScheduleNewWorkflowAsync("Parent", input: 1);
        // The child has told its parent, and cannot note that it has: it tells again.
        var broken = _proxy.BreakNext(Fault.RequestLost, r => r.Contains("delete") && r.Contains("outbox") && !r.Contains("history-") && !r.Contains($"||{id}||"));
        Assert.Equal(1, (await CompletedAsync(id)).ReadOutputAs<int>());
        await broken;
        Assert.Single(await HistoryAsync(id), e => e.ChildWorkflowInstanceCompleted is not null);

        var collecting = await Client.ScheduleNewWorkflowAsync("Collect", input: 2);
        await Client.RaiseEventAsync(collecting, "item", "a");
        await Client.RaiseEventAsync(collecting, "item", "a");
        Assert.Equal("aa", (await CompletedAsync(collecting)).ReadOutputAs<string>());
    }

    /// <summary>Who waits for an instance over another connection is told its end, though its worker went and another one came.</summary>
    [Fact]
    public async Task Remotestream()
    {
        var id = await Client.ScheduleNewWorkflowAsync("Gated", input: 0);
        await Eventually.AssertAsync(() => Assert.True(_gates.ContainsKey(id)));
        using var remote = new GrpcClient(new Uri($"http://127.0.0.1:{_app.Sidecar.GrpcPort}"), new Dictionary<string, string> { ["dapr-api-token"] = "token" });
        var waiting = remote.UnaryAsync<GetInstanceResponse>("/TaskHubSidecarService/WaitForInstanceCompletion", new GetInstanceRequest { InstanceId = id, GetInputsAndOutputs = true });
        await _app.RestartAppAsync(Configure, _ => { });
        foreach (var gate in _gates.Values)
            gate.TrySetResult();
        Assert.Equal(OrchestrationStatus.Completed, (await waiting.WaitAsync(s_patience)).WorkflowState.WorkflowStatus);
    }

    [Theory]
    [InlineData(Fault.RequestLost)]
    [InlineData(Fault.ReplyLost)]
    public async Task Terminatecascade(Fault fault)
    {
        var id = await Client.ScheduleNewWorkflowAsync("Family", "top", 2);
        await Eventually.AssertAsync(() => Assert.Contains("leaf", _runs.Keys));
        // The order to end reaches the child only at the second try.
        var broken = _proxy.BreakNext(fault, r => IsAppend(r) && !r.Contains("||top||"));
        await Client.TerminateWorkflowAsync(id);
        Assert.Equal(WorkflowRuntimeStatus.Terminated, (await CompletedAsync(id)).RuntimeStatus);
        await broken;
        foreach (var child in _runs.Keys.Where(k => k.StartsWith("child:", StringComparison.Ordinal)))
            await Eventually.AssertAsync(async () => Assert.Equal(WorkflowRuntimeStatus.Terminated, (await Client.GetWorkflowStateAsync(child["child:".Length..])).RuntimeStatus), s_patience);
        Assert.Equal(2, _runs.Keys.Count(k => k.StartsWith("child:", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(Fault.RequestLost)]
    [InlineData(Fault.ReplyLost)]
    public async Task Timersavefail(Fault fault)
    {
        var id = await Client.ScheduleNewWorkflowAsync("Timer", input: 200);
        await Client.WaitForWorkflowStartAsync(id);
        var broken = _proxy.BreakNext(fault, r => IsTurn(r) && r.Contains($"||{id}||"));
        Assert.Equal(WorkflowRuntimeStatus.Completed, (await CompletedAsync(id)).RuntimeStatus);
        await broken;
        Assert.Single(await HistoryAsync(id), e => e.TimerFired is not null);
    }

    private DaprWorkflowClient Client => _app.Services.GetRequiredService<DaprWorkflowClient>();

    private static bool IsTurn(string request) => request.Contains("||history-");

    private static bool IsAppend(string request) => request.Contains("||inbox-") && !IsTurn(request);

    private static bool IsAppend(string request, string instanceId) => IsAppend(request) && request.Contains($"||{instanceId}||");

    private async Task<WorkflowState> RunAsync(string name, int input) => await CompletedAsync(await Client.ScheduleNewWorkflowAsync(name, input: input));

    private async Task<WorkflowState> CompletedAsync(string id) => await Client.WaitForWorkflowCompletionAsync(id).WaitAsync(s_patience);

    private async Task<IReadOnlyList<HistoryEvent>> HistoryAsync(string id)
    {
        using var channel = new GrpcClient(new Uri($"http://127.0.0.1:{_app.Sidecar.GrpcPort}"), new Dictionary<string, string> { ["dapr-api-token"] = "token" });
        return (await channel.UnaryAsync<GetInstanceHistoryResponse>("/TaskHubSidecarService/GetInstanceHistory", new GetInstanceHistoryRequest { InstanceId = id })).Events;
    }

    private Task StartAppAsync() => _app.StartAsync(Configure, _ => { });

    private void Configure(IServiceCollection services, AppSidecar sidecar) => services.AddDaprWorkflow(options =>
    {
        options.RegisterActivity<string, int>("Note", (_, what) =>
        {
            _runs.AddOrUpdate(what, 1, (_, n) => n + 1);
            return Task.FromResult(1);
        });
        options.RegisterActivity<string, int>("Gate", async (_, id) =>
        {
            await _gates.GetOrAdd(id, _ => new TaskCompletionSource()).Task;
            return 0;
        });
        options.RegisterWorkflow<int, int>("Steps", async (context, steps) =>
        {
            var done = 0;
            for (var i = 0; i < steps; i++)
                done += await context.CallActivityAsync<int>("Note", $"{context.InstanceId}/{i}");
            return done;
        });
        options.RegisterWorkflow<int, int>("Anew", async (context, left) =>
        {
            await context.CallActivityAsync<int>("Note", $"Anew/{left}");
            if (left > 1)
                context.ContinueAsNew(left - 1);
            return 3;
        });
        options.RegisterWorkflow<int, int>("Timer", async (context, milliseconds) =>
        {
            await context.CreateTimer(TimeSpan.FromMilliseconds(milliseconds));
            return 0;
        });
        options.RegisterWorkflow<int, int>("Gated", (context, _) => context.CallActivityAsync<int>("Gate", context.InstanceId));
        options.RegisterWorkflow<int, string>("Collect", async (context, count) =>
        {
            var all = "";
            for (var i = 0; i < count; i++)
                all += await context.WaitForExternalEventAsync<string>("item");
            return all;
        });
        options.RegisterWorkflow<int, int>("Parent", (context, input) => context.CallChildWorkflowAsync<int>("Steps", input));
        options.RegisterWorkflow<int, int>("Family", async (context, depth) =>
        {
            if (context.InstanceId != "top")
                await context.CallActivityAsync<int>("Note", "child:" + context.InstanceId);
            if (depth > 0)
                return await context.CallChildWorkflowAsync<int>("Family", depth - 1);
            await context.CallActivityAsync<int>("Note", "leaf");
            await context.WaitForExternalEventAsync<string>("never");
            return 0;
        });
    });
}
