using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.Gateway.Authentication;
using Deepiri.Gateway.Routing;
using Deepiri.HttpForwarding;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Secrets;

namespace Deepiri.Gateway.Realtime;

/// <summary>
/// Passes <c>/hubs/*</c>, and any Upgrade on <c>/</c>, straight to the realtime gateway: Dapr's invocation does not carry WebSockets.
/// </summary>
internal static class RealtimePassThrough
{
    private const string Hub = "/hubs/realtime";
    private const string Service = "realtime-gateway";

    public static IServiceCollection AddRealtimePassThrough(this IServiceCollection services) =>
        services.AddSingleton<RealtimeAddress>().AddHostedService(provider => provider.GetRequiredService<RealtimeAddress>());

    public static void MapRealtimePassThrough(this WebApplication app)
    {
        var forwarder = app.Services.GetRequiredService<HttpForwarder>();
        var address = app.Services.GetRequiredService<RealtimeAddress>();
        app.Use((context, next) => context.Request.Path.StartsWithSegments("/hubs") ? ForwardAsync(context, forwarder, address, context.Request.Path)
            : context.Request.Path == "/" && HttpForwarder.IsUpgrade(context) ? ForwardAsync(context, forwarder, address, Hub)
            : next(context));
    }

    private static async Task ForwardAsync(HttpContext context, HttpForwarder forwarder, RealtimeAddress address, string path)
    {
        var token = context.RequireToken();
        // The token has been read; it belongs into no further log.
        var query = QueryString.Create(context.Request.Query.Where(q => q.Key != "access_token"));
        // A connection lives no longer than the token it was opened with; the client connects again with a new one.
        using var lifetime = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        lifetime.CancelAfter(TimeSpan.FromMilliseconds(Math.Clamp((token.Expires - address.Time.GetUtcNow()).TotalMilliseconds, 1, int.MaxValue)));
        try
        {
            using var response = await forwarder.SendAsync(context, address.Url, path + query, request =>
            {
                Proxy.SetIdentity(context, request);
                request.Headers.TryAddWithoutValidation(Headers.GatewayToken, address.Token);
            }, passUpgrade: true);
            Proxy.LeaveResponseAlone(context);
            await HttpForwarder.CopyResponseOrTunnelAsync(context, response, lifetime.Token);
        }
        catch (HttpRequestException)
        {
            throw ApiException.Unavailable(Service);
        }
        catch (OperationCanceledException) when (lifetime.IsCancellationRequested)
        {
            context.Abort();
        }
    }
}

/// <summary>Where the realtime gateway listens (<c>REALTIME_URL</c>), and the token that proves the gateway to it.</summary>
internal sealed class RealtimeAddress(DaprClient dapr, IConfiguration configuration, TimeProvider time) : IHostedService
{
    private const string SecretName = "realtime-gateway-token";

    public string Url { get; } = configuration["REALTIME_URL"]?.TrimEnd('/') ?? "http://127.0.0.1:5008";

    public string Token { get; private set; } = "";

    public TimeProvider Time => time;

    public async Task StartAsync(CancellationToken cancellationToken) => Token = await dapr.ReadSecretAsync(SecretName, cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
