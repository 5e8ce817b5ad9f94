using System.Collections.Concurrent;
using System.Text.Json;
using Dapr.Workflow;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Deepiri.SdkTests;

/// <summary>Workflows written with the SDK, run by the sidecar's engine.</summary>
public sealed class WorkflowTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly SdkApp _app = new();
    private readonly ConcurrentDictionary<string, int> _runs = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new();

    private DaprWorkflowClient Client => _app.Services.GetRequiredService<DaprWorkflowClient>();

    public Task InitializeAsync() => StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Activities_run_one_after_the_other_and_the_result_comes_back()
    {
        var id = await Client.ScheduleNewWorkflowAsync("Sum", input: 5);
        var state = await CompletedAsync(id);
        Assert.Equal((WorkflowRuntimeStatus.Completed, 15, 5), (state.RuntimeStatus, state.ReadOutputAs<int>(), state.ReadInputAs<int>()));
        Assert.Equal(("Sum", true, true), (state.WorkflowName, state.Exists, state.IsWorkflowCompleted));
        Assert.Equal(5, _runs["Add"]);
        Assert.False((await Client.GetWorkflowStateAsync("no-such-instance")).Exists);
    }

    [Fact]
    public async Task Activities_run_side_by_side()
    {
        var state = await RunAsync("FanOut", 20);
        Assert.Equal(Enumerable.Range(0, 20).Sum(n => n + 1), state.ReadOutputAs<int>());
    }

    [Fact]
    public async Task An_activity_that_fails_is_retried_by_its_policy()
    {
        var state = await RunAsync("Retried", 3);
        Assert.Equal(WorkflowRuntimeStatus.Completed, state.RuntimeStatus);
        Assert.Equal(3, _runs["Flaky"]);
    }

    [Fact]
    public async Task A_failure_fails_the_workflow_unless_it_is_caught()
    {
        var state = await RunAsync("Retried", 100);
        Assert.Equal(WorkflowRuntimeStatus.Failed, state.RuntimeStatus);
        Assert.Equal("Dapr.Workflow.WorkflowTaskFailedException", state.FailureDetails!.ErrorType);
        Assert.Contains("not yet", state.FailureDetails.ErrorMessage);
        Assert.Equal("System.InvalidOperationException", (await RunAsync("Catching", 0)).ReadOutputAs<string>());
        Assert.Contains("Activity 'Missing' not found", (await RunAsync("CallsMissing", 0)).FailureDetails!.ErrorMessage);
        Assert.Contains("Workflow 'Nowhere' is not registered", (await RunAsync("Nowhere", 0)).FailureDetails!.ErrorMessage);
    }

    [Fact]
    public async Task Events_are_taken_whether_they_come_before_or_after_they_are_waited_for()
    {
        var id = await Client.ScheduleNewWorkflowAsync("Approval", input: 30_000);
        await Client.RaiseEventAsync(id, "Approved", "yes");
        Assert.Equal("yes", (await CompletedAsync(id)).ReadOutputAs<string>());
        var early = await Client.ScheduleNewWorkflowAsync("LateWait");
        await Client.RaiseEventAsync(early, "go", 1);
        await Client.RaiseEventAsync(early, "GO", 2);
        await Client.RaiseEventAsync(early, "open");
        Assert.Equal("[1,2]", JsonSerializer.Serialize((await CompletedAsync(early)).ReadOutputAs<int[]>()));
        Assert.Equal("timeout", (await RunAsync("Approval", 50)).ReadOutputAs<string>());
        var error = await Assert.ThrowsAsync<RpcException>(() => Client.RaiseEventAsync("nobody", "x"));
        Assert.Equal(StatusCode.NotFound, error.StatusCode);
    }

    [Fact]
    public async Task Children_run_and_tell_their_parent_how_they_ended()
    {
        var state = await RunAsync("Parent", 3);
        Assert.Equal(6, state.ReadOutputAs<int>());
        Assert.Equal("System.ArgumentException", (await RunAsync("ParentOfFailing", 0)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_workflow_begins_anew_and_keeps_events_that_nobody_has_taken()
    {
        Assert.Equal(10, (await RunAsync("Countdown", new Countdown(10, 0))).ReadOutputAs<int>());
        var id = await Client.ScheduleNewWorkflowAsync("Collector", input: Array.Empty<int>());
        for (var n = 0; n < 5; n++)
            await Client.RaiseEventAsync(id, "n", n);
        Assert.Equal("[0,1,2,3,4]", JsonSerializer.Serialize((await CompletedAsync(id)).ReadOutputAs<int[]>()!.Order()));
    }

    [Fact]
    public async Task Results_of_an_execution_that_has_ended_are_nobodys()
    {
        // The first round leaves a task and a timer open; the second has tasks of the same numbers.
        var id = await Client.ScheduleNewWorkflowAsync("Leaving", "leaving", 1);
        await Eventually.AssertAsync(() => Assert.True(_runs.ContainsKey("Second")));
        _gates["gate"].TrySetResult();
        await Client.RaiseEventAsync(id, "finish");
        Assert.Equal("second: 7", (await CompletedAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Each_round_of_a_workflow_has_children_of_its_own()
    {
        var state = await RunAsync("Rounds", new Countdown(3, 0));
        Assert.Equal(3, state.ReadOutputAs<int>());
        Assert.Equal(3, _runs["Add"]);
    }

    [Fact]
    public async Task What_cannot_be_written_fails_the_workflow()
    {
        Assert.Equal(WorkflowRuntimeStatus.Failed, (await RunAsync("Unwritable", 0)).RuntimeStatus);
    }

    [Fact]
    public async Task More_activities_than_run_at_once_all_run()
    {
        var state = await RunAsync("FanOut", 300);
        Assert.Equal(Enumerable.Range(0, 300).Sum(n => n + 1), state.ReadOutputAs<int>());
    }

    [Fact]
    public async Task A_paused_workflow_waits_and_goes_on()
    {
        var id = await Client.ScheduleNewWorkflowAsync("Approval", input: 30_000);
        await Client.WaitForWorkflowStartAsync(id).WaitAsync(s_patience);
        await Client.SuspendWorkflowAsync(id, "lunch");
        await Eventually.AssertAsync(async () => Assert.Equal(WorkflowRuntimeStatus.Suspended, (await Client.GetWorkflowStateAsync(id)).RuntimeStatus));
        await Client.RaiseEventAsync(id, "approved", "late");
        Assert.Equal(WorkflowRuntimeStatus.Suspended, (await Client.GetWorkflowStateAsync(id)).RuntimeStatus);
        await Client.ResumeWorkflowAsync(id);
        Assert.Equal("late", (await CompletedAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Termination_takes_the_children_along()
    {
        var id = await Client.ScheduleNewWorkflowAsync("ParentOfWaiting", "waiting-parent");
        await Eventually.AssertAsync(async () => Assert.True((await Client.GetWorkflowStateAsync("waiting-child")).Exists));
        await Client.TerminateWorkflowAsync(id, "enough");
        var state = await CompletedAsync(id);
        Assert.Equal((WorkflowRuntimeStatus.Terminated, "enough"), (state.RuntimeStatus, state.ReadOutputAs<string>()));
        Assert.Equal(WorkflowRuntimeStatus.Terminated, (await CompletedAsync("waiting-child")).RuntimeStatus);
    }

    [Theory]
    [InlineData("activity")]
    [InlineData("child")]
    public async Task What_is_addressed_to_another_app_is_refused_by_name_and_does_not_run_here(string what)
    {
        var state = await RunAsync("Elsewhere", what);
        Assert.Equal(WorkflowRuntimeStatus.Failed, state.RuntimeStatus);
        if (what == "activity")
            Assert.Contains("the embedded sidecar does not run workflows across apps", state.FailureDetails!.ErrorMessage);
        Assert.False(_runs.ContainsKey("Add"));
    }

    [Fact]
    public async Task An_id_is_used_once_until_it_is_purged()
    {
        await RunAsync("Sum", 1, "once");
        var error = await Assert.ThrowsAsync<RpcException>(() => Client.ScheduleNewWorkflowAsync("Sum", "once", 1));
        Assert.Equal(StatusCode.AlreadyExists, error.StatusCode);
        Assert.True(await Client.PurgeInstanceAsync("once"));
        Assert.False(await Client.PurgeInstanceAsync("once"));
        Assert.False((await Client.GetWorkflowStateAsync("once")).Exists);
        await RunAsync("Sum", 1, "once");
        var running = await Client.ScheduleNewWorkflowAsync("Approval", input: 30_000);
        Assert.False(await Client.PurgeInstanceAsync(running));
    }

    [Fact]
    public async Task What_is_done_goes_when_its_retention_is_over()
    {
        await RunAsync("Sum", 1, "kept-for-ever");
        await _app.StopAsync();
        _app.Configuration = "{workflow: {stateRetentionPolicy: {anyTerminal: 0s, failed: 1h}}}";
        await StartAsync();
        await RunAsync("Sum", 1, "completed");
        await RunAsync("Retried", 100, "failed");
        await Eventually.AssertAsync(async () => Assert.False((await Client.GetWorkflowStateAsync("completed")).Exists));
        Assert.True((await Client.GetWorkflowStateAsync("failed")).Exists);
        Assert.True((await Client.GetWorkflowStateAsync("kept-for-ever")).Exists);
        await RunAsync("Sum", 1, "completed");
    }

    [Fact]
    public async Task What_a_workflow_sets_and_makes_is_the_same_each_time()
    {
        var state = await RunAsync("Stable", 0);
        Assert.Equal("step 2", state.ReadCustomStatusAs<string>());
        Assert.Equal("same", state.ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_workflow_can_begin_later()
    {
        var id = await Client.ScheduleNewWorkflowAsync("Sum", null, 1, TimeProvider.System.GetUtcNow().AddSeconds(1), default);
        Assert.Equal(WorkflowRuntimeStatus.Pending, (await Client.GetWorkflowStateAsync(id)).RuntimeStatus);
        Assert.Equal(WorkflowRuntimeStatus.Completed, (await CompletedAsync(id)).RuntimeStatus);
    }

    [Fact]
    public async Task A_workflow_goes_on_where_it_was_after_everything_has_ended()
    {
        var id = await Client.ScheduleNewWorkflowAsync("Gated", "gated", 1);
        await Eventually.AssertAsync(() => Assert.True(_runs.ContainsKey("Gate")));
        await _app.StopAsync();
        _gates["gate"].TrySetResult();
        await StartAsync();
        Assert.Equal(3, (await CompletedAsync(id)).ReadOutputAs<int>());
        // The step that was done is not done again; the one under way is.
        Assert.Equal(1, _runs["Add"]);
        Assert.Equal(2, _runs["Gate"]);
    }

    [Fact]
    public async Task Timers_survive_a_restart()
    {
        var id = await Client.ScheduleNewWorkflowAsync("Approval", "sleeper", 1500);
        await Client.WaitForWorkflowStartAsync(id).WaitAsync(s_patience);
        await _app.StopAsync();
        await StartAsync();
        Assert.Equal("timeout", (await CompletedAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_hundred_workflows_at_once_all_end_right()
    {
        var ids = await Task.WhenAll(Enumerable.Range(1, 100).Select(n => Client.ScheduleNewWorkflowAsync("Sum", input: n % 7)));
        var states = await Task.WhenAll(ids.Select(CompletedAsync));
        Assert.All(states, (state, i) => Assert.Equal(Enumerable.Range(1, (i + 1) % 7).Sum(), state.ReadOutputAs<int>()));
    }

    [Fact]
    public async Task The_http_api_shows_and_steers_instances()
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_app.Sidecar.HttpPort}") };
        http.DefaultRequestHeaders.Add("dapr-api-token", "token");
        using var started = await http.PostAsync("/v1.0/workflows/dapr/Approval/start?instanceID=over-http", new StringContent("30000"));
        Assert.Equal((202, "{\"instanceID\":\"over-http\"}"), ((int)started.StatusCode, await started.Content.ReadAsStringAsync()));
        Assert.Equal(409, (int)(await http.PostAsync("/v1.0/workflows/dapr/Approval/start?instanceID=over-http", null)).StatusCode);
        Assert.Equal(400, (int)(await http.PostAsync("/v1.0/workflows/dapr/Approval/start?instanceID=a%20b", null)).StatusCode);
        Assert.Equal(404, (int)(await http.GetAsync("/v1.0/workflows/dapr/none")).StatusCode);
        Assert.Equal(500, (int)(await http.PostAsync("/v1.0/workflows/dapr/over-http/purge", null)).StatusCode);
        Assert.Equal(202, (int)(await http.PostAsync("/v1.0/workflows/dapr/over-http/raiseEvent/approved", new StringContent("\"http\""))).StatusCode);
        await CompletedAsync("over-http");
        var shown = JsonDocument.Parse(await http.GetStringAsync("/v1.0/workflows/dapr/over-http")).RootElement;
        Assert.Equal(("COMPLETED", "Approval", "\"http\""), (shown.GetProperty("runtimeStatus").GetString(), shown.GetProperty("workflowName").GetString(), shown.GetProperty("properties").GetProperty("dapr.workflow.output").GetString()));
        Assert.Equal(202, (int)(await http.PostAsync("/v1.0/workflows/dapr/over-http/purge", null)).StatusCode);
        var metadata = JsonDocument.Parse(await http.GetStringAsync("/v1.0/metadata")).RootElement;
        Assert.Equal(1, metadata.GetProperty("workflows").GetProperty("connectedWorkers").GetInt32());
    }

    public sealed record Countdown(int From, int Done);

    private async Task<WorkflowState> RunAsync(string name, object input, string? id = null) => await CompletedAsync(await Client.ScheduleNewWorkflowAsync(name, id, input));

    private Task<WorkflowState> CompletedAsync(string id) => Client.WaitForWorkflowCompletionAsync(id).WaitAsync(s_patience);

    private Task StartAsync() => _app.StartAsync((services, _) => services.AddDaprWorkflow(Register), _ => { });

    private void Register(WorkflowRuntimeOptions options)
    {
        options.RegisterActivity<int[], int>("Add", (_, n) =>
        {
            Count("Add");
            return Task.FromResult(n[0] + n[1]);
        });
        options.RegisterActivity<int, int>("Flaky", (context, failures) =>
        {
            return Count("Flaky") < failures ? throw new InvalidOperationException("not yet") : Task.FromResult(1);
        });
        options.RegisterActivity<int, int>("Gate", async (_, n) =>
        {
            Count("Gate");
            await _gates.GetOrAdd("gate", _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            return n + 1;
        });
        options.RegisterWorkflow<int, int>("Sum", async (context, n) =>
        {
            var sum = 0;
            for (var i = 1; i <= n; i++)
                sum = await context.CallActivityAsync<int>("Add", new[] { sum, i });
            return sum;
        });
        options.RegisterWorkflow<int, int>("FanOut", async (context, n) => (await Task.WhenAll(Enumerable.Range(0, n).Select(i => context.CallActivityAsync<int>("Add", new[] { i, 1 })))).Sum());
        options.RegisterWorkflow<int, int>("Retried", (context, n) => context.CallActivityAsync<int>("Flaky", n, new WorkflowTaskOptions(new WorkflowRetryPolicy(4, TimeSpan.FromMilliseconds(10), 2))));
        options.RegisterWorkflow<int, string>("Catching", async (context, _) =>
        {
            try
            {
                return $"{await context.CallActivityAsync<int>("Flaky", 1000)}";
            }
            catch (WorkflowTaskFailedException e)
            {
                return e.FailureDetails.ErrorType;
            }
        });
        options.RegisterWorkflow<int, int>("CallsMissing", (context, _) => context.CallActivityAsync<int>("Missing"));
        options.RegisterWorkflow<int, string>("Approval", async (context, milliseconds) =>
        {
            try
            {
                return await context.WaitForExternalEventAsync<string>("approved", TimeSpan.FromMilliseconds(milliseconds));
            }
            catch (TaskCanceledException)
            {
                return "timeout";
            }
        });
        options.RegisterWorkflow<object?, int[]>("LateWait", async (context, _) =>
        {
            await context.WaitForExternalEventAsync<object?>("open");
            return [await context.WaitForExternalEventAsync<int>("go"), await context.WaitForExternalEventAsync<int>("go")];
        });
        options.RegisterWorkflow<int, int>("Parent", async (context, n) =>
        {
            var children = Enumerable.Range(1, n).Select(i => context.CallChildWorkflowAsync<int>("Sum", i % 2 == 0 ? 2 : 1, i == 1 ? new ChildWorkflowTaskOptions($"{context.InstanceId}-first") : null));
            var results = await Task.WhenAll(children);
            return results.Sum() + 1;
        });
        options.RegisterWorkflow<object?, int>("Failing", (_, _) => throw new ArgumentException("no good"));
        options.RegisterWorkflow<int, string>("ParentOfFailing", async (context, _) =>
        {
            try
            {
                await context.CallChildWorkflowAsync("Failing");
                return "none";
            }
            catch (WorkflowTaskFailedException e)
            {
                return e.FailureDetails.ErrorType;
            }
        });
        options.RegisterWorkflow<object?, string>("ParentOfWaiting", (context, _) => context.CallChildWorkflowAsync<string>("Approval", 600_000, new ChildWorkflowTaskOptions("waiting-child")));
        options.RegisterWorkflow<Countdown, int>("Countdown", async (context, state) =>
        {
            var done = await context.CallActivityAsync<int>("Add", new[] { state.Done, 1 });
            if (done < state.From)
                context.ContinueAsNew(state with { Done = done });
            return done;
        });
        options.RegisterWorkflow<int[], int[]>("Collector", async (context, seen) =>
        {
            var n = await context.WaitForExternalEventAsync<int>("n");
            int[] all = [.. seen, n];
            if (all.Length < 5)
                context.ContinueAsNew(all);
            return all;
        });
        options.RegisterActivity<int, int>("Second", async (_, n) =>
        {
            Count("Second");
            await Task.Delay(200);
            return n;
        });
        options.RegisterActivity<int, string>("Huge", (_, _) => Task.FromResult(new string('x', 5 * 1024 * 1024)));
        options.RegisterWorkflow<int, string>("Leaving", async (context, round) =>
        {
            if (round == 1)
            {
                _ = context.CallActivityAsync<int>("Gate", 100);
                await context.CreateTimer(TimeSpan.FromMilliseconds(20));
                context.ContinueAsNew(2);
                return "";
            }
            var result = await context.CallActivityAsync<int>("Second", 7);
            await context.WaitForExternalEventAsync<object?>("finish");
            return $"second: {result}";
        });
        options.RegisterWorkflow<Countdown, int>("Rounds", async (context, state) =>
        {
            var done = await context.CallChildWorkflowAsync<int>("Sum", 1) + state.Done;
            if (done < state.From)
                context.ContinueAsNew(state with { Done = done });
            return done;
        });
        options.RegisterWorkflow<int, Type>("Unwritable", (_, _) => Task.FromResult(typeof(string)));
        options.RegisterWorkflow<int, string>("Stable", async (context, _) =>
        {
            var (id, time) = (context.NewGuid(), context.CurrentUtcDateTime);
            context.SetCustomStatus("step 1");
            var other = await context.CallActivityAsync<int>("Add", new[] { id.GetHashCode() & 1, 0 });
            context.SetCustomStatus("step 2");
            return other == (id.GetHashCode() & 1) && id != context.NewGuid() && context.CurrentUtcDateTime >= time ? "same" : "other";
        });
        options.RegisterWorkflow<string, int>("Elsewhere", (context, what) => what == "activity"
            ? context.CallActivityAsync<int>("Add", new[] { 1, 1 }, new WorkflowTaskOptions(TargetAppId: "other-app"))
            : context.CallChildWorkflowAsync<int>("Sum", 1, new ChildWorkflowTaskOptions(TargetAppId: "other-app")));
        options.RegisterWorkflow<int, int>("Gated", async (context, n) =>
        {
            var first = await context.CallActivityAsync<int>("Add", new[] { n, 1 });
            return await context.CallActivityAsync<int>("Gate", first);
        });
    }

    private int Count(string name) => _runs.AddOrUpdate(name, 1, (_, n) => n + 1);
}
