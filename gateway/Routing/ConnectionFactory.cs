using Yarp.ReverseProxy.Forwarder;

namespace Deepiri.Gateway.Routing;

/// <summary>Connections without a handler for tracing between: the gateway passes its own span on as <c>traceparent</c>, see <see cref="RequestTransforms"/>.</summary>
internal sealed class ConnectionFactory : ForwarderHttpClientFactory
{
    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        handler.ActivityHeadersPropagator = null;
    }
}
