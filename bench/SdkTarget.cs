using System.Net;
using Dapr.Actors;
using Dapr.Actors.Runtime;
using Dapr.Workflow;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Deepiri.Bench;

/// <summary>An app built with the SDK: an actor that keeps a number, and a workflow of five activities.</summary>
internal static class SdkTarget
{
    public static Task RunAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port));
        builder.Services.AddActors(options => options.Actors.RegisterActor<CounterActor>("Counter"));
        builder.Services.AddDaprWorkflow(options =>
        {
            options.RegisterActivity<int, int>("Add", (_, n) => Task.FromResult(n + 1));
            options.RegisterWorkflow<int, int>("Five", async (context, n) =>
            {
                for (var i = 0; i < 5; i++)
                    n = await context.CallActivityAsync<int>("Add", n);
                return n;
            });
        });
        var app = builder.Build();
        app.MapActorsHandlers();
        return app.RunAsync();
    }

    internal interface ICounter : IActor
    {
        Task<int> EchoAsync();

        Task<int> AddAsync();
    }

    private sealed class CounterActor(ActorHost host) : Actor(host), ICounter
    {
        public Task<int> EchoAsync() => Task.FromResult(1);

        public Task<int> AddAsync() => StateManager.AddOrUpdateStateAsync("n", 1, (_, n) => n + 1);
    }
}
