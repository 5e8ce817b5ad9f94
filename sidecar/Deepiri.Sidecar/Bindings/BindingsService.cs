using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Http;

namespace Deepiri.Sidecar.Bindings;

/// <summary>What an app may do with its output bindings, whichever protocol it speaks (https://docs.dapr.io/reference/api/bindings_api/).</summary>
internal sealed class BindingsService(ComponentSet components)
{
    public async Task<BindingResponse> InvokeAsync(string name, BindingRequest request, CancellationToken cancellationToken)
    {
        if (components.Find<IOutputBinding>(name)?.Instance is not { } binding)
            throw DaprErrors.Bindings.Invoke(name, $"couldn't find output binding {name}");
        if (request.Operation.Length == 0)
            throw DaprErrors.Bindings.Invoke(name, "operation field is missing from request");
        if (!binding.Operations.Contains(request.Operation))
            throw DaprErrors.Bindings.Invoke(name, $"binding {name} does not support operation {request.Operation}. supported operations:{string.Join(' ', binding.Operations)}");
        try
        {
            return await binding.InvokeAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException and not BindingException)
        {
            throw new BindingException(e.Message);
        }
    }
}
