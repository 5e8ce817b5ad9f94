using Deepiri.Grpc.Server;
using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Grpc;
using Deepiri.Sidecar.Http;
using Google.Protobuf.Collections;
using Item = Dapr.Proto.Common.V1.ConfigurationItem;

namespace Deepiri.Sidecar.Configuration;

/// <summary>Dapr's configuration API over gRPC: changes come as messages of the subscription's stream.</summary>
internal sealed class ConfigurationGrpc(ConfigurationService configuration)
{
    public void Map(GrpcMethods methods)
    {
        foreach (var version in (string[])["", "Alpha1"])
        {
            methods.Unary<GetConfigurationRequest, GetConfigurationResponse>(DaprService.Path("GetConfiguration" + version), GetAsync);
            methods.ServerStreaming<SubscribeConfigurationRequest, SubscribeConfigurationResponse>(DaprService.Path("SubscribeConfiguration" + version), SubscribeAsync);
            methods.Unary<UnsubscribeConfigurationRequest, UnsubscribeConfigurationResponse>(DaprService.Path("UnsubscribeConfiguration" + version), UnsubscribeAsync);
        }
    }

    private async Task<GetConfigurationResponse> GetAsync(GetConfigurationRequest request, GrpcCall call)
    {
        var response = new GetConfigurationResponse();
        Add(response.Items, await configuration.GetAsync(request.StoreName, request.Keys, request.Metadata, call.CancellationToken).ConfigureAwait(false));
        return response;
    }

    /// <summary>The first message says the id, with no items; the stream ends when it is unsubscribed or its reader goes.</summary>
    private async Task SubscribeAsync(SubscribeConfigurationRequest request, GrpcResponseStream<SubscribeConfigurationResponse> responses, GrpcCall call)
    {
        var id = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var leaving = call.CancellationToken.Register(() => ended.TrySetResult()).ConfigureAwait(false);
        var subscription = await configuration.SubscribeAsync(request.StoreName, request.Keys, request.Metadata, async (items, stop) =>
        {
            var response = new SubscribeConfigurationResponse { Id = await id.Task.WaitAsync(stop).ConfigureAwait(false) };
            Add(response.Items, items);
            await responses.WriteAsync(response).WaitAsync(stop).ConfigureAwait(false);
        }, () => ended.TrySetResult(), call.CancellationToken).ConfigureAwait(false);
        try
        {
            await responses.WriteAsync(new SubscribeConfigurationResponse { Id = subscription }).ConfigureAwait(false);
            id.SetResult(subscription);
            await ended.Task.ConfigureAwait(false);
        }
        finally
        {
            await configuration.UnsubscribeAsync(request.StoreName, subscription).ConfigureAwait(false);
        }
    }

    private async Task<UnsubscribeConfigurationResponse> UnsubscribeAsync(UnsubscribeConfigurationRequest request, GrpcCall call) =>
        await configuration.UnsubscribeAsync(request.StoreName, request.Id).ConfigureAwait(false)
            ? new UnsubscribeConfigurationResponse { Ok = true }
            : new UnsubscribeConfigurationResponse { Message = DaprErrors.Configuration.Unsubscribe(request.Id) };

    private static void Add(MapField<string, Item> to, IReadOnlyDictionary<string, ConfigurationItem> items)
    {
        foreach (var (key, item) in items)
        {
            var message = new Item { Value = item.Value, Version = item.Version };
            message.Metadata.Add(new Dictionary<string, string>(item.Metadata));
            to.Add(key, message);
        }
    }
}
