using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using Dapr.Proto.Runtime.V1;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.Conformance;

/// <summary>Publish and subscribe (B4), for each component that subclasses it.</summary>
public abstract class PubSubSuite : IAsyncLifetime
{
    protected SidecarUnderTest Sidecar { get; } = new();

    private HttpClient Dapr => Sidecar.Dapr("publisher");

    private TestApp App => Sidecar.App("subscriber");

    /// <summary>The component's type and metadata lines.</summary>
    protected abstract (string Type, string Metadata) Component { get; }

    public virtual Task InitializeAsync()
    {
        Sidecar.Resources($"apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata:\n  name: pubsub\nspec:\n  type: {Component.Type}\n  version: v1\n  metadata:\n{Component.Metadata}");
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await Sidecar.DisposeAsync();

    [Fact]
    public async Task Json_is_wrapped_in_a_cloud_event()
    {
        await StartAsync("""[{"pubsubname":"pubsub","topic":"t","route":"/in"}]""");
        await PublishAsync("t", SidecarUnderTest.Json("""{"a":1.0}"""), headers: ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")).HasStatusAsync(204);
        var request = await OneAsync("/in");
        Assert.Equal("POST", request.Method);
        Assert.Equal("application/cloudevents+json", request.Headers["Content-Type"]);
        Assert.Equal("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", request.Headers["traceparent"]);
        var e = JsonDocument.Parse(request.Body).RootElement;
        Assert.True(Guid.TryParse(Text(e, "id"), out _));
        Assert.Equal("1.0", Text(e, "specversion"));
        Assert.Equal("application/json", Text(e, "datacontenttype"));
        Assert.Equal("publisher", Text(e, "source"));
        Assert.Equal("com.dapr.event.sent", Text(e, "type"));
        Assert.Equal("t", Text(e, "topic"));
        Assert.Equal("pubsub", Text(e, "pubsubname"));
        Assert.Equal("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", Text(e, "traceparent"));
        Assert.True(DateTimeOffset.TryParse(Text(e, "time"), out _));
        Assert.Equal("1.0", e.GetProperty("data").GetProperty("a").GetRawText());
    }

    [Theory]
    [InlineData("text/plain", "hello", "\"hello\"")]
    [InlineData("application/xml", "<a/>", "\"<a/>\"")]
    [InlineData("application/json", "not json", "\"not json\"")]
    [InlineData("application/vnd.x+json", "{}", "\"{}\"")]
    public async Task Other_data_is_a_string(string mediaType, string body, string expected)
    {
        await StartAsync("""[{"pubsubname":"pubsub","topic":"t","route":"/in"}]""");
        await PublishAsync("t", SidecarUnderTest.Json(body, mediaType)).HasStatusAsync(204);
        var data = JsonDocument.Parse((await OneAsync("/in")).Body).RootElement.GetProperty("data");
        Assert.Equal(JsonDocument.Parse(expected).RootElement.GetString(), data.GetString());
    }

    [Fact]
    public async Task Binary_data_is_base64()
    {
        await StartAsync("""[{"pubsubname":"pubsub","topic":"t","route":"/in"}]""");
        var content = new ByteArrayContent([0, 255, 7]);
        content.Headers.ContentType = new("application/octet-stream");
        await PublishAsync("t", content).HasStatusAsync(204);
        Assert.Equal("AP8H", Text(JsonDocument.Parse((await OneAsync("/in")).Body).RootElement, "data_base64"));
    }

    [Fact]
    public async Task Envelope_fields_can_be_overridden()
    {
        await StartAsync("""[{"pubsubname":"pubsub","topic":"t","route":"/in"}]""");
        await PublishAsync("t", SidecarUnderTest.Json("1"), "metadata.cloudevent.id=my-id&metadata.cloudevent.type=my.type&metadata.cloudevent.source=me&metadata.cloudevent.subject=s&metadata.cloudevent.traceparent=tp&metadata.cloudevent.tracestate=ts").HasStatusAsync(204);
        var e = JsonDocument.Parse((await OneAsync("/in")).Body).RootElement;
        Assert.Equal(["my-id", "my.type", "me", "s", "tp", "ts"], new[] { "id", "type", "source", "subject", "traceparent", "tracestate" }.Select(n => Text(e, n)));
    }

    [Fact]
    public async Task A_cloud_event_is_kept_and_completed()
    {
        await StartAsync("""[{"pubsubname":"pubsub","topic":"t","route":"/in"}]""");
        await PublishAsync("t", SidecarUnderTest.Json("""{"specversion":"1.0","id":"7","source":"x","data":{"k":1},"extra":"e"}""", "application/cloudevents+json")).HasStatusAsync(204);
        var e = JsonDocument.Parse((await OneAsync("/in")).Body).RootElement;
        Assert.Equal(["7", "x", "e", "com.dapr.event.sent", "t", "pubsub"], new[] { "id", "source", "extra", "type", "topic", "pubsubname" }.Select(n => Text(e, n)));
        Assert.Equal(1, e.GetProperty("data").GetProperty("k").GetInt32());
    }

    [Fact]
    public async Task A_body_that_only_says_it_is_a_cloud_event_is_500()
    {
        await StartAsync("[]");
        await PublishAsync("t", SidecarUnderTest.Json("[1]", "application/cloudevents+json")).IsErrorAsync(500, "ERR_PUBSUB_CLOUD_EVENTS_SER", "cannot create cloudevent", "DAPR_PUBSUB_CLOUD_EVENT_CREATION");
    }

    [Fact]
    public async Task A_raw_payload_travels_bare_and_arrives_as_base64()
    {
        await StartAsync("""[{"pubsubname":"pubsub","topic":"t","route":"/in","metadata":{"rawPayload":"true"}}]""");
        await PublishAsync("t", SidecarUnderTest.Json("raw!", "text/plain"), "metadata.rawPayload=true").HasStatusAsync(204);
        var e = JsonDocument.Parse((await OneAsync("/in")).Body).RootElement;
        Assert.Equal("raw!", Encoding.UTF8.GetString(e.GetProperty("data_base64").GetBytesFromBase64()));
        Assert.Equal("application/octet-stream", Text(e, "datacontenttype"));
        Assert.Equal("Dapr", Text(e, "source"));
    }

    [Fact]
    public async Task A_message_that_is_no_cloud_event_is_dropped_and_dead_lettered()
    {
        await StartAsync("""[{"pubsubname":"pubsub","topic":"t","route":"/in","deadLetterTopic":"dead"},{"pubsubname":"pubsub","topic":"dead","route":"/dead","metadata":{"rawPayload":"true"}}]""");
        await PublishAsync("t", SidecarUnderTest.Json("raw!", "text/plain"), "metadata.rawPayload=true").HasStatusAsync(204);
        await OneAsync("/dead");
        Assert.Empty(App.To("/in"));
    }

    [Fact]
    [Trait("sidecar", "embedded")] // subscribes a running app anew
    public async Task Expired_messages_are_not_delivered()
    {
        await StartAsync("[]");
        await PublishAsync("t", SidecarUnderTest.Json("""{"specversion":"1.0","id":"old","source":"x","data":1,"expiration":"2020-01-01T00:00:00Z"}""", "application/cloudevents+json")).HasStatusAsync(204);
        App.Subscriptions = """[{"pubsubname":"pubsub","topic":"t","route":"/in"}]""";
        await Sidecar.Find("subscriber").RestartSubscriptionsAsync();
        await PublishAsync("t", SidecarUnderTest.Json("""{"specversion":"1.0","id":"old2","source":"x","data":1,"expiration":"2020-01-01T00:00:00Z"}""", "application/cloudevents+json")).HasStatusAsync(204);
        await PublishAsync("t", SidecarUnderTest.Json("1"), "metadata.ttlInSeconds=60").HasStatusAsync(204);
        await OneAsync("/in");
        Assert.DoesNotContain(App.To("/in"), r => r.Body.Contains("old"));
    }

    [Fact]
    public async Task Rules_route_by_cel_and_the_rest_goes_to_the_default()
    {
        await StartAsync("""[{"pubsubname":"pubsub","topic":"t","routes":{"rules":[{"match":"event.type == 'a' && event.data.n > 2","path":"/big"},{"match":"event.type == \"a\"","path":"/small"}],"default":"/rest"}}]""");
        await PublishAsync("t", SidecarUnderTest.Json("""{"n":3}"""), "metadata.cloudevent.type=a").HasStatusAsync(204);
        await PublishAsync("t", SidecarUnderTest.Json("""{"n":1}"""), "metadata.cloudevent.type=a").HasStatusAsync(204);
        await PublishAsync("t", SidecarUnderTest.Json("""{"n":1}"""), "metadata.cloudevent.type=b").HasStatusAsync(204);
        await OneAsync("/big");
        await OneAsync("/small");
        await OneAsync("/rest");
    }

    [Fact]
    public async Task What_no_rule_matches_is_dead_lettered()
    {
        await StartAsync("""[{"pubsubname":"pubsub","topic":"t","routes":{"rules":[{"match":"event.type == 'a'","path":"/a"}]},"deadLetterTopic":"dead"},{"pubsubname":"pubsub","topic":"dead","route":"/dead"}]""");
        await PublishAsync("t", SidecarUnderTest.Json("1")).HasStatusAsync(204);
        await OneAsync("/dead");
        Assert.Empty(App.To("/a"));
    }

    [Theory]
    [InlineData(200, "")]
    [InlineData(204, "")]
    [InlineData(200, "not json")]
    [InlineData(200, "{}")]
    [InlineData(200, """{"status":"SUCCESS"}""")]
    [InlineData(200, """{"status":""}""")]
    public async Task Success_acknowledges(int status, string body)
    {
        await StartAsync("""[{"pubsubname":"pubsub","topic":"t","route":"/in"},{"pubsubname":"pubsub","topic":"end","route":"/end"}]""");
        AnswerWith("/in", status, body);
        await PublishAsync("t", SidecarUnderTest.Json("1")).HasStatusAsync(204);
        await OneAsync("/in");
        await PublishAsync("end", SidecarUnderTest.Json("1")).HasStatusAsync(204);
        await OneAsync("/end");
        Assert.Single(App.To("/in"));
    }

    [Theory]
    [InlineData(200, """{"status":"RETRY"}""")]
    [InlineData(200, """{"status":"WHATEVER"}""")]
    [InlineData(500, "")]
    [InlineData(400, "")]
    [InlineData(301, "")]
    public virtual async Task Anything_else_is_delivered_again_until_it_succeeds(int status, string body)
    {
        await StartAsync("""[{"pubsubname":"pubsub","topic":"t","route":"/in"}]""");
        var failures = 2;
        App.Answer = async (context, _) =>
        {
            if (Interlocked.Decrement(ref failures) < 0)
                return;
            context.Response.StatusCode = status;
            await context.Response.WriteAsync(body);
        };
        await PublishAsync("t", SidecarUnderTest.Json("1")).HasStatusAsync(204);
        await Eventually.AssertAsync(() => Assert.Equal(3, App.To("/in").Count));
        Assert.Single(App.To("/in").Select(r => Text(JsonDocument.Parse(r.Body).RootElement, "id")).Distinct());
    }

    [Theory]
    [InlineData(404, "")]
    [InlineData(200, """{"status":"DROP"}""")]
    [InlineData(500, "")]
    [InlineData(200, """{"status":"RETRY"}""")]
    public async Task With_a_dead_letter_topic_what_fails_goes_there_once(int status, string body)
    {
        await StartAsync("""[{"pubsubname":"pubsub","topic":"t","route":"/in","deadLetterTopic":"dead"},{"pubsubname":"pubsub","topic":"dead","route":"/dead"}]""");
        AnswerWith("/in", status, body);
        await PublishAsync("t", SidecarUnderTest.Json("1"), "metadata.cloudevent.id=the-one").HasStatusAsync(204);
        Assert.Equal("the-one", Text(JsonDocument.Parse((await OneAsync("/dead")).Body).RootElement, "id"));
        Assert.Single(App.To("/in"));
    }

    [Theory]
    [InlineData(404, "")]
    [InlineData(200, """{"status":"DROP"}""")]
    public async Task Without_one_dropped_is_gone(int status, string body)
    {
        await StartAsync("""[{"pubsubname":"pubsub","topic":"t","route":"/in"},{"pubsubname":"pubsub","topic":"end","route":"/end"}]""");
        AnswerWith("/in", status, body);
        await PublishAsync("t", SidecarUnderTest.Json("1")).HasStatusAsync(204);
        await OneAsync("/in");
        await PublishAsync("end", SidecarUnderTest.Json("1")).HasStatusAsync(204);
        await OneAsync("/end");
        Assert.Single(App.To("/in"));
    }

    [Fact]
    public async Task Bulk_publish_publishes_each_entry()
    {
        await StartAsync("""[{"pubsubname":"pubsub","topic":"t","route":"/in"}]""");
        await BulkAsync("""[{"entryId":"1","event":{"n":1},"contentType":"application/json"},{"entryId":"2","event":"two","contentType":"text/plain","metadata":{"cloudevent.id":"second"}}]""").HasStatusAsync(204);
        await Eventually.AssertAsync(() => Assert.Equal(2, App.To("/in").Count));
        Assert.Contains(App.To("/in"), r => Text(JsonDocument.Parse(r.Body).RootElement, "id") == "second");
    }

    [Theory]
    [InlineData("""[{"entryId":"1","event":1},{"entryId":"1","event":2}]""")]
    [InlineData("""[{"event":1}]""")]
    public async Task Bulk_publish_refuses_duplicate_and_missing_ids(string body)
    {
        await StartAsync("[]");
        await BulkAsync(body).IsErrorAsync(400, "ERR_PUBSUB_EVENTS_SER", "error marshaling events to bytes for topic t pubsub pubsub. error: entryId is duplicated or not present for entry", "DAPR_PUBSUB_MARSHAL_EVENTS");
    }

    [Fact]
    public async Task Bulk_publish_refuses_what_is_not_a_list()
    {
        await StartAsync("[]");
        await BulkAsync("{}").IsErrorAsync(400, "ERR_PUBSUB_EVENTS_SER", "error when unmarshaling the request for topic t pubsub pubsub: the body must be a JSON array of entries", "DAPR_PUBSUB_UNMARSHAL_EVENTS");
        await BulkAsync("[").HasStatusAsync(400);
    }

    [Fact]
    public async Task Publish_errors_are_daprs()
    {
        await StartAsync("[]");
        await Dapr.PostAsync("/v1.0/publish/nope/t", SidecarUnderTest.Json("1")).IsErrorAsync(404, "ERR_PUBSUB_NOT_FOUND", "pubsub nope is not found", "DAPR_PUBSUB_NOT_FOUND");
        await Dapr.PostAsync("/v1.0/publish/pubsub", SidecarUnderTest.Json("1")).IsErrorAsync(404, "ERR_TOPIC_NAME_EMPTY", "topic is empty in pubsub pubsub", "DAPR_PUBSUB_TOPIC_NAME_EMPTY");
        await Dapr.PostAsync("/v1.0/publish", SidecarUnderTest.Json("1")).IsErrorAsync(404, "ERR_PUBSUB_EMPTY", "pubsub name is empty", "DAPR_PUBSUB_NAME_EMPTY");
        await PublishAsync("t", SidecarUnderTest.Json("1"), "metadata.rawPayload=maybe").IsErrorAsync(400, "ERR_PUBSUB_REQUEST_METADATA", "failed deserializing metadata. Error: rawPayload value must be a valid boolean: actual is 'maybe'", "DAPR_PUBSUB_METADATA_DESERIALIZATION");
    }

    [Fact]
    public async Task A_topic_may_contain_slashes()
    {
        await StartAsync("""[{"pubsubname":"pubsub","topic":"a/b","route":"/in"}]""");
        await PublishAsync("a/b", SidecarUnderTest.Json("1")).HasStatusAsync(204);
        await OneAsync("/in");
    }

    [Fact]
    public async Task Declared_subscriptions_of_both_versions_and_their_scopes_hold()
    {
        Sidecar.Directory.Write("resources/subs.yaml", """
            apiVersion: dapr.io/v1alpha1
            kind: Subscription
            metadata: {name: one}
            spec: {pubsubname: pubsub, topic: v1, route: /v1}
            scopes: [subscriber]
            ---
            apiVersion: dapr.io/v2alpha1
            kind: Subscription
            metadata: {name: two}
            spec:
              pubsubname: pubsub
              topic: v2
              routes:
                rules:
                  - {match: 'event.type == "x"', path: /x}
                default: /v2
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Subscription
            metadata: {name: three}
            spec: {pubsubname: pubsub, topic: v1, route: /wrong}
            scopes: [somebody-else]
            """);
        await StartAsync("[]");
        await PublishAsync("v1", SidecarUnderTest.Json("1")).HasStatusAsync(204);
        await PublishAsync("v2", SidecarUnderTest.Json("1")).HasStatusAsync(204);
        await PublishAsync("v2", SidecarUnderTest.Json("1"), "metadata.cloudevent.type=x").HasStatusAsync(204);
        await OneAsync("/v1");
        await OneAsync("/v2");
        await OneAsync("/x");
        Assert.Empty(App.To("/wrong"));
    }

    [Fact]
    public async Task Every_subscriber_gets_every_event()
    {
        await StartAsync("""[{"pubsubname":"pubsub","topic":"t","route":"/in"}]""");
        await Sidecar.StartAsync("second", """[{"pubsubname":"pubsub","topic":"t","route":"/in"}]""");
        await PublishAsync("t", SidecarUnderTest.Json("1")).HasStatusAsync(204);
        await OneAsync("/in");
        await Eventually.AssertAsync(() => Assert.Single(Sidecar.App("second").To("/in")));
    }

    [Fact]
    public async Task A_thousand_events_all_arrive()
    {
        await StartAsync("""[{"pubsubname":"pubsub","topic":"t","route":"/in"}]""");
        await Parallel.ForEachAsync(Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, _) => await PublishAsync("t", SidecarUnderTest.Json(i.ToString())).HasStatusAsync(204));
        await Eventually.AssertAsync(() => Assert.Equal(1000, App.To("/in").Select(r => JsonDocument.Parse(r.Body).RootElement.GetProperty("data").GetInt32()).Distinct().Count()));
    }

    [Fact]
    public async Task In_bulk_many_events_come_at_once_and_only_those_that_failed_come_again()
    {
        await StartAsync("""[{"pubsubname":"pubsub","topic":"t","route":"/in","deadLetterTopic":"dead","bulkSubscribe":{"enabled":true,"maxMessagesCount":4,"maxAwaitDurationMs":200}},{"pubsubname":"pubsub","topic":"dead","route":"/dead"}]""");
        App.Answer = async (context, request) =>
        {
            if (request.Path != "/in")
                return;
            var statuses = Entries(request).Select(e => new { entryId = Text(e, "entryId"), status = Text(e.GetProperty("event"), "id") switch { "bad" => "RETRY", "unwanted" => "DROP", _ => "SUCCESS" } });
            await context.Response.WriteAsync(JsonSerializer.Serialize(new { statuses }));
        };
        await Task.WhenAll(new[] { "a", "b", "c", "d", "bad", "unwanted" }.Select(id => PublishAsync("t", SidecarUnderTest.Json("""{"n":1}"""), $"metadata.cloudevent.id={id}").HasStatusAsync(204)));
        await Eventually.AssertAsync(() => Assert.Equal(["bad", "unwanted"], App.To("/dead").Select(r => Text(JsonDocument.Parse(r.Body).RootElement, "id")).Order()));
        await Eventually.AssertAsync(() => Assert.Equal(["a", "b", "bad", "c", "d", "unwanted"], App.To("/in").SelectMany(Entries).Select(e => Text(e.GetProperty("event"), "id")).Order()));
        Assert.Contains(App.To("/in"), r => Entries(r).Count > 1);
        Assert.All(App.To("/in"), r => Assert.InRange(Entries(r).Count, 1, 4));
        var request = App.To("/in")[0];
        var body = JsonDocument.Parse(request.Body).RootElement;
        Assert.Equal(("application/json", "com.dapr.event.sent.bulk", "t", "pubsub"), (request.Headers["Content-Type"], Text(body, "type"), Text(body, "topic"), Text(body, "pubsubname")));
        var entry = Entries(request)[0];
        Assert.Equal(("application/cloudevents+json", 1), (Text(entry, "contentType"), entry.GetProperty("event").GetProperty("data").GetProperty("n").GetInt32()));
    }

    [Fact]
    public async Task In_bulk_what_the_app_is_silent_about_is_delivered_again()
    {
        await StartAsync("""[{"pubsubname":"pubsub","topic":"t","route":"/in","metadata":{"rawPayload":"true"},"bulkSubscribe":{"enabled":true,"maxAwaitDurationMs":10}}]""");
        var isFirst = 1;
        App.Answer = async (context, request) =>
        {
            if (Interlocked.Exchange(ref isFirst, 0) == 0)
                await context.Response.WriteAsync(JsonSerializer.Serialize(new { statuses = Entries(request).Select(e => new { entryId = Text(e, "entryId"), status = "SUCCESS" }) }));
        };
        await PublishAsync("t", SidecarUnderTest.Json("raw!", "text/plain"), "metadata.rawPayload=true").HasStatusAsync(204);
        await Eventually.AssertAsync(() => Assert.Equal(2, App.To("/in").Count));
        var entry = Entries(App.To("/in")[1])[0];
        Assert.Equal(("raw!", "application/octet-stream"), (Encoding.UTF8.GetString(entry.GetProperty("event").GetBytesFromBase64()), Text(entry, "contentType")));
    }

    [Fact]
    public async Task Over_a_stream_an_app_without_a_port_gets_events_and_says_what_became_of_them()
    {
        await Sidecar.StartAsync("streamer", withApp: false);
        await Sidecar.StartAsync("publisher");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        await using (var stream = await OpenAsync("t", patience.Token))
        {
            await PublishAsync("t", SidecarUnderTest.Json("""{"n":1}"""), "metadata.cloudevent.id=e1", ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")).HasStatusAsync(204);
            var e = (await stream.ReadAsync(patience.Token))!.EventMessage;
            Assert.Equal(("e1", "t", "pubsub", "publisher", "application/json", """{"n":1}"""), (e.Id, e.Topic, e.PubsubName, e.Source, e.DataContentType, e.Data.ToStringUtf8()));
            Assert.Equal("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", e.Extensions.Fields["traceparent"].StringValue);
            // Not taken, it comes again.
            await stream.WriteAsync(Processed("e1", TopicEventResponse.Types.TopicEventResponseStatus.Retry));
            Assert.Equal("e1", (await stream.ReadAsync(patience.Token))!.EventMessage.Id);
            await stream.WriteAsync(Processed("e1", TopicEventResponse.Types.TopicEventResponseStatus.Success));
            await PublishAsync("t", SidecarUnderTest.Json("plain", "text/plain"), "metadata.cloudevent.id=e2").HasStatusAsync(204);
            e = (await stream.ReadAsync(patience.Token))!.EventMessage;
            Assert.Equal(("e2", "plain"), (e.Id, e.Data.ToStringUtf8()));
            var twice = await Assert.ThrowsAsync<RpcException>(() => OpenAsync("t", patience.Token));
            Assert.Equal(StatusCode.AlreadyExists, twice.StatusCode);
            var subscriptions = (await Sidecar.Dapr("streamer").GetAsync("/v1.0/metadata").JsonAsync()).GetProperty("subscriptions");
            Assert.Equal("STREAMING", Text(subscriptions.EnumerateArray().Single(), "type"));
        }
        // The stream is gone: the app has no subscription any more.
        await Eventually.AssertAsync(async () => Assert.False((await Sidecar.Dapr("streamer").GetAsync("/v1.0/metadata").JsonAsync()).TryGetProperty("subscriptions", out var left) && left.GetArrayLength() > 0));

        static SubscribeTopicEventsRequestAlpha1 Processed(string id, TopicEventResponse.Types.TopicEventResponseStatus status) => new() { EventProcessed = new() { Id = id, Status = new() { Status = status } } };
    }

    [Theory]
    [InlineData("", "t", "pubsubName is required")]
    [InlineData("pubsub", "", "topic is required")]
    [InlineData("nope", "t", "cannot subscribe to t of nope: there is no such pub/sub component for this app")]
    public async Task A_stream_that_asks_for_nothing_is_refused(string pubsub, string topic, string message)
    {
        await Sidecar.StartAsync("streamer", withApp: false);
        await using var stream = await Sidecar.Grpc("streamer").DuplexStreamingAsync<SubscribeTopicEventsRequestAlpha1, SubscribeTopicEventsResponseAlpha1>(StreamMethod);
        await stream.WriteAsync(new() { InitialRequest = new() { PubsubName = pubsub, Topic = topic } });
        var error = await Assert.ThrowsAsync<RpcException>(() => stream.ReadAsync());
        Assert.Equal((StatusCode.InvalidArgument, message), (error.StatusCode, error.Status.Detail));
    }

    private const string StreamMethod = "/dapr.proto.runtime.v1.Dapr/SubscribeTopicEventsAlpha1";

    private async Task<GrpcStream<SubscribeTopicEventsRequestAlpha1, SubscribeTopicEventsResponseAlpha1>> OpenAsync(string topic, CancellationToken cancellationToken)
    {
        var stream = await Sidecar.Grpc("streamer").DuplexStreamingAsync<SubscribeTopicEventsRequestAlpha1, SubscribeTopicEventsResponseAlpha1>(StreamMethod, cancellationToken);
        await stream.WriteAsync(new() { InitialRequest = new() { PubsubName = "pubsub", Topic = topic } }, cancellationToken);
        Assert.NotNull((await stream.ReadAsync(cancellationToken))!.InitialResponse);
        return stream;
    }

    private static IReadOnlyList<JsonElement> Entries(ReceivedRequest request) => [.. JsonDocument.Parse(request.Body).RootElement.GetProperty("entries").EnumerateArray()];

    protected async Task StartAsync(string subscriptions)
    {
        await Sidecar.StartAsync("subscriber", subscriptions);
        await Sidecar.StartAsync("publisher");
    }

    protected Task<HttpResponseMessage> PublishAsync(string topic, HttpContent content, string query = "", params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/v1.0/publish/pubsub/{topic}?{query}") { Content = content };
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        return Dapr.SendAsync(request);
    }

    protected async Task<ReceivedRequest> OneAsync(string path)
    {
        await Eventually.AssertAsync(() => Assert.NotEmpty(App.To(path)));
        return App.To(path).First();
    }

    private Task<HttpResponseMessage> BulkAsync(string body) => Dapr.PostAsync("/v1.0/publish/bulk/pubsub/t", SidecarUnderTest.Json(body));

    private void AnswerWith(string path, int status, string body) => App.Answer = async (context, request) =>
    {
        if (request.Path != path)
            return;
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(body);
    };

    private static string Text(JsonElement e, string name) => e.GetProperty(name).GetString()!;
}

[Trait("sidecar", "embedded")] // daprd keeps such a broker for one app only
public sealed class InMemoryPubSubTests : PubSubSuite
{
    protected override (string Type, string Metadata) Component => ("pubsub.in-memory", "");
}

[Trait("sidecar", "embedded")] // daprd has no such component
public sealed class SqlitePubSubTests : DurablePubSubSuite
{
    protected override (string Type, string Metadata) Component => ("pubsub.sqlite", "    - {name: connectionString, value: pubsub.db}\n    - {name: redeliverInterval, value: 20ms}\n");

    [Fact]
    public Task The_first_subscriber_of_a_topic_gets_what_came_before_it() => FirstSubscriberGetsWhatCameBeforeAsync();
}
