using System.Diagnostics;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json;
using Dapr;
using Dapr.Client;
using Deepiri.Sidecar;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Deepiri.IntegrationTests;

/// <summary>The services stand on Dapr's own packages.</summary>
public sealed class OfficialSdkTests
{
    /// <summary>Dapr signs its assemblies with one key.</summary>
    [Fact]
    public void The_dapr_assemblies_of_the_services_are_daprs()
    {
        var files = Directory.GetFiles(AppContext.BaseDirectory, "Dapr.*.dll");
        Assert.Superset(new HashSet<string> { "Dapr.Client.dll", "Dapr.AspNetCore.dll", "Dapr.Actors.dll", "Dapr.Workflow.dll" }, files.Select(f => Path.GetFileName(f)).ToHashSet());
        Assert.All(files, f => Assert.Equal("a686d5d635c0f0e6", Convert.ToHexStringLower(AssemblyName.GetAssemblyName(f).GetPublicKeyToken()!)));
        Assert.All(files, f => Assert.StartsWith("1.19.", FileVersionInfo.GetVersionInfo(f).ProductVersion));
    }

    /// <summary>ApiTokenHandler adds the token that this call leaves out; when this test fails, Dapr.Client sends it by itself and the handler can go.</summary>
    [Fact]
    public async Task Saving_in_bulk_sends_no_api_token_in_this_version_of_the_client()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("resources/store.yaml", "apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: store}\nspec: {type: state.in-memory, version: v1, metadata: []}\n");
        await using var sidecars = new SidecarHost(directory.Folder("data"), NullLoggerFactory.Instance);
        var sidecar = await sidecars.StartAsync(new SidecarOptions { AppId = "app", ApiToken = "token", ResourcesPaths = [directory.Folder("resources")] });
        using var dapr = new DaprClientBuilder().UseGrpcEndpoint($"http://127.0.0.1:{sidecar.GrpcPort}").UseHttpEndpoint($"http://127.0.0.1:{sidecar.HttpPort}").UseDaprApiToken("token").Build();
        await dapr.SaveStateAsync("store", "one", 1);
        var error = await Assert.ThrowsAsync<DaprException>(() => dapr.SaveBulkStateAsync("store", [new SaveStateItem<int>("two", 2, "")]));
        Assert.Equal(StatusCode.Unauthenticated, Assert.IsType<RpcException>(error.InnerException).StatusCode);
    }

    /// <summary>daprd asks for no token unless it is told to, and the Dapr CLI cannot list or stop apps when it is.</summary>
    [Theory]
    [InlineData("Deepiri.Gateway", "api-gateway")]
    [InlineData("Deepiri.Auth", "auth-service")]
    [InlineData("Deepiri.TaskOrchestrator", "task-orchestrator")]
    [InlineData("Deepiri.Engagement", "engagement-service")]
    [InlineData("Deepiri.Notification", "notification-service")]
    [InlineData("Deepiri.Challenge", "challenge-service")]
    [InlineData("Deepiri.Cyrex", "cyrex")]
    [InlineData("Deepiri.Realtime", "realtime-gateway")]
    public async Task Every_app_starts_without_an_api_token(string assembly, string appId)
    {
        await using var service = await ServiceHost.StartAsync(assembly, appId, hasApiToken: false);
        await Eventually.AssertAsync(async () => Assert.Equal("healthy", (await service.Http.GetFromJsonAsync<JsonElement>("/health")).GetProperty("components").GetProperty("dapr").GetString()));
    }
}
