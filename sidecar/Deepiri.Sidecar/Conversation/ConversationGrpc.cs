using Deepiri.Grpc.Server;
using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Grpc;

namespace Deepiri.Sidecar.Conversation;

/// <summary>Dapr's conversation API over gRPC.</summary>
internal sealed class ConversationGrpc(ConversationService conversation)
{
    public void Map(GrpcMethods methods)
    {
        methods.Unary<ConversationRequest, ConversationResponse>(DaprService.Path("ConverseAlpha1"), (request, call) => conversation.ConverseAsync(request, call.CancellationToken));
        methods.Unary<ConversationRequestAlpha2, ConversationResponseAlpha2>(DaprService.Path("ConverseAlpha2"), (request, call) => conversation.ConverseAsync(request, call.CancellationToken));
    }
}
