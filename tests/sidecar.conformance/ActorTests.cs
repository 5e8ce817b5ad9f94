using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Grpc.Core;
using Dapr.Proto.Runtime.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.Conformance;

/// <summary>Actors (B10): turns, state, reminders, timers, deactivation, reentrancy.</summary>
[Trait("sidecar", "embedded")] // moves the clock
public sealed class ActorTests : IAsyncLifetime
{
    private const string Config = """{"entities":["Cat","Deep"],"actorIdleTimeout":"1m","drainOngoingCallTimeout":"5s","entitiesConfig":[{"entities":["Deep"],"reentrancy":{"enabled":true,"maxStackDepth":3}}]}""";

    private readonly SidecarUnderTest _sidecar = new() { Clock = new ManualTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)) };
    private readonly ConcurrentDictionary<string, Func<HttpContext, ReceivedRequest, Task>> _methods = new();

    private HttpClient Dapr => _sidecar.Dapr();

    private HttpClient Caller => _sidecar.Dapr("caller");

    public async Task InitializeAsync()
    {
        _sidecar.Resources($$"""
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: store}
            spec:
              type: state.sqlite
              version: v1
              metadata:
                - {name: connectionString, value: "{{_sidecar.Directory.Path}}/state.db"}
                - {name: actorStateStore, value: "true"}
            """);
        await StartAsync();
        await _sidecar.StartAsync("caller");
    }

    public async Task DisposeAsync() => await _sidecar.DisposeAsync();

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task A_call_with_any_verb_reaches_the_actor_as_PUT_and_its_answer_comes_back(string verb)
    {
        _methods["speak"] = async (context, request) =>
        {
            context.Response.Headers["X-Mood"] = "good";
            context.Response.ContentType = "text/plain";
            await context.Response.WriteAsync($"{request.Method} {request.Body} {request.Headers.GetValueOrDefault("x-loud")}");
        };
        using var call = new HttpRequestMessage(new HttpMethod(verb), "/v1.0/actors/Cat/tom/method/speak") { Content = verb is "GET" ? null : SidecarUnderTest.Json("\"hi\"") };
        call.Headers.Add("x-loud", "yes");
        using var answer = await Caller.SendAsync(call);
        Assert.Equal($"PUT {(verb is "GET" ? "" : "\"hi\"")} yes", await answer.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("good", answer.Headers.GetValues("X-Mood").Single());
    }

    [Fact]
    public async Task Calls_of_one_actor_take_turns_and_of_different_actors_do_not()
    {
        var (running, most, total) = (0, 0, 0);
        var together = new TaskCompletionSource();
        _methods["work"] = async (_, request) =>
        {
            if (request.Path.Contains("/one/"))
            {
                most = Math.Max(most, Interlocked.Increment(ref running));
                await Task.Yield();
                total++;
                Interlocked.Decrement(ref running);
            }
            else if (Interlocked.Increment(ref running) == 2)
            {
                together.SetResult();
            }
            else
            {
                await together.Task;
            }
        };
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => CallAsync("Cat", "one", "work").HasStatusAsync(200)));
        Assert.Equal((1, 200), (most, total));
        await Task.WhenAll(CallAsync("Cat", "two", "work").HasStatusAsync(200), CallAsync("Cat", "three", "work").HasStatusAsync(200)).WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Failures_say_what_failed()
    {
        _methods["fail"] = async (context, _) =>
        {
            context.Response.StatusCode = 500;
            await context.Response.WriteAsync("boom");
        };
        _methods["own-error"] = (context, _) =>
        {
            context.Response.Headers["X-DaprErrorResponseHeader"] = "true";
            return context.Response.WriteAsync("details");
        };
        await CallAsync("Cat", "a", "fail").IsErrorAsync(500, "ERR_ACTOR_INVOKE_METHOD", "error invoke actor method: error from actor service: (500) boom");
        await CallAsync("Cat", "a", "no-such-method").IsErrorAsync(500, "ERR_ACTOR_INVOKE_METHOD", "error invoke actor method: actor method not found");
        await CallAsync("Dog", "a", "bark").IsErrorAsync(404, "ERR_ACTOR_NO_ADDRESS", "did not find address for actor 'Dog/a'");
        await CallAsync("dapr.internal.x", "a", "m").IsErrorAsync(403, "ERR_ACTOR_TYPE_RESERVED", "actor type 'dapr.internal.x' is reserved for internal use");
        using var answer = await CallAsync("Cat", "a", "own-error");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("true", answer.Headers.GetValues("X-DaprErrorResponseHeader").Single());
    }

    [Fact]
    public async Task An_actor_that_has_been_idle_is_let_go_and_comes_back_with_the_next_call()
    {
        await CallAsync("Cat", "idle", "ok").HasStatusAsync(200);
        _sidecar.Clock!.Advance(TimeSpan.FromSeconds(50));
        await CallAsync("Cat", "idle", "ok").HasStatusAsync(200);
        _sidecar.Clock.Advance(TimeSpan.FromSeconds(50));
        Assert.Empty(Deactivations("idle"));
        _sidecar.Clock.Advance(TimeSpan.FromSeconds(30));
        await Eventually.AssertAsync(() => Assert.Single(Deactivations("idle")));
        await CallAsync("Cat", "idle", "ok").HasStatusAsync(200);
    }

    [Fact]
    public async Task A_reentrant_chain_shares_the_turn_up_to_its_depth()
    {
        _methods["again"] = async (context, request) =>
        {
            var left = int.Parse(request.Body);
            if (left == 0)
                return;
            using var call = new HttpRequestMessage(HttpMethod.Post, "/v1.0/actors/Deep/d/method/again") { Content = SidecarUnderTest.Json($"{left - 1}") };
            call.Headers.Add("Dapr-Reentrancy-Id", request.Headers["Dapr-Reentrancy-Id"]);
            using var answer = await Dapr.SendAsync(call);
            context.Response.StatusCode = (int)answer.StatusCode;
            await context.Response.WriteAsync(await answer.Content.ReadAsStringAsync());
        };
        await CallAsync("Deep", "d", "again", "2").HasStatusAsync(200);
        using var tooDeep = await CallAsync("Deep", "d", "again", "3");
        Assert.Contains("maximum stack depth exceeded", await tooDeep.Content.ReadAsStringAsync());
        await CallAsync("Deep", "d", "again", "0").HasStatusAsync(200);
    }

    [Fact]
    public async Task State_belongs_to_an_active_actor_and_is_saved_whole_or_not_at_all()
    {
        await Dapr.GetAsync("/v1.0/actors/Cat/s/state/a").IsErrorAsync(400, "ERR_ACTOR_INSTANCE_MISSING", "actor instance is missing");
        await CallAsync("Cat", "s", "ok").HasStatusAsync(200);
        await Dapr.GetAsync("/v1.0/actors/Cat/s/state/a").HasStatusAsync(204);
        await StateAsync("""[{"operation":"upsert","request":{"key":"a","value":{"n":1}}},{"operation":"upsert","request":{"key":"t","value":2,"metadata":{"ttlInSeconds":"10"}}}]""").HasStatusAsync(204);
        Assert.Equal("{\"n\":1}", await Dapr.GetAsync("/v1.0/actors/Cat/s/state/a").TextAsync());
        using (var expiring = await Dapr.GetAsync("/v1.0/actors/Cat/s/state/t"))
            Assert.Equal("2026-01-01T00:00:10Z", expiring.Headers.GetValues("metadata.ttlExpireTime").Single());
        await StateAsync("""[{"operation":"delete","request":{"key":"a"}},{"operation":"upsert","request":{"key":"b","value":1,"metadata":{"ttlInSeconds":"x"}}}]""").HasStatusAsync(500);
        Assert.Equal("{\"n\":1}", await Dapr.GetAsync("/v1.0/actors/Cat/s/state/a").TextAsync());
        await StateAsync("""[{"operation":"delete","request":{"key":"a"}}]""").HasStatusAsync(204);
        await Dapr.GetAsync("/v1.0/actors/Cat/s/state/a").HasStatusAsync(204);
        await StateAsync("""[{"operation":"swap","request":{"key":"a"}}]""").IsErrorAsync(400, "ERR_NOT_SUPPORTED_STATE_OPERATION", "operation type swap not supported");
        // Another app hosts no such actor.
        await Caller.GetAsync("/v1.0/actors/Cat/s/state/a").IsErrorAsync(400, "ERR_ACTOR_INSTANCE_MISSING", "actor instance is missing");

        Task<HttpResponseMessage> StateAsync(string body) => Dapr.PostAsync("/v1.0/actors/Cat/s/state", SidecarUnderTest.Json(body));
    }

    [Fact]
    public async Task A_reminder_wakes_its_actor_again_and_again_until_it_is_deleted()
    {
        await RemindAsync("r", "tick", """{"dueTime":"11s","period":"6s","data":{"n":1}}""").HasStatusAsync(204);
        var shown = await Dapr.GetAsync("/v1.0/actors/Cat/r/reminders/tick").JsonAsync();
        Assert.Equal(("r", "Cat", "11s", "@every 6s"), (Text(shown, "actorID"), Text(shown, "actorType"), Text(shown, "dueTime"), Text(shown, "period")));
        await FiresAsync("/actors/Cat/r/method/remind/tick", (10, 0), (1, 1), (6, 2), (6, 3));
        var body = JsonDocument.Parse(_sidecar.App().To("/actors/Cat/r/method/remind/tick")[0].Body).RootElement;
        Assert.Equal(("11s", "6s", 1), (Text(body, "dueTime"), Text(body, "period"), body.GetProperty("data").GetProperty("n").GetInt32()));
        await Dapr.DeleteAsync("/v1.0/actors/Cat/r/reminders/tick").HasStatusAsync(204);
        await Dapr.GetAsync("/v1.0/actors/Cat/r/reminders/tick").IsErrorAsync(404, "ERR_ACTOR_REMINDER_NOT_FOUND", "actor reminder not found: tick");
        await FiresAsync("/actors/Cat/r/method/remind/tick", (20, 3));
    }

    [Theory]
    [InlineData("""{"dueTime":"1s","period":"R3/PT1S"}""", 3)]
    [InlineData("""{"dueTime":"1s","period":"1s","ttl":"3500ms"}""", 3)]
    [InlineData("""{"dueTime":"1s"}""", 1)]
    [InlineData("""{"dueTime":"2026-01-01T00:00:01Z"}""", 1)]
    [InlineData("""{}""", 1)]
    public async Task A_reminder_ends_after_its_repetitions_or_when_it_expires(string times, int fires)
    {
        await RemindAsync("e", "few", times).HasStatusAsync(204);
        var path = "/actors/Cat/e/method/remind/few";
        if (times == "{}")
            await FiresAsync(path, (0, 1));
        else
            await FiresAsync(path, [.. Enumerable.Range(1, fires).Select(n => (1, n))]);
        await Eventually.AssertAsync(() => Dapr.GetAsync("/v1.0/actors/Cat/e/reminders/few").HasStatusAsync(404));
        await FiresAsync(path, (10, fires));
    }

    [Fact]
    public async Task A_reminder_can_be_refused_replaced_and_cancelled_by_the_actor()
    {
        await RemindAsync("c", "x", """{"dueTime":"1h"}""").HasStatusAsync(204);
        await RemindAsync("c", "x", """{"dueTime":"1s","overwrite":false}""").IsErrorAsync(409, "ERR_ACTOR_REMINDER_ALREADY_EXISTS", "actor reminder 'x' already exists");
        await RemindAsync("c", "x", """{"dueTime":"1s","period":"1s"}""").HasStatusAsync(204);
        _methods["remind/x"] = (context, _) =>
        {
            context.Response.Headers["X-DaprReminderCancel"] = "true";
            return Task.CompletedTask;
        };
        await FiresAsync("/actors/Cat/c/method/remind/x", (1, 1));
        await Eventually.AssertAsync(() => Dapr.GetAsync("/v1.0/actors/Cat/c/reminders/x").HasStatusAsync(404));
        await FiresAsync("/actors/Cat/c/method/remind/x", (5, 1));
    }

    [Fact]
    public async Task A_reminder_that_fails_is_tried_three_times_more_and_then_waits_for_its_next_time()
    {
        _methods["remind/bad"] = (context, _) =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        await RemindAsync("f", "bad", """{"dueTime":"1s","period":"1m"}""").HasStatusAsync(204);
        await FiresAsync("/actors/Cat/f/method/remind/bad", (1, 1), (1, 2), (1, 3), (1, 4), (10, 4));
        await RemindAsync("f", "once", """{"dueTime":"1s","failure_policy":{"drop":{}}}""").HasStatusAsync(204);
        _methods["remind/once"] = _methods["remind/bad"];
        await FiresAsync("/actors/Cat/f/method/remind/once", (1, 1), (5, 1));
    }

    [Fact]
    public async Task Reminders_outlive_the_run()
    {
        await RemindAsync("p", "later", """{"dueTime":"1m","period":"1m"}""").HasStatusAsync(204);
        await _sidecar.RestartAsync();
        _sidecar.Clock!.Advance(TimeSpan.FromSeconds(150));
        await StartAsync();
        // What fell due meanwhile is made up for once.
        await Eventually.AssertAsync(() => Assert.Single(_sidecar.App().To("/actors/Cat/p/method/remind/later")));
        await FiresAsync("/actors/Cat/p/method/remind/later", (29, 1), (1, 2));
    }

    [Fact]
    public async Task A_thousand_reminders_due_at_once_fire_once_each()
    {
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(n => RemindAsync($"many{n}", "all", """{"dueTime":"5s"}""").HasStatusAsync(204)));
        _sidecar.Clock!.Advance(TimeSpan.FromSeconds(5));
        await Eventually.AssertAsync(() => Assert.Equal(1000, Reminded("all").Distinct().Count()));
        await Eventually.AssertAsync(() => Dapr.GetAsync("/v1.0/actors/Cat/many999/reminders/all").HasStatusAsync(404));
        _sidecar.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(1000, Reminded("all").Count);
    }

    [Fact]
    public async Task Reminders_of_an_app_that_is_away_wait_and_hold_up_nobody()
    {
        await Task.WhenAll(Enumerable.Range(0, 300).Select(n => RemindAsync($"away{n}", "wait", """{"dueTime":"5s"}""").HasStatusAsync(204)));
        await _sidecar.Find().PauseSubscriptionsAsync();
        await Caller.PostAsync("/v1.0/jobs/others", SidecarUnderTest.Json("""{"dueTime":"6s"}""")).HasStatusAsync(204);
        _sidecar.Clock!.Advance(TimeSpan.FromSeconds(10));
        await Eventually.AssertAsync(() => Assert.Single(_sidecar.App("caller").To("/job/others")));
        Assert.Empty(Reminded("wait"));
        _ = _sidecar.Find().RestartSubscriptionsAsync();
        await Eventually.AssertAsync(() => Assert.Equal(300, Reminded("wait").Distinct().Count()));
        Assert.Equal(300, Reminded("wait").Count);
    }

    [Theory]
    [InlineData("""{"dueTime":"soon"}""")]
    [InlineData("""{"dueTime":"1s","period":"P1M"}""")]
    [InlineData("""{"dueTime":"10s","ttl":"5s"}""")]
    public async Task A_reminder_with_times_that_are_none_is_refused(string times)
    {
        using var answer = await RemindAsync("b", "bad", times);
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Contains("ERR_ACTOR_REMINDER_CREATE", await answer.Content.ReadAsStringAsync());
        await RemindAsync("b", "bad", "{").HasStatusAsync(400);
        await RemindAsync("b", "bad", """{"dueTime":5}""").HasStatusAsync(400);
    }

    [Fact]
    public Task Reminders_are_for_the_apps_own_actors() =>
        Caller.PostAsync("/v1.0/actors/Cat/x/reminders/r", SidecarUnderTest.Json("{}")).IsErrorAsync(403, "ERR_ACTOR_REMINDER_NON_HOSTED", "operations on actor reminders are only possible on hosted actor types");

    [Fact]
    public async Task A_timer_calls_back_while_its_actor_lives()
    {
        await TimerAsync("t", "beat", """{"dueTime":"1s"}""").IsErrorAsync(400, "ERR_ACTOR_INSTANCE_MISSING", "actor instance is missing");
        await CallAsync("Cat", "t", "ok").HasStatusAsync(200);
        await TimerAsync("t", "beat", """{"dueTime":"1s","period":"2s","callback":"Beat","data":"x"}""").HasStatusAsync(204);
        await FiresAsync("/actors/Cat/t/method/timer/beat", (1, 1), (2, 2));
        var body = JsonDocument.Parse(_sidecar.App().To("/actors/Cat/t/method/timer/beat")[0].Body).RootElement;
        Assert.Equal(("Beat", "x", "1s", "2s"), (Text(body, "callback"), Text(body, "data"), Text(body, "dueTime"), Text(body, "period")));
        await Dapr.DeleteAsync("/v1.0/actors/Cat/t/timers/beat").HasStatusAsync(204);
        await FiresAsync("/actors/Cat/t/method/timer/beat", (10, 2));

        await TimerAsync("t", "rare", """{"dueTime":"5m"}""").HasStatusAsync(204);
        _sidecar.Clock!.Advance(TimeSpan.FromMinutes(2));
        await Eventually.AssertAsync(() => Assert.Single(Deactivations("t")));
        await FiresAsync("/actors/Cat/t/method/timer/rare", (600, 0));
    }

    [Fact]
    public async Task A_timer_that_fails_goes_on_at_its_next_time()
    {
        _methods["timer/bad"] = (context, _) =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        await CallAsync("Cat", "tf", "ok").HasStatusAsync(200);
        await TimerAsync("tf", "bad", """{"dueTime":"1s","period":"R2/PT1S"}""").HasStatusAsync(204);
        await FiresAsync("/actors/Cat/tf/method/timer/bad", (1, 1), (1, 2), (5, 2));
    }

    [Fact]
    public async Task When_the_sidecar_stops_the_turn_under_way_finishes_and_every_actor_is_let_go()
    {
        var (entered, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        _methods["long"] = async (_, _) =>
        {
            entered.SetResult();
            await release.Task;
        };
        var call = CallAsync("Cat", "drain", "long");
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(10));
        var stop = _sidecar.Find().PauseSubscriptionsAsync();
        Assert.Empty(Deactivations("drain"));
        release.SetResult();
        await call.HasStatusAsync(200);
        await stop;
        Assert.Single(Deactivations("drain"));
    }

    [Fact]
    public async Task Metadata_tells_of_the_actor_runtime()
    {
        await CallAsync("Cat", "m1", "ok").HasStatusAsync(200);
        await CallAsync("Cat", "m2", "ok").HasStatusAsync(200);
        var metadata = await Dapr.GetAsync("/v1.0/metadata").JsonAsync();
        Assert.Contains(metadata.GetProperty("actors").EnumerateArray(), a => Text(a, "type") == "Cat" && a.GetProperty("count").GetInt32() == 2);
        Assert.Equal(("RUNNING", true), (Text(metadata.GetProperty("actorRuntime"), "runtimeStatus"), metadata.GetProperty("actorRuntime").GetProperty("hostReady").GetBoolean()));
    }

    [Fact]
    public async Task Over_grpc_actors_are_called_and_keep_state_reminders_and_timers()
    {
        _methods["echo"] = (context, request) => context.Response.WriteAsync(request.Body + request.Headers.GetValueOrDefault("k"));
        var answer = await _sidecar.Grpc("caller").UnaryAsync<InvokeActorResponse>(Method("InvokeActor"), new InvokeActorRequest { ActorType = "Cat", ActorId = "g", Method = "echo", Data = ByteString.CopyFromUtf8("hi"), Metadata = { ["k"] = "v" } });
        Assert.Equal("hiv", answer.Data.ToStringUtf8());
        var save = new ExecuteActorStateTransactionRequest { ActorType = "Cat", ActorId = "g", Operations = { new TransactionalActorStateOperation { OperationType = "upsert", Key = "a", Value = new Any { Value = ByteString.CopyFromUtf8("1") } } } };
        await _sidecar.Grpc().UnaryAsync<Empty>(Method("ExecuteActorStateTransaction"), save);
        Assert.Equal("1", (await _sidecar.Grpc().UnaryAsync<GetActorStateResponse>(Method("GetActorState"), new GetActorStateRequest { ActorType = "Cat", ActorId = "g", Key = "a" })).Data.ToStringUtf8());
        await _sidecar.Grpc().UnaryAsync<Empty>(Method("RegisterActorReminder"), new RegisterActorReminderRequest { ActorType = "Cat", ActorId = "g", Name = "gr", DueTime = "1s", Data = ByteString.CopyFromUtf8("\"d\"") });
        await _sidecar.Grpc().UnaryAsync<Empty>(Method("RegisterActorTimer"), new RegisterActorTimerRequest { ActorType = "Cat", ActorId = "g", Name = "gt", DueTime = "1s", Callback = "C" });
        await FiresAsync("/actors/Cat/g/method/remind/gr", (1, 1));
        await FiresAsync("/actors/Cat/g/method/timer/gt", (0, 1));
        Assert.Contains("\"data\":\"d\"", _sidecar.App().To("/actors/Cat/g/method/remind/gr")[0].Body);
        var error = await Assert.ThrowsAsync<RpcException>(() => _sidecar.Grpc().UnaryAsync<InvokeActorResponse>(Method("InvokeActor"), new InvokeActorRequest { ActorType = "Dog", ActorId = "g", Method = "echo" }));
        Assert.Equal(StatusCode.NotFound, error.StatusCode);
    }

    private static string Method(string name) => "/dapr.proto.runtime.v1.Dapr/" + name;

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private async Task StartAsync()
    {
        // A new run on the same data takes the app over.
        if (!_sidecar.HasApp())
            await _sidecar.AddAppAsync();
        _sidecar.App().ActorConfig = Config;
        _sidecar.App().Answer = AnswerAsync;
        await _sidecar.StartAsync();
        await Eventually.AssertAsync(() => Assert.NotNull(_sidecar.Find().Actors.Runtime));
    }

    private Task AnswerAsync(HttpContext context, ReceivedRequest request)
    {
        var method = request.Path.Split("/method/") is [_, var name] ? name : "";
        if (_methods.TryGetValue(method, out var answer))
            return answer(context, request);
        if (method.StartsWith("no-", StringComparison.Ordinal))
            context.Response.StatusCode = 404;
        return Task.CompletedTask;
    }

    private IReadOnlyList<ReceivedRequest> Deactivations(string id) => [.. _sidecar.App().Requests.Where(r => r.Method == "DELETE" && r.Path == $"/actors/Cat/{id}")];

    private IReadOnlyList<string> Reminded(string name) => [.. _sidecar.App().Requests.Where(r => r.Path.EndsWith($"/method/remind/{name}", StringComparison.Ordinal)).Select(r => r.Path)];

    private Task<HttpResponseMessage> CallAsync(string type, string id, string method, string body = "") => Caller.PostAsync($"/v1.0/actors/{type}/{id}/method/{method}", SidecarUnderTest.Json(body));

    private Task<HttpResponseMessage> RemindAsync(string id, string name, string body) => Dapr.PostAsync($"/v1.0/actors/Cat/{id}/reminders/{name}", SidecarUnderTest.Json(body));

    private Task<HttpResponseMessage> TimerAsync(string id, string name, string body) => Dapr.PostAsync($"/v1.0/actors/Cat/{id}/timers/{name}", SidecarUnderTest.Json(body));

    /// <summary>After each step of seconds, so many calls have come in all.</summary>
    private async Task FiresAsync(string path, params (int Seconds, int Calls)[] steps)
    {
        foreach (var (seconds, calls) in steps)
        {
            // What is expected at the end of the step must be waited for before the clock moves.
            if (seconds > 0 && calls > _sidecar.App().To(path).Count)
                await Eventually.AssertAsync(() => Assert.True(_sidecar.Clock!.IsDueIn(TimeSpan.FromSeconds(seconds))));
            _sidecar.Clock!.Advance(TimeSpan.FromSeconds(seconds));
            await Eventually.AssertAsync(() => Assert.Equal(calls, _sidecar.App().To(path).Count));
        }
    }
}
