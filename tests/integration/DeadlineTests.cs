using System.Net;
using System.Net.Sockets;
using Dapr;
using Dapr.Client;
using Deepiri.ServiceDefaults.Sidecar;

namespace Deepiri.IntegrationTests;

/// <summary>A sidecar that takes connections and never answers.</summary>
public sealed class DeadlineTests
{
    [Fact]
    public async Task A_call_that_is_not_answered_fails_in_time()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var dapr = new DaprClientBuilder().UseGrpcEndpoint($"http://{silent.LocalEndpoint}")
            .UseGrpcChannelOptions(SidecarConnection.ChannelOptions(null, TimeSpan.FromMilliseconds(200))).Build();
        var call = dapr.GetStateAsync<string>("statestore", "key");
        var error = await Assert.ThrowsAsync<DaprException>(() => call.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Contains("has not answered", error.ToString());
    }

    [Fact]
    public async Task A_caller_that_gives_up_first_is_told_of_that()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var dapr = new DaprClientBuilder().UseGrpcEndpoint($"http://{silent.LocalEndpoint}")
            .UseGrpcChannelOptions(SidecarConnection.ChannelOptions(null, TimeSpan.FromMinutes(1))).Build();
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var call = dapr.GetStateAsync<string>("statestore", "key", cancellationToken: stop.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(TimeSpan.FromSeconds(20)));
    }
}
