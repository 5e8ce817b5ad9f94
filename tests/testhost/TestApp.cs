using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Deepiri.TestHost;

/// <summary>A request that a <see cref="TestApp"/> got.</summary>
public sealed record ReceivedRequest(string Method, string RawTarget, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string Path => RawTarget.Split('?')[0];
}

/// <summary>An app beside a sidecar: records what it gets and answers as the test says.</summary>
public sealed class TestApp : IAsyncDisposable
{
    private readonly WebApplication _server;

    private TestApp(WebApplication server)
    {
        _server = server;
        Port = new Uri(server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
    }

    public int Port { get; }

    public ConcurrentQueue<ReceivedRequest> Requests { get; } = new();

    /// <summary>Answers a request; by default 200 without a body.</summary>
    public Func<HttpContext, ReceivedRequest, Task> Answer { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>What <c>GET /dapr/subscribe</c> answers; null for 404.</summary>
    public string? Subscriptions { get; set; }

    /// <summary>What <c>GET /dapr/config</c> answers; null for 404.</summary>
    public string? ActorConfig { get; set; }

    /// <summary>When true the body is left for <see cref="Answer"/> to stream.</summary>
    public bool LeavesBody { get; set; }

    public static async Task<TestApp> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k =>
        {
            k.Limits.MaxRequestBodySize = null;
            k.Listen(IPAddress.Loopback, port);
        });
        var server = builder.Build();
        TestApp? app = null;
        server.Run(context => app!.HandleAsync(context));
        await server.StartAsync();
        return app = new TestApp(server);
    }

    /// <summary>Requests to one path, in the order they came.</summary>
    public IReadOnlyList<ReceivedRequest> To(string path) => [.. Requests.Where(r => r.Path == path)];

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var body = "";
        if (!LeavesBody)
        {
            using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
            body = await reader.ReadToEndAsync();
        }
        var request = new ReceivedRequest(context.Request.Method, raw, context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase), body);
        if (request is { Method: "GET", Path: "/dapr/subscribe" or "/dapr/config" })
        {
            if ((request.Path == "/dapr/config" ? ActorConfig : Subscriptions) is { } answer)
                await context.Response.WriteAsync(answer);
            else
                context.Response.StatusCode = 404;
            return;
        }
        Requests.Enqueue(request);
        await Answer(context, request);
    }
}
