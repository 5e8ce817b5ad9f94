using Deepiri.Grpc.Server;
using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Grpc;
using Deepiri.Sidecar.Resources;
using Google.Protobuf.WellKnownTypes;

namespace Deepiri.Sidecar.Http;

/// <summary>Dapr's metadata and shutdown APIs over gRPC.</summary>
internal sealed class MetadataGrpc(AppSidecar sidecar)
{
    public void Map(GrpcMethods methods)
    {
        methods.Unary<GetMetadataRequest, GetMetadataResponse>(DaprService.Path("GetMetadata"), (_, _) => Task.FromResult(Get()));
        methods.Unary<SetMetadataRequest, Empty>(DaprService.Path("SetMetadata"), (request, _) =>
        {
            sidecar.Extended[request.Key] = request.Value;
            return Task.FromResult(new Empty());
        });
        methods.Unary<ShutdownRequest, Empty>(DaprService.Path("Shutdown"), (_, call) =>
        {
            sidecar.ShutDownAfter(call.Http.Response);
            return Task.FromResult(new Empty());
        });
    }

    private GetMetadataResponse Get()
    {
        var response = new GetMetadataResponse
        {
            Id = sidecar.AppId,
            RuntimeVersion = MetadataApi.RuntimeVersion,
            ActorRuntime = new ActorRuntime { RuntimeStatus = ActorRuntime.Types.ActorRuntimeStatus.Running, HostReady = sidecar.Actors.Runtime is not null, Placement = "placement: connected" },
            AppConnectionProperties = new AppConnectionProperties { Protocol = "http", ChannelAddress = "127.0.0.1", Port = sidecar.Options.AppPort ?? 0 },
            Scheduler = new MetadataScheduler(),
            Workflows = new MetadataWorkflows { ConnectedWorkers = sidecar.Workflows.ConnectedWorkers },
        };
        foreach (var (name, value) in sidecar.Extended)
            response.ExtendedMetadata[name] = value;
        var active = (sidecar.Actors.Runtime?.Active ?? []).Select(a => new ActiveActorsCount { Type = a.Type, Count = a.Count }).ToList();
        response.ActiveActorsCount.AddRange(active);
        response.ActorRuntime.ActiveActors.AddRange(active);
        response.RegisteredComponents.AddRange(sidecar.Components.All.Select(c =>
        {
            var component = new RegisteredComponents { Name = c.Spec.Name, Type = c.Definition.Type, Version = c.Spec.Version };
            component.Capabilities.AddRange(c.Definition.Capabilities);
            return component;
        }));
        response.Subscriptions.AddRange(sidecar.Subscriptions.Active.Select(Subscription));
        return response;
    }

    private static PubsubSubscription Subscription(SubscriptionSpec spec)
    {
        var subscription = new PubsubSubscription
        {
            PubsubName = spec.PubsubName,
            Topic = spec.Topic,
            DeadLetterTopic = spec.DeadLetterTopic ?? "",
            Type = System.Enum.TryParse<PubsubSubscriptionType>(spec.Origin, ignoreCase: true, out var type) ? type : PubsubSubscriptionType.Unknown,
            Rules = new PubsubSubscriptionRules(),
        };
        foreach (var (name, value) in spec.Metadata)
            subscription.Metadata[name] = value;
        subscription.Rules.Rules.AddRange(spec.Rules.Select(r => new PubsubSubscriptionRule { Match = r.Match, Path = r.Path }));
        if (spec.DefaultPath is { Length: > 0 } path)
            subscription.Rules.Rules.Add(new PubsubSubscriptionRule { Path = path });
        return subscription;
    }
}
