using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Bench;

/// <summary>A bare Kestrel app: <c>/hello</c> answers a little JSON, <c>/in</c> takes events and <c>/received</c> tells when each came.</summary>
internal static class Target
{
    public const string Topic = "bench";

    public static async Task RunAsync(int port)
    {
        var received = Channel.CreateUnbounded<string>();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port));
        var app = builder.Build();
        app.Run(async context =>
        {
            switch (context.Request.Path.Value)
            {
                case "/hello":
                    context.Response.ContentType = "application/json";
                    context.Response.ContentLength = 17;
                    await context.Response.WriteAsync("{\"hello\":\"world\"}");
                    break;
                case "/in":
                    using (var reader = new StreamReader(context.Request.Body))
                        await received.Writer.WriteAsync(await reader.ReadToEndAsync());
                    break;
                case "/received":
                    // One line for each event, as it comes.
                    await context.Response.Body.FlushAsync();
                    await foreach (var _ in received.Reader.ReadAllAsync(context.RequestAborted))
                    {
                        await context.Response.WriteAsync("x\n");
                        await context.Response.Body.FlushAsync();
                    }
                    break;
                case "/dapr/subscribe":
                    await context.Response.WriteAsync($$"""[{"pubsubname":"pubsub","topic":"{{Topic}}","route":"/in"}]""");
                    break;
                default:
                    context.Response.StatusCode = StatusCodes.Status404NotFound;
                    break;
            }
        });
        await app.RunAsync();
    }
}
