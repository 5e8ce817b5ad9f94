using System.Runtime.ExceptionServices;
using System.Text.Json;
using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Cel;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Invocation;
using Deepiri.Sidecar.Resiliency;
using Deepiri.Sidecar.Resources;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar.PubSub;

/// <summary>An app's subscriptions: those of its YAML, those it names itself at <c>GET /dapr/subscribe</c>, and those that it streams.</summary>
internal sealed class AppSubscriptions(string appId, ComponentSet components, AppChannel? app, Publisher publisher, ResiliencyPolicies policies, RunContext run)
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly List<Running> _running = [];
    private readonly List<StreamingSubscription> _streams = [];
    private IReadOnlyList<SubscriptionSpec> _active = [];
    private readonly ILogger _log = run.Loggers.CreateLogger("sidecar");

    /// <summary>What the YAML declares; a change holds from the next start on.</summary>
    public IReadOnlyList<SubscriptionSpec> Declared { get; set; } = [];

    /// <summary>What is subscribed now.</summary>
    public IReadOnlyList<SubscriptionSpec> Active
    {
        get
        {
            lock (_streams)
                return [.. _active, .. _streams.Select(s => s.Spec)];
        }
    }

    /// <summary>Asks the app for its subscriptions and starts what does not run yet; what runs and is not wanted so any more ends.</summary>
    /// <exception cref="Exception">One could not be started; the others run.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var wanted = Wanted([.. Declared, .. await AskAppAsync(cancellationToken).ConfigureAwait(false)]);
            await StopAsync([.. _running.Where(r => !wanted.Exists(r.IsFor))]).ConfigureAwait(false);
            ExceptionDispatchInfo? failure = null;
            foreach (var (spec, component) in wanted.Where(w => !_running.Exists(r => r.IsFor(w))))
            {
                try
                {
                    _running.Add(await StartAsync(spec, component, cancellationToken).ConfigureAwait(false));
                }
                catch (Exception e) when (!cancellationToken.IsCancellationRequested)
                {
                    // The others are not to wait for it.
                    failure = ExceptionDispatchInfo.Capture(e);
                }
            }
            failure?.Throw();
        }
        finally
        {
            _active = [.. _running.Select(r => r.Spec)];
            _turn.Release();
        }
    }

    /// <summary>Stops all; those under way finish. They can be started again.</summary>
    public async Task StopAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            await StopAsync([.. _running]).ConfigureAwait(false);
        }
        finally
        {
            _active = [];
            _turn.Release();
        }
    }

    /// <summary>Subscribes with a stream of the app's.</summary>
    /// <param name="spec">Topic and dead-letter topic.</param>
    /// <param name="send">Sends an event over the stream.</param>
    /// <param name="accept">Tells the app that it is subscribed; no event is sent before.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RpcException">There is no such component or topic for the app, or the app is subscribed to it already.</exception>
    public async Task<StreamingSubscription> StreamAsync(SubscriptionSpec spec, Func<TopicEventRequest, Task> send, Func<Task> accept, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Problem(spec) is { } problem)
                throw new RpcException(new Status(StatusCode.InvalidArgument, $"cannot subscribe to {spec.Topic} of {spec.PubsubName}: {problem}"));
            if (Active.Any(a => a.PubsubName == spec.PubsubName && a.Topic == spec.Topic))
                throw new RpcException(new Status(StatusCode.AlreadyExists, $"already subscribed to {spec.Topic} of {spec.PubsubName}"));
            var (component, pubSub) = components.Find<IPubSub>(spec.PubsubName)!.Value;
            var accepted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var delivery = new StreamDelivery(spec, async message =>
            {
                await accepted.Task.ConfigureAwait(false);
                await send(message).ConfigureAwait(false);
            }, policies.Inbound(component.Spec));
            var handler = new SubscriptionHandler(spec, appId, delivery, publisher, run.Time, _log);
            var stream = new StreamingSubscription(spec, delivery, await pubSub.SubscribeAsync(spec.Topic, handler.HandleAsync, cancellationToken).ConfigureAwait(false), Forget);
            lock (_streams)
                _streams.Add(stream);
            try
            {
                await accept().ConfigureAwait(false);
                accepted.SetResult();
                return stream;
            }
            catch
            {
                accepted.SetCanceled(CancellationToken.None);
                await stream.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ends the streams of components, or all; what they have not answered is delivered again.</summary>
    public async Task StopStreamsAsync(IReadOnlyList<LoadedComponent>? of = null)
    {
        StreamingSubscription[] streams;
        lock (_streams)
            streams = [.. _streams.Where(s => of is null || of.Any(c => c.Spec.Name == s.Spec.PubsubName))];
        await Task.WhenAll(streams.Select(s => s.DisposeAsync().AsTask())).ConfigureAwait(false);
    }

    private void Forget(StreamingSubscription stream)
    {
        lock (_streams)
            _streams.Remove(stream);
    }

    private bool IsStreamed(SubscriptionSpec spec)
    {
        lock (_streams)
            return _streams.Exists(s => s.Spec.PubsubName == spec.PubsubName && s.Spec.Topic == spec.Topic);
    }

    private string? Problem(SubscriptionSpec spec) =>
        components.Find<IPubSub>(spec.PubsubName) is not { } found ? "there is no such pub/sub component for this app"
        : !new TopicScopes(found.Component.Metadata, appId).MaySubscribe(spec.Topic) ? "the component's scopes do not allow it"
        : spec.Rules.All(r => r.Path.Length == 0) && spec.DefaultPath is not { Length: > 0 } ? "no route has a path"
        : RuleFault(spec);

    private static string? RuleFault(SubscriptionSpec spec)
    {
        try
        {
            foreach (var rule in spec.Rules.Where(r => r.Path.Length > 0))
                CelExpression.Compile(rule.Match, "event");
            return null;
        }
        catch (CelException e)
        {
            return e.Message;
        }
    }

    /// <summary>All at once: the time to drain is that of the slowest, not the sum.</summary>
    private async Task StopAsync(IReadOnlyList<Running> consumers)
    {
        _running.RemoveAll(consumers.Contains);
        await Task.WhenAll(consumers.Select(r => r.Consumer.DisposeAsync().AsTask())).ConfigureAwait(false);
    }

    /// <summary>What can be subscribed to, each topic once.</summary>
    private List<(SubscriptionSpec Spec, LoadedComponent Component)> Wanted(IReadOnlyList<SubscriptionSpec> specs)
    {
        var wanted = new List<(SubscriptionSpec Spec, LoadedComponent Component)>();
        foreach (var spec in specs)
        {
            var problem = Problem(spec)
                ?? (wanted.Exists(w => w.Spec.PubsubName == spec.PubsubName && w.Spec.Topic == spec.Topic) || IsStreamed(spec) ? "the app is subscribed to it already" : null);
            if (problem is null)
                wanted.Add((spec, components.Find<IPubSub>(spec.PubsubName)!.Value.Component));
            else
                Log.SubscriptionIgnored(_log, appId, spec.Topic, spec.PubsubName, problem);
        }
        return wanted;
    }

    private async Task<Running> StartAsync(SubscriptionSpec spec, LoadedComponent component, CancellationToken cancellationToken)
    {
        var inbound = policies.Inbound(component.Spec);
        IEventDelivery delivery = spec.Bulk is null ? new SingleDelivery(app!, inbound) : new BulkDelivery(spec, app!, inbound, run.Time);
        var handler = new SubscriptionHandler(spec, appId, new InterruptedDelivery(delivery, app!), publisher, run.Time, _log);
        return new Running(spec, component, await ((IPubSub)component.Instance).SubscribeAsync(spec.Topic, handler.HandleAsync, cancellationToken).ConfigureAwait(false));
    }

    private async Task<IReadOnlyList<SubscriptionSpec>> AskAppAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, app!.Uri("/dapr/subscribe"));
        using var response = await app.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            if (response.StatusCode != System.Net.HttpStatusCode.NotFound)
                Log.SubscriptionIgnored(_log, appId, "*", "*", $"GET /dapr/subscribe answered {(int)response.StatusCode}");
            return [];
        }
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var answers = JsonSerializer.Deserialize<Answer[]>(body, JsonSerializerOptions.Web) ?? [];
            return [.. answers.Select(a => a.ToSpec())];
        }
        catch (JsonException e)
        {
            Log.SubscriptionIgnored(_log, appId, "*", "*", $"GET /dapr/subscribe did not answer a list of subscriptions: {e.Message}");
            return [];
        }
    }

    /// <summary>A subscription, and the component that it is on.</summary>
    private sealed record Running(SubscriptionSpec Spec, LoadedComponent Component, IAsyncDisposable Consumer)
    {
        private readonly string _content = JsonSerializer.Serialize(Spec);

        public bool IsFor((SubscriptionSpec Spec, LoadedComponent Component) wanted) =>
            ReferenceEquals(wanted.Component, Component) && JsonSerializer.Serialize(wanted.Spec) == _content;
    }

    private sealed record Answer(string? Pubsubname, string? Topic, string? Route, AnswerRoutes? Routes, Dictionary<string, string>? Metadata, string? DeadLetterTopic, AnswerBulk? BulkSubscribe)
    {
        public SubscriptionSpec ToSpec() => new(Pubsubname ?? "", Topic ?? "",
            [.. (Routes?.Rules ?? []).Select(r => new RouteRuleSpec(r.Match ?? "", r.Path ?? ""))],
            Routes?.Default is { Length: > 0 } fallback ? fallback : Route,
            Metadata ?? [], DeadLetterTopic is { Length: > 0 } ? DeadLetterTopic : null,
            BulkSubscribe is { Enabled: true } bulk ? BulkSubscribeSpec.Of(bulk.MaxMessagesCount, bulk.MaxAwaitDurationMs) : null, [], SubscriptionSpec.Programmatic);
    }

    private sealed record AnswerBulk(bool Enabled, int? MaxMessagesCount, int? MaxAwaitDurationMs);

    private sealed record AnswerRoutes(AnswerRule[]? Rules, string? Default);

    private sealed record AnswerRule(string? Match, string? Path);
}
