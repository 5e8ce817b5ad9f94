using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Deepiri.Runner.Running;

/// <summary>What <c>status</c> and <c>down</c> talk to: loopback only, with a token that only the run's owner can read.</summary>
internal sealed class ControlServer : IAsyncDisposable
{
    private readonly WebApplication _server;

    private ControlServer(WebApplication server, string token)
    {
        _server = server;
        Token = token;
        Url = server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
    }

    public string Url { get; }

    public string Token { get; }

    public static async Task<ControlServer> StartAsync(PlatformRun run, CancellationToken cancellationToken)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var server = builder.Build();
        server.Run(context => HandleAsync(context, run, Encoding.UTF8.GetBytes($"Bearer {token}")));
        await server.StartAsync(cancellationToken).ConfigureAwait(false);
        return new ControlServer(server, token);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static Task HandleAsync(HttpContext context, PlatformRun run, byte[] authorization)
    {
        if (!CryptographicOperations.FixedTimeEquals(authorization, Encoding.UTF8.GetBytes(context.Request.Headers.Authorization.ToString())))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        }
        switch (context.Request.Method, context.Request.Path.Value)
        {
            case ("GET", "/status"):
                return context.Response.WriteAsJsonAsync(run.Status, context.RequestAborted);
            case ("POST", "/down"):
                run.StopRequested.TrySetResult();
                context.Response.StatusCode = StatusCodes.Status202Accepted;
                return Task.CompletedTask;
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
        }
    }
}
