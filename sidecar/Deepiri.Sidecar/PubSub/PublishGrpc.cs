using System.Text.Json;
using Deepiri.Grpc.Server;
using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Grpc;
using Deepiri.Sidecar.Http;
using Google.Protobuf.WellKnownTypes;

namespace Deepiri.Sidecar.PubSub;

/// <summary>Dapr's publish API over gRPC.</summary>
internal sealed class PublishGrpc(string appId, Publisher publisher)
{
    public void Map(GrpcMethods methods)
    {
        methods.Unary<PublishEventRequest, Empty>(DaprService.Path("PublishEvent"), PublishAsync);
        methods.Unary<BulkPublishRequest, BulkPublishResponse>(DaprService.Path("BulkPublishEvent"), BulkPublishAsync);
        methods.Unary<BulkPublishRequest, BulkPublishResponse>(DaprService.Path("BulkPublishEventAlpha1"), BulkPublishAsync);
    }

    private async Task<Empty> PublishAsync(PublishEventRequest request, GrpcCall call)
    {
        await publisher.PublishAsync(request.PubsubName, request.Topic, request.Data.Memory, request.DataContentType, Metadata(request.Metadata), call.Http.Request.Trace(), call.CancellationToken).ConfigureAwait(false);
        return new Empty();
    }

    private async Task<BulkPublishResponse> BulkPublishAsync(BulkPublishRequest request, GrpcCall call)
    {
        var (_, pubSub) = publisher.Target(request.PubsubName, request.Topic);
        if (request.Entries.Any(e => e.EntryId.Length == 0) || request.Entries.DistinctBy(e => e.EntryId).Count() < request.Entries.Count)
            throw DaprErrors.PubSub.BulkEntryIds(request.PubsubName, request.Topic, appId);
        var trace = call.Http.Request.Trace();
        var messages = request.Entries.Select(e => ToMessage(request, e, pubSub, trace)).ToList();
        var response = new BulkPublishResponse();
        try
        {
            await pubSub.PublishAsync(messages, call.CancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            response.FailedEntries.AddRange(request.Entries.Select(entry => new BulkPublishResponseFailedEntry { EntryId = entry.EntryId, Error = e.Message }));
        }
        return response;
    }

    private PubSubMessage ToMessage(BulkPublishRequest request, BulkPublishRequestEntry entry, IPubSub pubSub, (string, string?) trace)
    {
        var metadata = Metadata(request.Metadata);
        foreach (var (name, value) in entry.Metadata)
            metadata[name] = value;
        try
        {
            return publisher.Message(pubSub, request.PubsubName, request.Topic, entry.Event.Memory, entry.ContentType, metadata, trace);
        }
        catch (JsonException e)
        {
            throw DaprErrors.PubSub.BulkEnvelope(request.PubsubName, request.Topic, appId, e.Message);
        }
    }

    private static Dictionary<string, string> Metadata(IEnumerable<KeyValuePair<string, string>> pairs) => new(pairs, StringComparer.OrdinalIgnoreCase);
}
