using System.Net;
using System.Net.Http.Headers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Deepiri.Sidecar.Conformance;

/// <summary>Whatever comes over the wire, the sidecar answers, with an error that is not its own fault, and goes on.</summary>
[Trait("sidecar", "embedded")] // looks at how the sidecar is afterwards
public sealed class FuzzTests : IAsyncLifetime
{
    private const int Seed = 20261121;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private static readonly string[] s_routes =
    [
        "POST /v1.0/state/store", "POST /v1.0/state/store/bulk", "POST /v1.0/state/store/transaction", "GET /v1.0/state/store/{}", "DELETE /v1.0/state/store/{}",
        "POST /v1.0/publish/pubsub/{}", "POST /v1.0/publish/bulk/pubsub/{}", "GET /v1.0/secrets/secrets/{}", "POST /v1.0/invoke/app/method/{}", "POST /v1.0/invoke/{}/method/x",
        "PUT /v1.0/actors/Cat/{}/method/m", "POST /v1.0/actors/Cat/a/state", "GET /v1.0/actors/Cat/a/state/{}", "POST /v1.0/actors/Cat/a/reminders/{}", "GET /v1.0/actors/Cat/a/reminders/{}",
        "POST /v1.0/actors/Cat/a/timers/{}", "POST /v1.0/workflows/dapr/{}/start", "GET /v1.0/workflows/dapr/{}", "POST /v1.0/workflows/dapr/{}/raiseEvent/{}", "POST /v1.0/workflows/dapr/{}/terminate",
        "POST /v1.0/jobs/{}", "GET /v1.0/jobs/{}", "PUT /v1.0/metadata/{}", "GET /v1.0/{}", "POST /{}",
    ];

    private static readonly string[] s_methods =
    [
        "GetState", "GetBulkState", "SaveState", "DeleteState", "DeleteBulkState", "ExecuteStateTransaction", "PublishEvent", "BulkPublishEventAlpha1", "InvokeService", "GetSecret", "GetBulkSecret",
        "InvokeActor", "GetActorState", "ExecuteActorStateTransaction", "RegisterActorReminder", "RegisterActorTimer", "StartWorkflowBeta1", "GetWorkflowBeta1", "RaiseEventWorkflowBeta1", "PurgeWorkflowBeta1",
        "ScheduleJobAlpha1", "GetJobAlpha1", "SetMetadata", "GetMetadata", "Nope",
    ];

    private static readonly string[] s_hubMethods = ["StartInstance", "GetInstance", "RaiseEvent", "PurgeInstances", "ListInstanceIDs", "CompleteOrchestratorTask", "CompleteActivityTask", "GetInstanceHistory"];

    /// <summary>Parts that parsers stumble over.</summary>
    private static readonly string[] s_parts =
    [
        "{", "}", "[", "]", ":", ",", "\"", "null", "true", "-1", "1e999", "\"key\"", "\"value\"", "\"operation\"", "\"upsert\"", "\"request\"", "\"keys\"", "\"etag\"", "\"options\"", "\"metadata\"", "\"ttlInSeconds\"",
        "\"dueTime\"", "\"period\"", "\"data\"", "\"schedule\"", "\"entryId\"", "\"event\"", "\"failure_policy\"", "\"constant\"", "\"\\ud800\"", "\"a||b\"", "\u0000", "\\", "[[[[[[[[", "{\"a\":{\"a\":{\"a\":", "R999999999999/", "P1Y", "99999999999h",
    ];

    private readonly SidecarUnderTest _sidecar = new();

    public async Task InitializeAsync()
    {
        _sidecar.Directory.Write("secrets.json", """{"a":"b"}""");
        _sidecar.Resources($$"""
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: store}
            spec: {type: state.in-memory, version: v1, metadata: [{name: actorStateStore, value: "true"}]}
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: pubsub}
            spec: {type: pubsub.in-memory, version: v1}
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: secrets}
            spec: {type: secretstores.local.file, version: v1, metadata: [{name: secretsFile, value: "{{_sidecar.Directory.Path}}/secrets.json"}]}
            """);
        await _sidecar.AddAppAsync();
        _sidecar.App().ActorConfig = """{"entities":["Cat"]}""";
        await _sidecar.StartAsync();
        await Eventually.AssertAsync(() => Assert.NotNull(_sidecar.Find().Actors.Runtime));
        // An actor that is active, so that its state can be reached.
        await _sidecar.Dapr().PutAsync("/v1.0/actors/Cat/a/method/m", null).HasStatusAsync(200);
    }

    public async Task DisposeAsync() => await _sidecar.DisposeAsync();

    [Fact]
    public async Task Any_body_on_any_route_is_answered()
    {
        var random = new Random(Seed);
        foreach (var body in Bodies(1500))
        {
            var (verb, path) = s_routes[random.Next(s_routes.Length)].Split(' ') is [var v, var p] ? (v, p) : default;
            while (path.Contains("{}"))
                path = path[..path.IndexOf("{}", StringComparison.Ordinal)] + Segment(random) + path[(path.IndexOf("{}", StringComparison.Ordinal) + 2)..];
            using var request = new HttpRequestMessage(new HttpMethod(verb), new Uri(_sidecar.Dapr().BaseAddress + path[1..], new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
            if (verb is not "GET")
                request.Content = new ByteArrayContent(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(random.Next(3) switch { 0 => "application/json", 1 => "application/cloudevents+json", _ => "text/plain" }) } };
            using var answer = await _sidecar.Dapr().SendAsync(request).WaitAsync(s_patience);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.False(text.Contains("ERR_INTERNAL"), $"{verb} {path}\n{Encoding.UTF8.GetString(body)}\n{text}");
        }
        await IsAliveAsync();
    }

    [Fact]
    public async Task Any_message_on_any_grpc_method_ends_with_a_status()
    {
        var random = new Random(Seed);
        using var http = new HttpClient();
        foreach (var body in Bodies(1500))
        {
            var path = random.Next(4) == 0 ? "/TaskHubSidecarService/" + s_hubMethods[random.Next(s_hubMethods.Length)] : "/dapr.proto.runtime.v1.Dapr/" + s_methods[random.Next(s_methods.Length)];
            byte[] framed = random.Next(3) switch
            {
                0 => body,
                1 => [0, 0, 0, (byte)(body.Length >> 8), (byte)body.Length, .. body],
                _ => [0, .. RandomBytes(random, 4), .. body],
            };
            using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{_sidecar.Find().GrpcPort}{path}") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent(framed) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
            using var answer = await http.SendAsync(request).WaitAsync(s_patience);
            await answer.Content.ReadAsByteArrayAsync().WaitAsync(s_patience);
            var headers = answer.TrailingHeaders.Contains("grpc-status") ? answer.TrailingHeaders : answer.Headers;
            Assert.True(headers.TryGetValues("grpc-status", out var status) && int.Parse(status.Single()) is >= 0 and <= 16, path);
        }
        await IsAliveAsync();
    }

    [Theory]
    [InlineData(100)]
    [InlineData(100_000)]
    public async Task Deep_json_is_refused_or_kept_but_kills_nothing(int depth)
    {
        var deep = new string('[', depth) + new string(']', depth);
        foreach (var (path, body) in new[] { ("state/store", $$"""[{"key":"deep","value":{{deep}}}]"""), ("publish/pubsub/t", deep), ("jobs/deep", $$"""{"dueTime":"1h","data":{{deep}}}"""), ("actors/Cat/a/reminders/deep", $$"""{"dueTime":"1h","data":{{deep}}}""") })
        {
            using var answer = await _sidecar.Dapr().PostAsync($"/v1.0/{path}", SidecarUnderTest.Json(body)).WaitAsync(s_patience);
            Assert.DoesNotContain("ERR_INTERNAL", await answer.Content.ReadAsStringAsync());
        }
        await IsAliveAsync();
    }

    /// <summary>Random bytes, and texts made of the parts that parsers stumble over.</summary>
    private static IEnumerable<byte[]> Bodies(int count)
    {
        var bytes = ArbMap.Default.GeneratorFor<byte[]>();
        var texts = Gen.Elements(s_parts).ListOf().Select(parts => Encoding.UTF8.GetBytes(string.Concat(parts)));
        var items = Gen.Elements(s_parts).Two().Select(t => Encoding.UTF8.GetBytes($$"""[{"key":{{t.Item1}},"value":{{t.Item2}},"entryId":{{t.Item1}},"operation":"upsert","request":{"key":{{t.Item2}} } }]"""));
        var objects = Gen.Elements(s_parts).Two().Select(t => Encoding.UTF8.GetBytes($$"""{"dueTime":{{t.Item1}},"period":{{t.Item2}},"keys":{{t.Item1}},"operations":[{{t.Item2}}],"schedule":{{t.Item2}},"ttl":{{t.Item1}} }"""));
        return Gen.OneOf(bytes, texts, items, objects).Sample(30, count);
    }

    private static string Segment(Random random) => random.Next(6) switch
    {
        0 => "a",
        1 => "%00",
        2 => "..%2f..",
        3 => "%ff%fe",
        4 => new string('x', 300),
        _ => Uri.EscapeDataString(Convert.ToBase64String(RandomBytes(random, 6))),
    };

    private static byte[] RandomBytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private Task IsAliveAsync() => _sidecar.Dapr().GetAsync("/v1.0/healthz").HasStatusAsync(204);
}
