using Deepiri.Grpc.Server;
using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Grpc;
using Deepiri.Sidecar.Resources;
using Grpc.Core;

namespace Deepiri.Sidecar.PubSub;

/// <summary>Dapr's streaming subscriptions: an app subscribes with a stream, and needs no port of its own.</summary>
internal sealed class SubscribeGrpc(AppSubscriptions subscriptions)
{
    public void Map(GrpcMethods methods) => methods.DuplexStreaming<SubscribeTopicEventsRequestAlpha1, SubscribeTopicEventsResponseAlpha1>(DaprService.Path("SubscribeTopicEventsAlpha1"), SubscribeAsync);

    private async Task SubscribeAsync(GrpcRequestStream<SubscribeTopicEventsRequestAlpha1> requests, GrpcResponseStream<SubscribeTopicEventsResponseAlpha1> responses, GrpcCall call)
    {
        var initial = (await requests.ReadAsync(call.CancellationToken).ConfigureAwait(false))?.InitialRequest ?? throw Invalid("initial request is required");
        if (initial.PubsubName.Length == 0)
            throw Invalid("pubsubName is required");
        if (initial.Topic.Length == 0)
            throw Invalid("topic is required");
        var spec = new SubscriptionSpec(initial.PubsubName, initial.Topic, [], "/", new Dictionary<string, string>(initial.Metadata),
            initial.HasDeadLetterTopic && initial.DeadLetterTopic.Length > 0 ? initial.DeadLetterTopic : null, null, [], SubscriptionSpec.Streaming);
        var stream = await subscriptions.StreamAsync(spec, message => responses.WriteAsync(new SubscribeTopicEventsResponseAlpha1 { EventMessage = message }),
            () => responses.WriteAsync(new SubscribeTopicEventsResponseAlpha1 { InitialResponse = new() }), call.CancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(call.CancellationToken, stream.Stopped);
            while (await NextAsync(requests, stream, either.Token).ConfigureAwait(false) is { } request)
            {
                if (request.SubscribeTopicEventsRequestTypeCase == SubscribeTopicEventsRequestAlpha1.SubscribeTopicEventsRequestTypeOneofCase.InitialRequest)
                    throw Invalid("duplicate initial request received");
                if (request.EventProcessed is { } processed)
                    stream.Delivery.Complete(processed.Id, processed.Status?.Status ?? default);
            }
        }
    }

    /// <summary>What the app says next; null when it has ended the stream, or the subscription has.</summary>
    private static async Task<SubscribeTopicEventsRequestAlpha1?> NextAsync(GrpcRequestStream<SubscribeTopicEventsRequestAlpha1> requests, StreamingSubscription stream, CancellationToken either)
    {
        try
        {
            return await requests.ReadAsync(either).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stream.Stopped.IsCancellationRequested)
        {
            return null;
        }
    }

    private static RpcException Invalid(string message) => new(new Status(StatusCode.InvalidArgument, message));
}
