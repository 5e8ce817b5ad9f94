using System.Text.Json;
using Grpc.Core;
using Dapr.Proto.Runtime.V1;

namespace Deepiri.Sidecar.Conformance;

/// <summary>The configuration API over both protocols, for each component that subclasses it.</summary>
public abstract class ConfigurationSuite : IAsyncLifetime
{
    protected SidecarUnderTest Sidecar { get; } = new();

    private HttpClient Dapr => Sidecar.Dapr();

    private TestApp App => Sidecar.App();

    /// <summary>The component's type and metadata lines.</summary>
    protected abstract (string Type, string Metadata) Component { get; }

    /// <summary>Writes an item as an operator of the store does.</summary>
    protected abstract Task SetAsync(string key, string value, string version);

    /// <summary>Takes the store down.</summary>
    protected abstract Task KillAsync();

    /// <summary>Brings the store up again.</summary>
    protected abstract Task ReviveAsync();

    public virtual Task InitializeAsync()
    {
        Sidecar.Resources($"apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata:\n  name: settings\nspec:\n  type: {Component.Type}\n  version: v1\n  metadata:\n{Component.Metadata}");
        return Sidecar.StartAsync();
    }

    public async Task DisposeAsync() => await Sidecar.DisposeAsync();

    [Fact]
    public async Task Items_are_read_by_key_with_value_and_version()
    {
        await SetAsync("color", "blue", "2");
        await SetAsync("size", "xl", "1");
        await SetAsync("other", "x", "1");
        var items = await Dapr.GetAsync("/v1.0/configuration/settings?key=color&key=size&key=missing").JsonAsync();
        Assert.Equal(["color", "size"], items.EnumerateObject().Select(p => p.Name).Order());
        Assert.Equal(("blue", "2"), (items.GetProperty("color").GetProperty("value").GetString(), items.GetProperty("color").GetProperty("version").GetString()));
        Assert.Equal(["color", "other", "size"], (await Dapr.GetAsync("/v1.0-alpha1/configuration/settings").JsonAsync()).EnumerateObject().Select(p => p.Name).Order());
    }

    [Fact]
    public async Task Over_grpc_it_is_the_same()
    {
        await SetAsync("color", "blue", "2");
        var answer = await Sidecar.Grpc().UnaryAsync<GetConfigurationResponse>(Method("GetConfiguration"), new GetConfigurationRequest { StoreName = "settings", Keys = { "color", "missing" } });
        Assert.Equal(("blue", "2"), (answer.Items["color"].Value, answer.Items["color"].Version));
        Assert.Single(answer.Items);
    }

    [Fact]
    public Task Nothing_found_is_204() => Dapr.GetAsync("/v1.0/configuration/settings?key=missing").HasStatusAsync(204);

    [Fact]
    public async Task An_unknown_store_is_400()
    {
        await Dapr.GetAsync("/v1.0/configuration/nope?key=a").IsErrorAsync(400, "ERR_CONFIGURATION_STORE_NOT_FOUND", "configuration store nope not found");
        await Dapr.GetAsync("/v1.0/configuration/nope/subscribe?key=a").IsErrorAsync(400, "ERR_CONFIGURATION_STORE_NOT_FOUND", "configuration store nope not found");
        var error = await Assert.ThrowsAsync<RpcException>(() => Sidecar.Grpc().UnaryAsync<GetConfigurationResponse>(Method("GetConfiguration"), new GetConfigurationRequest { StoreName = "nope" }));
        Assert.Equal((StatusCode.InvalidArgument, "configuration store nope not found"), (error.StatusCode, error.Status.Detail));
    }

    [Fact]
    public async Task A_subscriber_is_told_of_changes_to_its_keys_until_it_unsubscribes()
    {
        var id = (await Dapr.GetAsync("/v1.0/configuration/settings/subscribe?key=color").JsonAsync()).GetProperty("id").GetString()!;
        await SetAsync("size", "xl", "1");
        await SetAsync("color", "blue", "1");
        await Eventually.AssertAsync(() => Assert.Contains(App.To("/configuration/settings/color"), r => r.Body.Contains("blue")));
        var told = JsonDocument.Parse(App.To("/configuration/settings/color").Last().Body).RootElement;
        Assert.Equal(id, told.GetProperty("id").GetString());
        Assert.Equal("blue", told.GetProperty("items").GetProperty("color").GetProperty("value").GetString());
        Assert.Equal("1", told.GetProperty("items").GetProperty("color").GetProperty("version").GetString());
        Assert.Empty(App.To("/configuration/settings/size"));

        Assert.True((await Dapr.GetAsync($"/v1.0/configuration/settings/{id}/unsubscribe").JsonAsync()).GetProperty("ok").GetBoolean());
        await Dapr.GetAsync($"/v1.0/configuration/settings/{id}/unsubscribe").HasStatusAsync(500);
        var before = App.To("/configuration/settings/color").Count;
        // Another subscription shows when the change after the unsubscribe has come through.
        await Dapr.GetAsync("/v1.0/configuration/settings/subscribe?key=end").HasStatusAsync(200);
        await SetAsync("color", "red", "2");
        await SetAsync("end", "1", "1");
        await Eventually.AssertAsync(() => Assert.NotEmpty(App.To("/configuration/settings/end")));
        Assert.Equal(before, App.To("/configuration/settings/color").Count);
    }

    [Fact]
    public async Task An_app_may_unsubscribe_while_it_is_told_of_a_change()
    {
        var id = (await Dapr.GetAsync("/v1.0/configuration/settings/subscribe?key=color").JsonAsync()).GetProperty("id").GetString()!;
        var unsubscribed = new TaskCompletionSource<string>();
        App.Answer = async (_, _) => unsubscribed.TrySetResult(await Dapr.GetAsync($"/v1.0/configuration/settings/{id}/unsubscribe").TextAsync());
        await SetAsync("color", "blue", "1");
        Assert.Contains("true", await unsubscribed.Task.WaitAsync(TimeSpan.FromSeconds(15)));
    }

    [Fact]
    public async Task Over_grpc_changes_come_as_a_stream_that_begins_with_the_id()
    {
        await using var changes = await Sidecar.Grpc().ServerStreamingAsync<SubscribeConfigurationResponse>(Method("SubscribeConfiguration"), new SubscribeConfigurationRequest { StoreName = "settings", Keys = { "color" } });
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        var first = (await changes.ReadAsync(patience.Token))!;
        Assert.NotEmpty(first.Id);
        Assert.Empty(first.Items);
        await SetAsync("color", "green", "7");
        SubscribeConfigurationResponse change;
        do
            change = (await changes.ReadAsync(patience.Token))!;
        while (change.Items["color"].Value != "green");
        Assert.Equal((first.Id, "7"), (change.Id, change.Items["color"].Version));
        Assert.True((await Sidecar.Grpc().UnaryAsync<UnsubscribeConfigurationResponse>(Method("UnsubscribeConfiguration"), new UnsubscribeConfigurationRequest { StoreName = "settings", Id = first.Id })).Ok);
        while (await changes.ReadAsync(patience.Token) is not null)
            continue;
    }

    [Fact]
    public async Task A_store_that_dies_and_comes_back_is_listened_to_again()
    {
        await Dapr.GetAsync("/v1.0/configuration/settings/subscribe?key=color").HasStatusAsync(200);
        await KillAsync();
        await ReviveAsync();
        await SetAsync("color", "back", "9");
        await Eventually.AssertAsync(() => Assert.Contains(App.To("/configuration/settings/color"), r => r.Body.Contains("back")));
    }

    private static string Method(string name) => "/dapr.proto.runtime.v1.Dapr/" + name;
}
