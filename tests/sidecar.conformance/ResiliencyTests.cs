using System.Net;
using System.Text;
using Grpc.Core;
using Dapr.Proto.Common.V1;
using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Resources;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.Conformance;

/// <summary>Resiliency policies (B13): what a caller, an actor and a subscriber see of them.</summary>
public sealed class ResiliencyTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private SidecarUnderTest _sidecar = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _sidecar.DisposeAsync();

    [Fact]
    public async Task A_call_that_fails_is_made_again_with_its_body_and_the_caller_sees_only_the_success()
    {
        await StartAsync("retries: {r: {policy: constant, duration: 1ms, maxRetries: 3}}", "apps: {callee: {retry: r}}");
        FailFirst(2, 500);
        var answer = await Caller.PostAsync("/v1.0/invoke/callee/method/m?q=1", SidecarUnderTest.Json("""{"a":1}"""));
        Assert.Equal((HttpStatusCode.OK, "done"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal(Enumerable.Repeat(("/m?q=1", """{"a":1}"""), 3), Callee.Requests.Select(r => (r.RawTarget, r.Body)));
    }

    [Fact]
    public async Task When_all_tries_fail_the_last_answer_is_the_callers()
    {
        await StartAsync("retries: {r: {duration: 1ms, maxRetries: 2}}", "apps: {callee: {retry: r}}");
        FailFirst(100, 503);
        var answer = await Caller.GetAsync("/v1.0/invoke/callee/method/m");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "try 3"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal(3, Callee.Requests.Count);
    }

    [Fact]
    public async Task Only_the_statuses_that_match_are_tried_again()
    {
        await StartAsync("""retries: {r: {duration: 1ms, maxRetries: 5, matching: {httpStatusCodes: "429,500-502"}}}""", "apps: {callee: {retry: r}}");
        FailFirst(1, 404);
        await Caller.GetAsync("/v1.0/invoke/callee/method/m").HasStatusAsync(404);
        Assert.Single(Callee.Requests);
        FailFirst(1, 429);
        await Caller.GetAsync("/v1.0/invoke/callee/method/m").HasStatusAsync(200);
        Assert.Equal(3, Callee.Requests.Count);
    }

    [Fact]
    [Trait("sidecar", "embedded")] // daprd keeps the body to send it again
    public async Task A_body_without_a_known_end_is_sent_once()
    {
        await StartAsync("retries: {r: {duration: 1ms, maxRetries: 3}}", "apps: {callee: {retry: r}}");
        FailFirst(1, 500);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1.0/invoke/callee/method/m") { Content = new StreamContent(new MemoryStream("x"u8.ToArray())) };
        request.Headers.TransferEncodingChunked = true;
        await Caller.SendAsync(request).HasStatusAsync(500);
        Assert.Single(Callee.Requests);
    }

    [Fact]
    public async Task A_call_is_made_again_until_its_app_is_there()
    {
        _sidecar.Resources("apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: {name: r}\nspec:\n  policies:\n    retries: {r: {duration: 10ms, maxRetries: 2000}}\n  targets:\n    apps: {callee: {retry: r}}\n");
        await _sidecar.StartAsync("caller");
        var calling = Caller.GetAsync("/v1.0/invoke/callee/method/m");
        await _sidecar.StartAsync("callee", "[]");
        await calling.HasStatusAsync(200);
    }

    [Fact]
    public async Task A_call_that_takes_too_long_is_given_up()
    {
        await StartAsync("timeouts: {t: 50ms}", "apps: {callee: {timeout: t}}");
        var hang = new TaskCompletionSource();
        Callee.Answer = (_, _) => hang.Task;
        await Caller.GetAsync("/v1.0/invoke/callee/method/m").IsErrorAsync(500, "ERR_DIRECT_INVOKE", "failed to invoke, id: callee, err: context deadline exceeded");
        hang.SetResult();
    }

    [Fact]
    [Trait("sidecar", "embedded")] // moves the clock
    public async Task A_breaker_opens_lets_one_call_try_and_closes_again_each_endpoint_for_itself()
    {
        _sidecar = new SidecarUnderTest { Clock = _clock };
        await StartAsync("""circuitBreakers: {cb: {maxRequests: 1, timeout: 30s, trip: "consecutiveFailures >= 2 && double(totalFailures) / double(requests) > 0.5"}}""", "apps: {callee: {circuitBreaker: cb}}");
        FailFirst(3, 500);
        await Caller.GetAsync("/v1.0/invoke/callee/method/m").HasStatusAsync(500);
        await Caller.GetAsync("/v1.0/invoke/callee/method/m").HasStatusAsync(500);
        const string Open = "failed to invoke, id: callee, err: circuit breaker is open";
        await Caller.GetAsync("/v1.0/invoke/callee/method/m").IsErrorAsync(500, "ERR_DIRECT_INVOKE", Open);
        Assert.Equal(2, Callee.Requests.Count);
        // The third failure, of another endpoint, does not open that one's.
        await Caller.GetAsync("/v1.0/invoke/callee/method/other").HasStatusAsync(500);
        await Caller.GetAsync("/v1.0/invoke/callee/method/other").HasStatusAsync(200);
        _clock.Advance(TimeSpan.FromSeconds(31));
        FailFirst(1, 500);
        await Caller.GetAsync("/v1.0/invoke/callee/method/m").HasStatusAsync(500);
        await Caller.GetAsync("/v1.0/invoke/callee/method/m").IsErrorAsync(500, "ERR_DIRECT_INVOKE", Open);
        _clock.Advance(TimeSpan.FromSeconds(31));
        await Caller.GetAsync("/v1.0/invoke/callee/method/m").HasStatusAsync(200);
        await Caller.GetAsync("/v1.0/invoke/callee/method/m").HasStatusAsync(200);
    }

    [Fact]
    [Trait("sidecar", "embedded")] // moves the clock
    public async Task Of_many_calls_at_a_half_open_breaker_one_goes_through()
    {
        _sidecar = new SidecarUnderTest { Clock = _clock };
        await StartAsync("""circuitBreakers: {cb: {timeout: 30s, trip: "totalFailures >= 1"}}""", "apps: {callee: {circuitBreaker: cb}}");
        FailFirst(1, 500);
        await Caller.GetAsync("/v1.0/invoke/callee/method/m").HasStatusAsync(500);
        _clock.Advance(TimeSpan.FromSeconds(31));
        var hang = new TaskCompletionSource();
        Callee.Answer = (_, _) => hang.Task;
        var first = Caller.GetAsync("/v1.0/invoke/callee/method/m");
        await Eventually.AssertAsync(() => Assert.Equal(2, Callee.Requests.Count));
        await Caller.GetAsync("/v1.0/invoke/callee/method/m").IsErrorAsync(500, "ERR_DIRECT_INVOKE", "failed to invoke, id: callee, err: too many requests");
        hang.SetResult();
        await first.HasStatusAsync(200);
        await Caller.GetAsync("/v1.0/invoke/callee/method/m").HasStatusAsync(200);
    }

    [Fact]
    public async Task Over_grpc_calls_have_the_same_policies()
    {
        await StartAsync("retries: {r: {duration: 1ms, maxRetries: 2}}", "apps: {callee: {retry: r}}");
        FailFirst(2, 500);
        var answer = await _sidecar.Grpc("caller").UnaryAsync<InvokeResponse>("/dapr.proto.runtime.v1.Dapr/InvokeService", Invoke());
        Assert.Equal("done", answer.Data.Value.ToStringUtf8());
        FailFirst(100, 503);
        var error = await Assert.ThrowsAsync<RpcException>(() => _sidecar.Grpc("caller").UnaryAsync<InvokeResponse>("/dapr.proto.runtime.v1.Dapr/InvokeService", Invoke()));
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Equal(6, Callee.Requests.Count);

        static InvokeServiceRequest Invoke() => new() { Id = "callee", Message = new InvokeRequest { Method = "m", HttpExtension = new HTTPExtension { Verb = HTTPExtension.Types.Verb.Get } } };
    }

    [Fact]
    public async Task Default_policies_hold_for_what_is_not_named_and_the_most_specific_wins()
    {
        await StartAsync("retries: {DefaultRetryPolicy: {duration: 1ms, maxRetries: 9}, DefaultAppRetryPolicy: {duration: 1ms, maxRetries: 1}, other: {duration: 1ms, maxRetries: 9}}", "apps: {somebody: {retry: other}}");
        FailFirst(100, 500);
        await Caller.GetAsync("/v1.0/invoke/callee/method/m").HasStatusAsync(500);
        Assert.Equal(2, Callee.Requests.Count);
    }

    [Fact]
    public async Task Policies_outside_their_scope_do_not_hold()
    {
        await StartAsync("retries: {r: {duration: 1ms, maxRetries: 3}}", "apps: {callee: {retry: r}}", "scopes: [somebody]");
        FailFirst(1, 500);
        await Caller.GetAsync("/v1.0/invoke/callee/method/m").HasStatusAsync(500);
    }

    [Fact]
    [Trait("sidecar", "embedded")] // daprd keeps such a broker for one app only
    public async Task A_delivery_is_tried_again_before_the_broker_is_told_and_dead_lettered_after_the_last_try()
    {
        const string PubSub = "\n---\napiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: pubsub}\nspec: {type: pubsub.in-memory, version: v1}";
        await StartAsync("retries: {r: {duration: 1ms, maxRetries: 4}}", "components: {pubsub: {inbound: {retry: r}}}", PubSub.TrimStart('\n'),
            """[{"pubsubname":"pubsub","topic":"t","route":"/in","deadLetterTopic":"dead"},{"pubsubname":"pubsub","topic":"dead","route":"/dead"}]""");
        Callee.Answer = (context, request) =>
        {
            context.Response.StatusCode = request.Path == "/in" ? 500 : 200;
            return Task.CompletedTask;
        };
        await Caller.PostAsync("/v1.0/publish/pubsub/t", SidecarUnderTest.Json("1")).HasStatusAsync(204);
        await Eventually.AssertAsync(() => Assert.Single(Callee.To("/dead")));
        Assert.Equal(5, Callee.To("/in").Count);
        Callee.Requests.Clear();
        Callee.Answer = (context, _) => context.Response.WriteAsync("""{"status":"DROP"}""");
        await Caller.PostAsync("/v1.0/publish/pubsub/t", SidecarUnderTest.Json("1")).HasStatusAsync(204);
        await Eventually.AssertAsync(() => Assert.Single(Callee.To("/dead")));
        Assert.Single(Callee.To("/in"));
    }

    [Fact]
    public async Task An_actors_call_is_tried_again_and_its_turn_is_timed()
    {
        await _sidecar.AddAppAsync("callee");
        Callee.ActorConfig = """{"entities":["T"]}""";
        const string Store = "---\napiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: store}\nspec: {type: state.in-memory, version: v1, metadata: [{name: actorStateStore, value: 'true'}]}";
        await StartAsync("timeouts: {t: 300ms}\n    retries: {r: {duration: 1ms, maxRetries: 2}}", "actors: {T: {timeout: t, retry: r}}", Store);
        FailFirst(2, 500);
        await Caller.PutAsync("/v1.0/actors/T/1/method/m", new StringContent("b")).HasStatusAsync(200);
        Assert.Equal(["b", "b", "b"], Callee.To("/actors/T/1/method/m").Select(r => r.Body));
        var hang = new TaskCompletionSource();
        Callee.Answer = (_, _) => hang.Task;
        await Caller.PutAsync("/v1.0/actors/T/1/method/slow", null).IsErrorAsync(500, "ERR_ACTOR_INVOKE_METHOD", "error invoke actor method: context deadline exceeded");
        Assert.Equal(3, Callee.To("/actors/T/1/method/slow").Count);
        hang.SetResult();
    }

    [Fact]
    public async Task An_exception_of_an_actor_is_a_failure_to_policies_and_its_answer_to_the_caller()
    {
        await _sidecar.AddAppAsync("callee");
        Callee.ActorConfig = """{"entities":["T"]}""";
        const string Store = "---\napiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: store}\nspec: {type: state.in-memory, version: v1, metadata: [{name: actorStateStore, value: 'true'}]}";
        await StartAsync("retries: {r: {duration: 1ms, maxRetries: 2}}", "actors: {T: {retry: r}}", Store);
        Callee.Answer = (context, _) =>
        {
            context.Response.Headers["X-DaprErrorResponseHeader"] = "true";
            return context.Response.WriteAsync("boom");
        };
        Assert.Equal("boom", await Caller.PutAsync("/v1.0/actors/T/1/method/m", null).TextAsync());
        Assert.Equal(3, Callee.To("/actors/T/1/method/m").Count);
    }

    [Theory]
    [InlineData("policies: {retries: {r: {policy: linear}}}", "'policy' must be constant or exponential, not 'linear'")]
    [InlineData("policies: {retries: {r: {duration: soon}}}", "'duration' must be a duration such as 500ms or 2s, not 'soon'")]
    [InlineData("policies: {retries: {r: {matching: {httpStatusCodes: 42}}}}", "'httpStatusCodes' must be codes from 100 to 599 such as 100-599, not '42'")]
    [InlineData("policies: {circuitBreakers: {c: {trip: 'failures > 5'}}}", "'trip': ")]
    [InlineData("policies: {timeouts: {t: 5s}}, targets: {apps: {a: {timeout: u}}}", "'timeout' names a policy 'u' that this resource does not define")]
    [InlineData("targets: {queues: {}}", "'spec.targets.queues' is not supported here; supported are ")]
    [Trait("sidecar", "embedded")] // daprd says it in its log, without the line
    public async Task What_is_wrong_is_told_with_file_and_line(string spec, string message)
    {
        _sidecar.Resources($"apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: {{name: r}}\nspec: {{{spec}}}\n");
        var refused = await Assert.ThrowsAsync<ResourceException>(() => _sidecar.StartAsync());
        Assert.StartsWith(message, Assert.Single(refused.Faults).Message);
    }

    private HttpClient Caller => _sidecar.Dapr("caller");

    private TestApp Callee => _sidecar.App("callee");

    private async Task StartAsync(string policies, string targets, string more = "", string subscriptions = "[]")
    {
        _sidecar.Resources($"apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: {{name: r}}\nspec:\n  policies:\n    {policies}\n  targets:\n    {targets}\n{more}\n");
        await _sidecar.StartAsync("callee", subscriptions);
        await _sidecar.StartAsync("caller");
    }

    private void FailFirst(int times, int status)
    {
        var tries = 0;
        Callee.Answer = async (context, _) =>
        {
            var number = Interlocked.Increment(ref tries);
            if (number <= times)
                context.Response.StatusCode = status;
            await context.Response.WriteAsync(number <= times ? $"try {number}" : "done", Encoding.UTF8);
        };
    }
}
