using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Grpc.Core;
using Dapr.Proto.Common.V1;
using Dapr.Proto.Runtime.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.Conformance;

/// <summary>The gRPC API: its transport, and the building blocks that are the same for every component (B17).</summary>
public sealed class GrpcTests : IAsyncLifetime
{
    private readonly SidecarUnderTest _sidecar = new();

    public async Task InitializeAsync()
    {
        _sidecar.Directory.Write("secrets.json", """{"db":{"user":"u","password":"p"},"hidden":"h"}""");
        _sidecar.Resources($$"""
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: pubsub}
            spec: {type: pubsub.in-memory, version: v1}
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: secrets}
            spec:
              type: secretstores.local.file
              version: v1
              metadata:
                - {name: secretsFile, value: "{{_sidecar.Directory.Path}}/secrets.json"}
                - {name: multiValued, value: "true"}
            """);
        await _sidecar.StartAsync(apiToken: "token", subscriptions: """[{"pubsubname":"pubsub","topic":"t","route":"/events"}]""");
        await _sidecar.StartAsync("other");
    }

    public async Task DisposeAsync() => await _sidecar.DisposeAsync();

    [Fact]
    public async Task What_no_component_can_do_is_said_as_dapr_says_it_where_none_is_configured()
    {
        await using var encrypting = await _sidecar.Grpc().DuplexStreamingAsync<Empty, Empty>(Method("EncryptAlpha1"));
        var error = await Assert.ThrowsAsync<RpcException>(() => encrypting.ReadAsync());
        Assert.Equal((StatusCode.Internal, "crypto providers not configured"), (error.StatusCode, error.Status.Detail));
    }

    [Fact]
    public async Task A_published_event_is_delivered_as_a_cloud_event()
    {
        await _sidecar.Grpc().UnaryAsync<Empty>(Method("PublishEvent"), new PublishEventRequest { PubsubName = "pubsub", Topic = "t", Data = ByteString.CopyFromUtf8("{\"n\":1}"), DataContentType = "application/json" });
        await Eventually.AssertAsync(() => Assert.Single(_sidecar.App().To("/events")));
        var body = _sidecar.App().To("/events")[0].Body;
        Assert.Contains("\"data\":{\"n\":1}", body);
        Assert.Contains("\"type\":\"com.dapr.event.sent\"", body);
    }

    [Fact]
    public async Task Bulk_publish_reports_no_failure_and_delivers_each_entry()
    {
        var request = new BulkPublishRequest { PubsubName = "pubsub", Topic = "t", Entries = { Entry("1"), Entry("2") } };
        var answer = await _sidecar.Grpc().UnaryAsync<BulkPublishResponse>(Method("BulkPublishEventAlpha1"), request);
        Assert.Empty(answer.FailedEntries);
        await Eventually.AssertAsync(() => Assert.Equal(2, _sidecar.App().To("/events").Count));
        request.Entries[1].EntryId = "1";
        await FailsAsync<BulkPublishResponse>("BulkPublishEventAlpha1", request, StatusCode.InvalidArgument, "error marshaling events to bytes for topic t pubsub pubsub. error: entryId is duplicated or not present for entry");

        static BulkPublishRequestEntry Entry(string id) => new() { EntryId = id, Event = ByteString.CopyFromUtf8("x"), ContentType = "text/plain" };
    }

    [Theory]
    [InlineData("nope", "t", StatusCode.NotFound, "pubsub nope is not found")]
    [InlineData("pubsub", "", StatusCode.InvalidArgument, "topic is empty in pubsub pubsub")]
    [InlineData("", "t", StatusCode.InvalidArgument, "pubsub name is empty")]
    public Task Publishing_nowhere_fails(string pubsub, string topic, StatusCode status, string message) =>
        FailsAsync<Empty>("PublishEvent", new PublishEventRequest { PubsubName = pubsub, Topic = topic }, status, message);

    [Fact]
    public async Task Secrets_are_read_one_by_one_and_all_together()
    {
        var one = await _sidecar.Grpc().UnaryAsync<GetSecretResponse>(Method("GetSecret"), new GetSecretRequest { StoreName = "secrets", Key = "db" });
        Assert.Equal("p", one.Data["password"]);
        var all = await _sidecar.Grpc().UnaryAsync<GetBulkSecretResponse>(Method("GetBulkSecret"), new GetBulkSecretRequest { StoreName = "secrets" });
        Assert.Equal("u", all.Data["db"].Secrets["user"]);
        await FailsAsync<GetSecretResponse>("GetSecret", new GetSecretRequest { StoreName = "nope", Key = "db" }, StatusCode.InvalidArgument, "failed finding secret store with key nope");
    }

    [Fact]
    public async Task An_apps_http_method_is_invoked_with_verb_query_and_body()
    {
        _sidecar.App("other").Answer = async (context, request) =>
        {
            context.Response.ContentType = "text/plain";
            await context.Response.WriteAsync($"{request.Method} {request.RawTarget} {request.Body} {request.Headers["dapr-caller-app-id"]}");
        };
        var message = new InvokeRequest { Method = "greet/you", ContentType = "text/plain", Data = new Any { Value = ByteString.CopyFromUtf8("hi") }, HttpExtension = new HTTPExtension { Verb = HTTPExtension.Types.Verb.Put, Querystring = "a=1" } };
        var answer = await _sidecar.Grpc().UnaryAsync<InvokeResponse>(Method("InvokeService"), new InvokeServiceRequest { Id = "other", Message = message });
        Assert.Equal("PUT /greet/you?a=1 hi app", answer.Data.Value.ToStringUtf8());
        Assert.Equal("text/plain", answer.ContentType);
    }

    [Theory]
    [InlineData(404, StatusCode.NotFound, "Not Found")]
    [InlineData(409, StatusCode.AlreadyExists, "Conflict")]
    [InlineData(500, StatusCode.Unknown, "Internal Server Error")]
    public Task An_apps_http_error_becomes_a_status(int http, StatusCode status, string message)
    {
        _sidecar.App("other").Answer = (context, _) =>
        {
            context.Response.StatusCode = http;
            return Task.CompletedTask;
        };
        return FailsAsync<InvokeResponse>("InvokeService", new InvokeServiceRequest { Id = "other", Message = new InvokeRequest { Method = "x" } }, status, message);
    }

    [Fact]
    public Task Invoking_an_unknown_app_is_Internal() =>
        FailsAsync<InvokeResponse>("InvokeService", new InvokeServiceRequest { Id = "ghost", Message = new InvokeRequest { Method = "x" } }, StatusCode.Internal, "failed to invoke, id: ghost, err: couldn't find service: ghost");

    [Fact]
    public async Task Metadata_shows_and_keeps_what_is_set()
    {
        await _sidecar.Grpc().UnaryAsync<Empty>(Method("SetMetadata"), new SetMetadataRequest { Key = "k", Value = "ü" });
        var metadata = await _sidecar.Grpc().UnaryAsync<GetMetadataResponse>(Method("GetMetadata"), new GetMetadataRequest());
        Assert.Equal("app", metadata.Id);
        Assert.Equal("ü", metadata.ExtendedMetadata["k"]);
        Assert.Contains(metadata.RegisteredComponents, c => c is { Name: "pubsub", Type: "pubsub.in-memory" });
        Assert.Equal("t", Assert.Single(metadata.Subscriptions).Topic);
    }

    [Fact]
    public async Task Without_the_api_token_every_call_is_Unauthenticated()
    {
        var address = new Uri($"http://127.0.0.1:{_sidecar.GrpcPort()}");
        using var none = new GrpcClient(address);
        using var wrong = new GrpcClient(address, new Dictionary<string, string> { ["dapr-api-token"] = "wrong" });
        var error = await Assert.ThrowsAsync<RpcException>(() => none.UnaryAsync<GetMetadataResponse>(Method("GetMetadata"), new GetMetadataRequest()));
        Assert.Equal((StatusCode.Unauthenticated, "missing api token in request metadata"), (error.StatusCode, error.Status.Detail));
        error = await Assert.ThrowsAsync<RpcException>(() => wrong.UnaryAsync<GetMetadataResponse>(Method("GetMetadata"), new GetMetadataRequest()));
        Assert.Equal((StatusCode.Unauthenticated, "authentication error: api token mismatch"), (error.StatusCode, error.Status.Detail));
    }

    [Fact]
    public Task An_unknown_method_is_Unimplemented() => FailsAsync<Empty>("Nope", new Empty(), StatusCode.Unimplemented, "unknown method /dapr.proto.runtime.v1.Dapr/Nope");

    [Fact]
    public async Task A_message_of_more_than_4_MiB_is_ResourceExhausted_and_the_next_call_works()
    {
        var large = new PublishEventRequest { PubsubName = "pubsub", Topic = "t", Data = ByteString.CopyFrom(new byte[(4 * 1024 * 1024) + 1]) };
        var error = await Assert.ThrowsAsync<RpcException>(() => _sidecar.Grpc().UnaryAsync<Empty>(Method("PublishEvent"), large));
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Assert.Equal("app", (await _sidecar.Grpc().UnaryAsync<GetMetadataResponse>(Method("GetMetadata"), new GetMetadataRequest())).Id);
    }

    [Fact]
    public async Task A_call_past_its_deadline_is_DeadlineExceeded()
    {
        _sidecar.App("other").Answer = (context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted);
        var error = await Assert.ThrowsAsync<RpcException>(() => _sidecar.Grpc().UnaryAsync<InvokeResponse>(Method("InvokeService"), new InvokeServiceRequest { Id = "other", Message = new InvokeRequest { Method = "slow" } }, TimeSpan.FromMilliseconds(100)));
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
    }

    [Theory]
    [InlineData("", "13")]
    [InlineData("00000000", "13")]
    [InlineData("0000000005aa", "13")]
    [InlineData("0000000002ffff", "13")]
    [InlineData("0100000000", "12")]
    [InlineData("00ffffffff", "8")]
    public async Task A_broken_frame_ends_with_a_status(string hex, string status)
    {
        using var answer = await RawAsync(Convert.FromHexString(hex), "application/grpc");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await answer.Content.ReadAsByteArrayAsync();
        var headers = answer.TrailingHeaders.Contains("grpc-status") ? answer.TrailingHeaders : answer.Headers;
        Assert.Equal(status, headers.GetValues("grpc-status").Single());
        Assert.Equal("app", (await _sidecar.Grpc().UnaryAsync<GetMetadataResponse>(Method("GetMetadata"), new GetMetadataRequest())).Id);
    }

    [Fact]
    public async Task What_is_no_grpc_is_415()
    {
        using var answer = await RawAsync(Encoding.UTF8.GetBytes("{}"), "application/json");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
    }

    private static string Method(string name) => "/dapr.proto.runtime.v1.Dapr/" + name;

    private async Task FailsAsync<T>(string method, IMessage request, StatusCode status, string message) where T : class, IMessage<T>, new()
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => _sidecar.Grpc().UnaryAsync<T>(Method(method), request));
        Assert.Equal((status, message), (error.StatusCode, error.Status.Detail));
    }

    private async Task<HttpResponseMessage> RawAsync(byte[] body, string mediaType)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{_sidecar.GrpcPort()}{Method("GetMetadata")}") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        request.Headers.Add("dapr-api-token", "token");
        return await http.SendAsync(request);
    }
}
