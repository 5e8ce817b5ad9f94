using Deepiri.Grpc.Server;
using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Grpc;

namespace Deepiri.Sidecar.Secrets;

/// <summary>Dapr's secrets API over gRPC.</summary>
internal sealed class SecretsGrpc(SecretsService secrets)
{
    public void Map(GrpcMethods methods)
    {
        methods.Unary<GetSecretRequest, GetSecretResponse>(DaprService.Path("GetSecret"), async (request, call) =>
        {
            var response = new GetSecretResponse();
            foreach (var (name, value) in await secrets.GetAsync(request.StoreName, request.Key, call.CancellationToken).ConfigureAwait(false))
                response.Data[name] = value;
            return response;
        });
        methods.Unary<GetBulkSecretRequest, GetBulkSecretResponse>(DaprService.Path("GetBulkSecret"), async (request, call) =>
        {
            var response = new GetBulkSecretResponse();
            foreach (var (name, values) in await secrets.GetAllAsync(request.StoreName, call.CancellationToken).ConfigureAwait(false))
            {
                var secret = new SecretResponse();
                foreach (var (key, value) in values)
                    secret.Secrets[key] = value;
                response.Data[name] = secret;
            }
            return response;
        });
    }
}
