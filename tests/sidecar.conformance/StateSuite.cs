using System.Globalization;
using System.Net;
using System.Text.Json;
using Grpc.Core;
using Dapr.Proto.Common.V1;
using Dapr.Proto.Runtime.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Item = Dapr.Proto.Common.V1.StateItem;

namespace Deepiri.Sidecar.Conformance;

/// <summary>The state API (B3), for each component that subclasses it.</summary>
public abstract class StateSuite : IAsyncLifetime
{
    private ManualTimeProvider? _clock;

    protected SidecarUnderTest Sidecar { get; private set; } = null!;

    private HttpClient Dapr => Sidecar.Dapr();

    /// <summary>The component's type and metadata lines.</summary>
    protected abstract (string Type, string Metadata) Component { get; }

    /// <summary>The component's version.</summary>
    protected virtual string Version => "v1";

    /// <summary>True for a store in a server of its own, whose clock no test moves.</summary>
    protected virtual bool HasOwnClock => false;

    public virtual Task InitializeAsync()
    {
        _clock = HasOwnClock ? null : new ManualTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Sidecar = new() { Clock = _clock };
        Sidecar.Resources(Yaml("store", "") + Yaml("byname", "    - {name: keyPrefix, value: name}\n") + Yaml("literal", "    - {name: keyPrefix, value: shared}\n") + Yaml("plain", "    - {name: keyPrefix, value: none}\n"));
        return Sidecar.StartAsync();
    }

    public async Task DisposeAsync() => await Sidecar.DisposeAsync();

    [Fact]
    public async Task A_saved_value_comes_back_as_it_was_with_an_etag()
    {
        await SaveAsync("""[{"key":"a","value":{"x":1.50,"s":"ü\u0000"}},{"key":"b","value":"text"},{"key":"c","value":null},{"key":"d","value":[1,2]}]""").HasStatusAsync(204);
        using var answer = await Dapr.GetAsync("/v1.0/state/store/a");
        Assert.Equal("""{"x":1.50,"s":"ü\u0000"}""", await answer.Content.ReadAsStringAsync());
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        Assert.NotEmpty(answer.Headers.GetValues("ETag").Single());
        Assert.Equal("\"text\"", await Dapr.GetAsync("/v1.0/state/store/b").TextAsync());
        Assert.Equal("null", await Dapr.GetAsync("/v1.0/state/store/c").TextAsync());
        Assert.Equal("[1,2]", await Dapr.GetAsync("/v1.0/state/store/d?consistency=strong").TextAsync());
    }

    [Fact]
    public async Task A_missing_key_is_204()
    {
        using var answer = await Dapr.GetAsync("/v1.0/state/store/none");
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public Task Saving_nothing_is_204() => SaveAsync("[]").HasStatusAsync(204);

    [Fact]
    public async Task Put_saves_too()
    {
        await Dapr.PutAsync("/v1.0/state/store", SidecarUnderTest.Json("""[{"key":"p","value":1}]""")).HasStatusAsync(204);
        Assert.Equal("1", await Dapr.GetAsync("/v1.0/state/store/p").TextAsync());
    }

    [Fact]
    public async Task An_unknown_store_is_400_with_details()
    {
        await Dapr.GetAsync("/v1.0/state/nope/a").IsErrorAsync(400, "ERR_STATE_STORE_NOT_FOUND", "state store nope is not found", "DAPR_STATE_NOT_FOUND");
        await Dapr.PostAsync("/v1.0/state/nope", SidecarUnderTest.Json("[]")).IsErrorAsync(400, "ERR_STATE_STORE_NOT_FOUND", "state store nope is not found", "DAPR_STATE_NOT_FOUND");
        await Dapr.PostAsync("/v1.0/state/nope/bulk", SidecarUnderTest.Json("{}")).IsErrorAsync(400, "ERR_STATE_STORE_NOT_FOUND", "state store nope is not found", "DAPR_STATE_NOT_FOUND");
        await Dapr.PostAsync("/v1.0/state/nope/transaction", SidecarUnderTest.Json("{}")).IsErrorAsync(400, "ERR_STATE_STORE_NOT_FOUND", "state store nope is not found", "DAPR_STATE_NOT_FOUND");
        await Dapr.DeleteAsync("/v1.0/state/nope/a").IsErrorAsync(400, "ERR_STATE_STORE_NOT_FOUND", "state store nope is not found", "DAPR_STATE_NOT_FOUND");
    }

    [Theory]
    [InlineData("""[{"value":1}]""", "\"key\" is a required field")]
    [InlineData("""[{"key":"","value":1}]""", "\"key\" is a required field")]
    [InlineData("""[1]""", "each item must be a JSON object")]
    [InlineData("""{}""", "the body must be a JSON array of items")]
    [InlineData("""[{"key":"k","value":1,"options":{"concurrency":"maybe"}}]""", "unrecognized concurrency mode maybe")]
    public async Task A_malformed_save_is_400_and_saves_nothing(string body, string message)
    {
        await SaveAsync(body).IsErrorAsync(400, "ERR_MALFORMED_REQUEST", message);
        await Dapr.GetAsync("/v1.0/state/store/k").HasStatusAsync(204);
    }

    [Fact]
    public Task A_body_that_is_not_json_is_400() => SaveAsync("[{").HasStatusAsync(400);

    [Fact]
    public async Task A_key_with_a_double_bar_is_400()
    {
        const string Message = "input key/keyPrefix 'a||b' can't contain '||'";
        await SaveAsync("""[{"key":"a||b","value":1}]""").IsErrorAsync(400, "ERR_MALFORMED_REQUEST", Message, "DAPR_STATE_ILLEGAL_KEY");
        await Dapr.GetAsync("/v1.0/state/store/a%7C%7Cb").IsErrorAsync(400, "ERR_MALFORMED_REQUEST", Message, "DAPR_STATE_ILLEGAL_KEY");
    }

    [Fact]
    public async Task An_escaped_slash_is_part_of_the_key()
    {
        await SaveAsync("""[{"key":"a/b c","value":7}]""").HasStatusAsync(204);
        Assert.Equal("7", await Dapr.GetAsync("/v1.0/state/store/a%2Fb%20c").TextAsync());
    }

    [Fact]
    public async Task An_etag_is_a_compare_and_set()
    {
        var first = await SaveAndGetETagAsync("e", "1");
        await SaveAsync($$"""[{"key":"e","value":2,"etag":"{{first}}"}]""").HasStatusAsync(204);
        using (var stale = await SaveAsync($$"""[{"key":"e","value":3,"etag":"{{first}}"}]"""))
        {
            Assert.Equal(HttpStatusCode.Conflict, stale.StatusCode);
            var body = JsonDocument.Parse(await stale.Content.ReadAsStringAsync()).RootElement;
            Assert.Equal("ERR_STATE_SAVE", body.GetProperty("errorCode").GetString());
            Assert.StartsWith("failed saving state in state store store: possible etag mismatch. error from state store: ", body.GetProperty("message").GetString());
        }
        Assert.Equal("2", await Dapr.GetAsync("/v1.0/state/store/e").TextAsync());
    }

    [Fact]
    public virtual async Task An_etag_for_a_missing_key_is_a_mismatch()
    {
        await SaveAsync("""[{"key":"ghost","value":1,"etag":"5"}]""").HasStatusAsync(409);
        await Dapr.GetAsync("/v1.0/state/store/ghost").HasStatusAsync(204);
    }

    [Fact]
    public async Task First_write_without_an_etag_only_inserts()
    {
        const string Body = """[{"key":"f","value":1,"options":{"concurrency":"first-write"}}]""";
        await SaveAsync(Body).HasStatusAsync(204);
        await SaveAsync(Body).HasStatusAsync(409);
    }

    [Fact]
    public async Task Of_many_first_writers_at_once_one_wins()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => SaveAsync("""[{"key":"race","value":VALUE,"options":{"concurrency":"first-write"}}]""".Replace("VALUE", i.ToString()))));
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.NoContent);
        Assert.Equal(49, answers.Count(a => a.StatusCode == HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task Whoever_is_told_of_a_mismatch_then_reads_what_caused_it()
    {
        // Story: a loser of a shared commit was told before that commit was visible, read the old ETag again and took the failure for an outage.
        var etag = await SaveAndGetETagAsync("shared", "0");
        for (var round = 0; round < 20; round++)
        {
            var seen = await Task.WhenAll(Enumerable.Range(0, 16).Select(async i =>
            {
                using var answer = await SaveAsync("""[{"key":"shared","value":1,"etag":"ETAG"}]""".Replace("ETAG", etag));
                using var read = await Dapr.GetAsync("/v1.0/state/store/shared");
                return read.Headers.GetValues("ETag").Single();
            }));
            Assert.DoesNotContain(etag, seen);
            etag = seen[0];
        }
    }

    [Fact]
    public async Task Delete_removes_and_a_second_delete_is_fine()
    {
        await SaveAsync("""[{"key":"del","value":1}]""").HasStatusAsync(204);
        await Dapr.DeleteAsync("/v1.0/state/store/del").HasStatusAsync(204);
        await Dapr.GetAsync("/v1.0/state/store/del").HasStatusAsync(204);
        await Dapr.DeleteAsync("/v1.0/state/store/del").HasStatusAsync(204);
    }

    [Fact]
    public async Task Delete_with_a_stale_etag_is_409()
    {
        var etag = await SaveAndGetETagAsync("d", "1");
        await SaveAsync("""[{"key":"d","value":2}]""").HasStatusAsync(204);
        using var request = new HttpRequestMessage(HttpMethod.Delete, "/v1.0/state/store/d");
        request.Headers.TryAddWithoutValidation("If-Match", etag);
        using var answer = await Dapr.SendAsync(request);
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("ERR_STATE_DELETE", await answer.Content.ReadAsStringAsync());
        Assert.Equal("2", await Dapr.GetAsync("/v1.0/state/store/d").TextAsync());
    }

    [Fact]
    public virtual async Task A_ttl_ends_an_item_and_is_shown_until_then()
    {
        await SaveAsync("""[{"key":"t","value":1,"metadata":{"ttlInSeconds":"2"}},{"key":"forever","value":1,"metadata":{"ttlInSeconds":"-1"}}]""").HasStatusAsync(204);
        using (var answer = await Dapr.GetAsync("/v1.0/state/store/t"))
            AssertExpiresInTwoSeconds(answer.Headers.GetValues("metadata.ttlExpireTime").Single());
        await ThreeSecondsAsync();
        await Dapr.GetAsync("/v1.0/state/store/t").HasStatusAsync(204);
        await Dapr.GetAsync("/v1.0/state/store/forever").HasStatusAsync(200);
        // What has expired does not exist: it can be inserted again.
        await SaveAsync("""[{"key":"t","value":2,"options":{"concurrency":"first-write"}}]""").HasStatusAsync(204);
    }

    [Theory]
    [InlineData("-2")]
    [InlineData("soon")]
    public Task A_bad_ttl_is_an_error(string ttl) => SaveAsync("""[{"key":"t","value":1,"metadata":{"ttlInSeconds":"TTL"}}]""".Replace("TTL", ttl)).HasStatusAsync(500);

    [Fact]
    public async Task Bulk_get_answers_in_order_and_leaves_out_what_is_missing()
    {
        await SaveAsync("""[{"key":"x","value":1},{"key":"z","value":{"a":2}}]""").HasStatusAsync(204);
        var items = await Dapr.PostAsync("/v1.0/state/store/bulk", SidecarUnderTest.Json("""{"keys":["x","y","z"],"parallelism":10}""")).JsonAsync();
        Assert.Equal(["x", "y", "z"], items.EnumerateArray().Select(i => i.GetProperty("key").GetString()!));
        Assert.Equal(1, items[0].GetProperty("data").GetInt32());
        Assert.NotEmpty(items[0].GetProperty("etag").GetString()!);
        Assert.False(items[1].TryGetProperty("data", out _));
        Assert.Equal(2, items[2].GetProperty("data").GetProperty("a").GetInt32());
    }

    [Fact]
    public virtual async Task A_transaction_does_all_or_nothing()
    {
        await SaveAsync("""[{"key":"a","value":1},{"key":"gone","value":1}]""").HasStatusAsync(204);
        await TransactAsync("""{"operations":[{"operation":"upsert","request":{"key":"a","value":2}},{"operation":"delete","request":{"key":"gone"}},{"operation":"upsert","request":{"key":"new","value":3}}]}""").HasStatusAsync(204);
        Assert.Equal("2", await Dapr.GetAsync("/v1.0/state/store/a").TextAsync());
        await Dapr.GetAsync("/v1.0/state/store/gone").HasStatusAsync(204);

        using var failed = await TransactAsync("""{"operations":[{"operation":"upsert","request":{"key":"a","value":9}},{"operation":"upsert","request":{"key":"new","value":9,"etag":"404"}}]}""");
        Assert.Equal(HttpStatusCode.InternalServerError, failed.StatusCode);
        Assert.Contains("\"ERR_STATE_TRANSACTION\"", await failed.Content.ReadAsStringAsync());
        Assert.Equal("2", await Dapr.GetAsync("/v1.0/state/store/a").TextAsync());
    }

    [Fact]
    public async Task An_unknown_operation_is_400()
    {
        await TransactAsync("""{"operations":[{"operation":"increment","request":{"key":"a"}}]}""").IsErrorAsync(400, "ERR_NOT_SUPPORTED_STATE_OPERATION", "operation type increment not supported");
        await TransactAsync("[]").IsErrorAsync(400, "ERR_MALFORMED_REQUEST", "failed deserializing HTTP body: the body must be a JSON object with 'operations'");
    }

    [Fact]
    public async Task Key_prefixes_decide_who_shares_what()
    {
        await Sidecar.StartAsync("other");
        foreach (var store in new[] { "store", "byname", "literal", "plain" })
            await Dapr.PostAsync($"/v1.0/state/{store}", SidecarUnderTest.Json($$"""[{"key":"k","value":"{{store}}" }]""")).HasStatusAsync(204);
        await Sidecar.Dapr("other").GetAsync("/v1.0/state/store/k").HasStatusAsync(204);
        if (!IsShared)
            return;
        Assert.Equal("\"byname\"", await Sidecar.Dapr("other").GetAsync("/v1.0/state/byname/k").TextAsync());
        Assert.Equal("\"literal\"", await Sidecar.Dapr("other").GetAsync("/v1.0/state/literal/k").TextAsync());
        Assert.Equal("\"plain\"", await Sidecar.Dapr("other").GetAsync("/v1.0/state/plain/k").TextAsync());
    }

    /// <summary>False for a store that each sidecar has for itself.</summary>
    protected abstract bool IsShared { get; }

    [Fact]
    public async Task Over_grpc_any_bytes_come_back_as_they_were_and_http_sees_the_same_item()
    {
        var bytes = ByteString.CopyFrom(0, 255, 1, 128);
        await GrpcSaveAsync(new Item { Key = "g", Value = bytes }, new Item { Key = "j", Value = ByteString.CopyFromUtf8("{\"a\":1}") });
        var answer = await GrpcGetAsync("g");
        Assert.Equal(bytes, answer.Data);
        Assert.NotEmpty(answer.Etag);
        Assert.Equal("{\"a\":1}", await Dapr.GetAsync("/v1.0/state/store/j").TextAsync());
        Assert.Equal("", (await GrpcGetAsync("missing")).Etag);
        var bulk = await Sidecar.Grpc().UnaryAsync<GetBulkStateResponse>(Method("GetBulkState"), new GetBulkStateRequest { StoreName = "store", Keys = { "j", "missing" } });
        Assert.Equal(["j", "missing"], bulk.Items.Select(i => i.Key));
        Assert.Equal("{\"a\":1}", bulk.Items[0].Data.ToStringUtf8());
        Assert.True(bulk.Items[1].Data.IsEmpty);
    }

    [Fact]
    public async Task A_query_is_refused_over_both_protocols()
    {
        const string Message = "state store store doesn't support querying";
        await Dapr.PostAsync("/v1.0-alpha1/state/store/query", SidecarUnderTest.Json("{}")).IsErrorAsync(500, "ERR_STATE_STORE_NOT_SUPPORTED", Message, "DAPR_STATE_QUERYING_NOT_SUPPORTED");
        var error = await Assert.ThrowsAsync<RpcException>(() => Sidecar.Grpc().UnaryAsync<Empty>(Method("QueryStateAlpha1"), new QueryStateRequest { StoreName = "store", Query = "{}" }));
        Assert.Equal(Message, error.Status.Detail);
    }

    [Fact]
    public async Task Over_grpc_a_stale_etag_is_Aborted_and_changes_nothing()
    {
        await GrpcSaveAsync(new Item { Key = "e", Value = ByteString.CopyFromUtf8("1") });
        var stale = new Etag { Value = (await GrpcGetAsync("e")).Etag };
        await GrpcSaveAsync(new Item { Key = "e", Value = ByteString.CopyFromUtf8("2"), Etag = stale });
        var error = await Assert.ThrowsAsync<RpcException>(() => GrpcSaveAsync(new Item { Key = "e", Value = ByteString.CopyFromUtf8("3"), Etag = stale }));
        Assert.Equal(StatusCode.Aborted, error.StatusCode);
        Assert.StartsWith("failed saving state in state store store: possible etag mismatch", error.Status.Detail);
        error = await Assert.ThrowsAsync<RpcException>(() => Sidecar.Grpc().UnaryAsync<Empty>(Method("DeleteState"), new DeleteStateRequest { StoreName = "store", Key = "e", Etag = stale }));
        Assert.Equal(StatusCode.Aborted, error.StatusCode);
        Assert.Equal("2", (await GrpcGetAsync("e")).Data.ToStringUtf8());
    }

    [Fact]
    public virtual async Task Over_grpc_a_transaction_is_all_or_nothing()
    {
        await GrpcSaveAsync(new Item { Key = "t1", Value = ByteString.CopyFromUtf8("1") });
        var upsert = new TransactionalStateOperation { OperationType = "upsert", Request = new Item { Key = "t2", Value = ByteString.CopyFromUtf8("2") } };
        var delete = new TransactionalStateOperation { OperationType = "delete", Request = new Item { Key = "t1", Etag = new Etag { Value = "99999" } } };
        await Assert.ThrowsAsync<RpcException>(() => TransactAsync(upsert, delete));
        Assert.True((await GrpcGetAsync("t2")).Data.IsEmpty);
        delete.Request.Etag = null;
        await TransactAsync(upsert, delete);
        Assert.Equal("2", (await GrpcGetAsync("t2")).Data.ToStringUtf8());
        Assert.True((await GrpcGetAsync("t1")).Data.IsEmpty);
        var error = await Assert.ThrowsAsync<RpcException>(() => TransactAsync(new TransactionalStateOperation { OperationType = "swap", Request = new Item { Key = "t1" } }));
        Assert.Equal((StatusCode.InvalidArgument, "operation type swap not supported"), (error.StatusCode, error.Status.Detail));

        Task TransactAsync(params TransactionalStateOperation[] operations) =>
            Sidecar.Grpc().UnaryAsync<Empty>(Method("ExecuteStateTransaction"), new ExecuteStateTransactionRequest { StoreName = "store", Operations = { operations } });
    }

    [Fact]
    public async Task Over_grpc_an_unknown_store_and_a_bad_key_are_InvalidArgument()
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => Sidecar.Grpc().UnaryAsync<GetStateResponse>(Method("GetState"), new GetStateRequest { StoreName = "nope", Key = "a" }));
        Assert.Equal((StatusCode.InvalidArgument, "state store nope is not found"), (error.StatusCode, error.Status.Detail));
        error = await Assert.ThrowsAsync<RpcException>(() => GrpcGetAsync("a||b"));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        error = await Assert.ThrowsAsync<RpcException>(() => GrpcSaveAsync(new Item { Value = ByteString.CopyFromUtf8("1") }));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
    }

    [Fact]
    public virtual async Task Over_grpc_items_expire()
    {
        await GrpcSaveAsync(new Item { Key = "x", Value = ByteString.CopyFromUtf8("1"), Metadata = { ["ttlInSeconds"] = "2" } });
        AssertExpiresInTwoSeconds((await GrpcGetAsync("x")).Metadata["ttlExpireTime"]);
        await ThreeSecondsAsync();
        Assert.True((await GrpcGetAsync("x")).Data.IsEmpty);
    }

    private void AssertExpiresInTwoSeconds(string rfc3339)
    {
        if (_clock is not null)
            Assert.Equal("2026-01-01T00:00:02Z", rfc3339);
        else
            Assert.InRange(DateTimeOffset.Parse(rfc3339, CultureInfo.InvariantCulture) - TimeProvider.System.GetUtcNow(), TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(2));
    }

    private async Task ThreeSecondsAsync()
    {
        if (_clock is null)
            await Task.Delay(TimeSpan.FromSeconds(3));
        else
            _clock.Advance(TimeSpan.FromSeconds(3));
    }

    private static string Method(string name) => "/dapr.proto.runtime.v1.Dapr/" + name;

    private Task GrpcSaveAsync(params Item[] items) => Sidecar.Grpc().UnaryAsync<Empty>(Method("SaveState"), new SaveStateRequest { StoreName = "store", States = { items } });

    private Task<GetStateResponse> GrpcGetAsync(string key) => Sidecar.Grpc().UnaryAsync<GetStateResponse>(Method("GetState"), new GetStateRequest { StoreName = "store", Key = key });

    private Task<HttpResponseMessage> SaveAsync(string body) => Dapr.PostAsync("/v1.0/state/store", SidecarUnderTest.Json(body));

    private Task<HttpResponseMessage> TransactAsync(string body) => Dapr.PostAsync("/v1.0/state/store/transaction", SidecarUnderTest.Json(body));

    private async Task<string> SaveAndGetETagAsync(string key, string value)
    {
        await SaveAsync($$"""[{"key":"{{key}}","value":{{value}}}]""").HasStatusAsync(204);
        using var answer = await Dapr.GetAsync($"/v1.0/state/store/{key}");
        return answer.Headers.GetValues("ETag").Single();
    }

    private string Yaml(string name, string metadata) =>
        $"---\napiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\nspec:\n  type: {Component.Type}\n  version: {Version}\n  metadata:\n{Component.Metadata}{metadata}";
}

[Trait("sidecar", "embedded")] // moves the clock
public sealed class InMemoryStateTests : StateSuite
{
    protected override (string Type, string Metadata) Component => ("state.in-memory", "");

    protected override bool IsShared => false;
}

[Trait("sidecar", "embedded")] // moves the clock
public sealed class SqliteInMemoryStateTests : StateSuite
{
    protected override (string Type, string Metadata) Component => ("state.sqlite", "    - {name: connectionString, value: ':memory:'}\n");

    protected override bool IsShared => false;
}

[Trait("sidecar", "embedded")] // moves the clock
public sealed class SqliteStateTests : StateSuite
{
    protected override (string Type, string Metadata) Component => ("state.sqlite", "    - {name: connectionString, value: state.db}\n");

    protected override bool IsShared => true;

    [Fact]
    public async Task An_acknowledged_write_is_there_after_a_restart()
    {
        await Sidecar.Dapr().PostAsync("/v1.0/state/store", SidecarUnderTest.Json("""[{"key":"kept","value":1}]""")).HasStatusAsync(204);
        await Sidecar.RestartAsync();
        await Sidecar.StartAsync();
        Assert.Equal("1", await Sidecar.Dapr().GetAsync("/v1.0/state/store/kept").TextAsync());
    }
}
