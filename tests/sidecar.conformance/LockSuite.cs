using Grpc.Core;
using Dapr.Proto.Runtime.V1;
using Status = Dapr.Proto.Runtime.V1.UnlockResponse.Types.Status;

namespace Deepiri.Sidecar.Conformance;

/// <summary>The distributed lock API over both protocols, for each component that subclasses it.</summary>
public abstract class LockSuite : IAsyncLifetime
{
    protected SidecarUnderTest Sidecar { get; } = new();

    /// <summary>The component's type and metadata lines.</summary>
    protected abstract (string Type, string Metadata) Component { get; }

    public virtual Task InitializeAsync()
    {
        Sidecar.Resources(Yaml("locks", "") + Yaml("shared", "    - {name: keyPrefix, value: none}\n"));
        return Sidecar.StartAsync();
    }

    public async Task DisposeAsync() => await Sidecar.DisposeAsync();

    [Fact]
    public async Task A_lock_is_one_owners_until_it_is_given_back()
    {
        Assert.True(await LockAsync("r", "ada"));
        Assert.False(await LockAsync("r", "bob"));
        Assert.False(await LockAsync("r", "ada"));
        Assert.True(await LockAsync("other", "bob"));
        Assert.Equal(2, await UnlockAsync("r", "bob"));
        Assert.Equal(0, await UnlockAsync("r", "ada"));
        Assert.Equal(1, await UnlockAsync("r", "ada"));
        Assert.True(await LockAsync("r", "bob"));
    }

    [Fact]
    public async Task A_lock_that_is_not_given_back_expires()
    {
        Assert.True(await LockAsync("r", "ada", seconds: 1));
        Assert.False(await LockAsync("r", "bob"));
        await Eventually.AssertAsync(async () => Assert.True(await LockAsync("r", "bob")));
        Assert.Equal(2, await UnlockAsync("r", "ada"));
    }

    [Fact]
    public async Task Of_many_at_once_one_gets_it()
    {
        var got = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => LockAsync("race", $"owner{i}")));
        Assert.Single(got, true);
    }

    [Fact]
    public async Task Apps_share_a_lock_only_where_the_key_prefix_says_so()
    {
        await Sidecar.StartAsync("other");
        Assert.True(await LockAsync("r", "ada"));
        Assert.True(await LockAsync("r", "bob", app: "other"));
        Assert.True(await LockAsync("r", "ada", store: "shared"));
        Assert.False(await LockAsync("r", "bob", app: "other", store: "shared"));
    }

    [Theory]
    [InlineData("""{"lockOwner":"o","expiryInSeconds":1}""", "ResourceId is empty in lock store locks")]
    [InlineData("""{"resourceId":"r","expiryInSeconds":1}""", "LockOwner is empty in lock store locks")]
    [InlineData("""{"resourceId":"r","lockOwner":"o"}""", "ExpiryInSeconds is not positive in lock store locks")]
    [InlineData("""{"resourceId":"r","lockOwner":"o","expiryInSeconds":-1}""", "ExpiryInSeconds is not positive in lock store locks")]
    public Task A_malformed_request_is_400(string body, string message) =>
        Sidecar.Dapr().PostAsync("/v1.0-alpha1/lock/locks", SidecarUnderTest.Json(body)).IsErrorAsync(400, "ERR_MALFORMED_REQUEST", message);

    [Fact]
    public async Task An_unknown_store_is_an_error()
    {
        await Sidecar.Dapr().PostAsync("/v1.0-alpha1/lock/nope", SidecarUnderTest.Json("""{"resourceId":"r","lockOwner":"o","expiryInSeconds":1}""")).IsErrorAsync(400, "ERR_LOCK_STORE_NOT_FOUND", "lock store nope not found");
        var error = await Assert.ThrowsAsync<RpcException>(() => Sidecar.Grpc().UnaryAsync<UnlockResponse>(Method("UnlockAlpha1"), new UnlockRequest { StoreName = "nope", ResourceId = "r", LockOwner = "o" }));
        Assert.Equal((StatusCode.InvalidArgument, "lock store nope not found"), (error.StatusCode, error.Status.Detail));
    }

    [Fact]
    public async Task Both_protocols_take_the_same_lock()
    {
        Assert.True((await Sidecar.Grpc().UnaryAsync<TryLockResponse>(Method("TryLockAlpha1"), new TryLockRequest { StoreName = "locks", ResourceId = "r", LockOwner = "ada", ExpiryInSeconds = 60 })).Success);
        Assert.False(await LockAsync("r", "bob"));
        Assert.Equal(Status.LockBelongsToOthers, (await GrpcUnlockAsync("bob")).Status);
        Assert.Equal(Status.Success, (await GrpcUnlockAsync("ada")).Status);
        Assert.Equal(Status.LockDoesNotExist, (await GrpcUnlockAsync("ada")).Status);

        Task<UnlockResponse> GrpcUnlockAsync(string owner) => Sidecar.Grpc().UnaryAsync<UnlockResponse>(Method("UnlockAlpha1"), new UnlockRequest { StoreName = "locks", ResourceId = "r", LockOwner = owner });
    }

    private static string Method(string name) => "/dapr.proto.runtime.v1.Dapr/" + name;

    private async Task<bool> LockAsync(string resource, string owner, int seconds = 60, string app = "app", string store = "locks") =>
        (await Sidecar.Dapr(app).PostAsync($"/v1.0-alpha1/lock/{store}", SidecarUnderTest.Json($$"""{"resourceId":"{{resource}}","lockOwner":"{{owner}}","expiryInSeconds":{{seconds}}}""")).JsonAsync()).GetProperty("success").GetBoolean();

    private async Task<int> UnlockAsync(string resource, string owner) =>
        (await Sidecar.Dapr().PostAsync("/v1.0-alpha1/unlock/locks", SidecarUnderTest.Json($$"""{"resourceId":"{{resource}}","lockOwner":"{{owner}}"}""")).JsonAsync()).GetProperty("status").GetInt32();

    private string Yaml(string name, string metadata) =>
        $"---\napiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\nspec:\n  type: {Component.Type}\n  version: v1\n  metadata:\n{Component.Metadata}{metadata}";
}
