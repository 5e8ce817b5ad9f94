using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Dapr;
using Dapr.Actors;
using Dapr.Actors.Client;
using Dapr.Actors.Runtime;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Deepiri.SdkTests;

/// <summary>Actors written with the SDK, called through the sidecar.</summary>
public sealed class ActorTests : IAsyncLifetime
{
    private readonly SdkApp _app = new();
    private readonly Journal _journal = new();

    public Task InitializeAsync() => StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task A_typed_proxy_calls_methods_with_none_one_and_several_arguments()
    {
        var counter = Counter("a");
        Assert.Equal(0, await counter.GetAsync());
        Assert.Equal(5, await counter.AddAsync(5));
        Assert.Equal(12, await counter.AddTwiceAsync(3, 4, default));
        await counter.ResetAsync();
        Assert.Equal(0, await counter.GetAsync());
        Assert.Equal("a", ((IActorProxy)counter).ActorId.GetId());
    }

    [Fact]
    public async Task An_untyped_proxy_calls_by_name()
    {
        var proxy = Proxies.Create(new ActorId("u"), "Counter");
        Assert.Equal(2, await proxy.InvokeMethodAsync<int, int>("AddAsync", 2));
        Assert.Equal(2, await proxy.InvokeMethodAsync<int>("GetAsync"));
        var error = await Assert.ThrowsAsync<DaprApiException>(() => proxy.InvokeMethodAsync("NoSuchMethod"));
        Assert.Contains("error invoke actor method", error.Message);
    }

    [Fact]
    public async Task State_is_saved_after_a_turn_and_outlives_the_app()
    {
        await Counter("s").AddAsync(7);
        await _app.StopAsync();
        await StartAsync();
        Assert.Equal(7, await Counter("s").GetAsync());
    }

    [Fact]
    public async Task A_turn_that_fails_changes_nothing_and_tells_its_exception()
    {
        var counter = Counter("f");
        await counter.AddAsync(1);
        var error = await Assert.ThrowsAsync<ActorMethodInvocationException>(() => counter.FailAfterAddingAsync(10));
        var cause = Assert.IsType<ActorInvokeException>(error.InnerException);
        Assert.Equal(("System.InvalidOperationException", "no more"), (cause.ActualExceptionType, cause.Message));
        Assert.Equal(1, await counter.GetAsync());
        Assert.Contains("failed FailAfterAddingAsync no more", _journal.Lines);
    }

    [Fact]
    public async Task A_caller_without_the_sdk_gets_500_for_an_exception()
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_app.Sidecar.HttpPort}") };
        http.DefaultRequestHeaders.Add("dapr-api-token", "token");
        using var answer = await http.PutAsync("/v1.0/actors/Counter/plain/method/FailAfterAddingAsync", new StringContent("1", Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal("ERR_ACTOR_INVOKE_METHOD", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errorCode").GetString());
    }

    [Fact]
    public async Task Concurrent_calls_add_up()
    {
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Counter("c").AddAsync(1)));
        Assert.Equal(100, await Counter("c").GetAsync());
    }

    [Fact]
    public async Task A_reminder_wakes_its_actor_with_what_it_was_given()
    {
        await Counter("r").RemindAsync("wake", 1);
        await Eventually.AssertAsync(() => Assert.Contains("reminder wake payload", _journal.Lines));
        Assert.Equal(1000, await Counter("r").GetAsync());
        await Counter("r").RemindAsync("often", 60_000);
        Assert.True(await Counter("r").HasReminderAsync("often"));
        await Counter("r").ForgetAsync("often");
        Assert.False(await Counter("r").HasReminderAsync("often"));
    }

    [Fact]
    public async Task A_timer_calls_back_until_it_is_ended()
    {
        await Counter("t").StartTimerAsync(20);
        await Eventually.AssertAsync(async () => Assert.True(await Counter("t").GetAsync() >= 3));
        await Counter("t").StopTimerAsync();
    }

    [Fact]
    public async Task An_actor_is_activated_once_and_let_go_when_idle()
    {
        await Counter("life").AddAsync(1);
        await Counter("life").AddAsync(1);
        Assert.Single(_journal.Lines, "activated life");
        await Eventually.AssertAsync(() => Assert.Contains("deactivated life", _journal.Lines));
        Assert.Equal(2, await Counter("life").GetAsync());
    }

    [Fact]
    public async Task A_chain_of_calls_comes_back_where_reentrancy_is_on() =>
        Assert.Equal(3, await Proxies.CreateActorProxy<IEcho>(new ActorId("e"), "Echo").DepthAsync(3));

    [Fact]
    public async Task Values_expire()
    {
        var counter = Counter("x");
        await counter.KeepForAsync(1);
        Assert.True(await counter.HasKeptAsync());
        await Eventually.AssertAsync(async () => Assert.False(await counter.HasKeptAsync()));
    }

    [Fact]
    public async Task A_turn_that_is_under_way_when_the_sidecar_stops_still_saves_its_state()
    {
        var adding = Counter("drain").AddSlowlyAsync(300);
        await Eventually.AssertAsync(() => Assert.Contains("adding", _journal.Lines));
        await _app.Sidecar.PauseSubscriptionsAsync();
        await adding;
        await _app.StopAsync();
        await StartAsync();
        Assert.Equal(1, await Counter("drain").GetAsync());
    }

    [Fact]
    public async Task A_timer_that_ends_itself_finishes_its_turn()
    {
        await Counter("self").StartTimerOnceAsync();
        await Eventually.AssertAsync(async () => Assert.Equal(5, await Counter("self").GetAsync()));
        Assert.DoesNotContain("overlap", _journal.Lines);
    }

    private IActorProxyFactory Proxies => _app.Services.GetRequiredService<IActorProxyFactory>();

    private ICounter Counter(string id) => Proxies.CreateActorProxy<ICounter>(new ActorId(id), "Counter");

    private async Task StartAsync()
    {
        await _app.StartAsync((services, sidecar) =>
        {
            services.AddSingleton(_journal);
            services.AddActors(options =>
            {
                options.HttpEndpoint = $"http://127.0.0.1:{sidecar.HttpPort}";
                options.DaprApiToken = "token";
                options.ActorIdleTimeout = TimeSpan.FromMilliseconds(400);
                options.Actors.RegisterActor<CounterActor>();
                options.Actors.RegisterActor<EchoActor>("Echo", new ActorRuntimeOptions { ReentrancyConfig = new ActorReentrancyConfig { Enabled = true } });
            });
        }, app => app.MapActorsHandlers());
    }

    public sealed class Journal
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> Lines => _lines;

        public void Write(string line) => _lines.Enqueue(line);
    }

    public interface ICounter : IActor
    {
        Task<int> GetAsync();

        Task<int> AddAsync(int value);

        Task<int> AddTwiceAsync(int first, int second, CancellationToken cancellationToken);

        Task ResetAsync();

        Task FailAfterAddingAsync(int value);

        Task RemindAsync(string name, int milliseconds);

        Task<bool> HasReminderAsync(string name);

        Task ForgetAsync(string name);

        Task StartTimerAsync(int milliseconds);

        Task StopTimerAsync();

        Task AddSlowlyAsync(int milliseconds);

        Task StartTimerOnceAsync();

        Task KeepForAsync(int seconds);

        Task<bool> HasKeptAsync();
    }

    public interface IEcho : IActor
    {
        Task<int> DepthAsync(int depth);
    }

    [Actor(TypeName = "Counter")]
    private sealed class CounterActor(ActorHost host, Journal journal) : Actor(host), ICounter, IRemindable
    {
        private bool _isBusy;

        public async Task<int> GetAsync() => await StateManager.TryGetStateAsync<int>("n") is { HasValue: true } n ? n.Value : 0;

        public Task<int> AddAsync(int value) => StateManager.AddOrUpdateStateAsync("n", value, (_, n) => n + value);

        public async Task<int> AddTwiceAsync(int first, int second, CancellationToken cancellationToken)
        {
            await AddAsync(first);
            return await AddAsync(second);
        }

        public Task ResetAsync() => StateManager.RemoveStateAsync("n");

        public async Task FailAfterAddingAsync(int value)
        {
            await AddAsync(value);
            throw new InvalidOperationException("no more");
        }

        public Task RemindAsync(string name, int milliseconds) => RegisterReminderAsync(name, "payload"u8.ToArray(), TimeSpan.FromMilliseconds(milliseconds), TimeSpan.FromMilliseconds(-1));

        /// <summary>The SDK gives null only for a 500, which Dapr's sidecars before 1.17 answered.</summary>
        public async Task<bool> HasReminderAsync(string name)
        {
            try
            {
                return await GetReminderAsync(name) is not null;
            }
            catch (DaprApiException)
            {
                return false;
            }
        }

        public Task ForgetAsync(string name) => UnregisterReminderAsync(name);

        public Task StartTimerAsync(int milliseconds) => RegisterTimerAsync("tick", nameof(TickAsync), null, TimeSpan.FromMilliseconds(milliseconds), TimeSpan.FromMilliseconds(milliseconds));

        public Task StopTimerAsync() => UnregisterTimerAsync("tick");

        public async Task AddSlowlyAsync(int milliseconds)
        {
            journal.Write("adding");
            await Task.Delay(milliseconds);
            await AddAsync(1);
        }

        public Task StartTimerOnceAsync() => RegisterTimerAsync("once", nameof(OnceAsync), null, TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(10));

        public Task KeepForAsync(int seconds) => StateManager.SetStateAsync("kept", true, TimeSpan.FromSeconds(seconds));

        public async Task<bool> HasKeptAsync() => (await StateManager.TryGetStateAsync<bool>("kept")).HasValue;

        public async Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period)
        {
            journal.Write($"reminder {reminderName} {Encoding.UTF8.GetString(state)}");
            await AddAsync(1000);
        }

        protected override Task OnActivateAsync()
        {
            journal.Write($"activated {Id}");
            return Task.CompletedTask;
        }

        protected override Task OnDeactivateAsync()
        {
            journal.Write($"deactivated {Id}");
            return Task.CompletedTask;
        }

        protected override Task OnActorMethodFailedAsync(ActorMethodContext actorMethodContext, Exception e)
        {
            journal.Write($"failed {actorMethodContext.MethodName} {e.Message}");
            return Task.CompletedTask;
        }

        private Task TickAsync() => AddAsync(1);

        private async Task OnceAsync()
        {
            await UnregisterTimerAsync("once");
            if (_isBusy)
                journal.Write("overlap");
            _isBusy = true;
            await Task.Delay(200);
            _isBusy = false;
            await AddAsync(5);
        }
    }

    private sealed class EchoActor(ActorHost host) : Actor(host), IEcho
    {
        public async Task<int> DepthAsync(int depth) => depth <= 1 ? 1 : 1 + await ProxyFactory.CreateActorProxy<IEcho>(Id, "Echo").DepthAsync(depth - 1);
    }
}
