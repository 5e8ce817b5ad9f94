using System.Text.Json;
using Deepiri.Sidecar.Cel;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Invocation;
using Deepiri.Sidecar.Resources;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar.PubSub;

/// <summary>An app's subscriptions: those of its YAML and those it names itself at <c>GET /dapr/subscribe</c>.</summary>
internal sealed class AppSubscriptions(string appId, IReadOnlyList<SubscriptionSpec> declared, ComponentSet components, AppChannel app, Publisher publisher, RunContext run)
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly List<IAsyncDisposable> _running = [];
    private readonly ILogger _log = run.Loggers.CreateLogger("sidecar");

    /// <summary>What is subscribed now.</summary>
    public IReadOnlyList<SubscriptionSpec> Active { get; private set; } = [];

    /// <summary>Asks the app for its subscriptions and starts them all; running ones are stopped first.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await StopRunningAsync().ConfigureAwait(false);
            var active = new List<SubscriptionSpec>();
            foreach (var spec in declared.Concat(await AskAppAsync(cancellationToken).ConfigureAwait(false)))
            {
                if (active.Exists(a => a.PubsubName == spec.PubsubName && a.Topic == spec.Topic))
                    Log.SubscriptionIgnored(_log, appId, spec.Topic, spec.PubsubName, "the app is subscribed to it already");
                else if (await TryStartAsync(spec, cancellationToken).ConfigureAwait(false))
                    active.Add(spec);
            }
            Active = active;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Stops all; those under way finish. They can be started again.</summary>
    public async Task StopAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            await StopRunningAsync().ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>All at once: the time to drain is that of the slowest, not the sum.</summary>
    private async Task StopRunningAsync()
    {
        IAsyncDisposable[] running = [.. _running];
        _running.Clear();
        Active = [];
        await Task.WhenAll(running.Select(s => s.DisposeAsync().AsTask())).ConfigureAwait(false);
    }

    private async Task<bool> TryStartAsync(SubscriptionSpec spec, CancellationToken cancellationToken)
    {
        var problem = components.Find<IPubSub>(spec.PubsubName) is not { } found ? "there is no such pub/sub component for this app"
            : !new TopicScopes(found.Component.Metadata, appId).MaySubscribe(spec.Topic) ? "the component's scopes do not allow it"
            : spec.Rules.All(r => r.Path.Length == 0) && spec.DefaultPath is not { Length: > 0 } ? "no route has a path"
            : null;
        if (problem is not null)
        {
            Log.SubscriptionIgnored(_log, appId, spec.Topic, spec.PubsubName, problem);
            return false;
        }
        try
        {
            var handler = new SubscriptionHandler(spec, appId, app, publisher, run.Time, _log);
            _running.Add(await components.Find<IPubSub>(spec.PubsubName)!.Value.Instance.SubscribeAsync(spec.Topic, handler.HandleAsync, cancellationToken).ConfigureAwait(false));
            return true;
        }
        catch (CelException e)
        {
            Log.SubscriptionIgnored(_log, appId, spec.Topic, spec.PubsubName, e.Message);
            return false;
        }
    }

    private async Task<IReadOnlyList<SubscriptionSpec>> AskAppAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, app.Uri("/dapr/subscribe"));
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
            foreach (var bulk in answers.Where(a => a.BulkSubscribe is { Enabled: true }))
                Log.SubscriptionIgnored(_log, appId, bulk.Topic ?? "", bulk.Pubsubname ?? "", "bulkSubscribe is not supported by the embedded sidecar");
            return [.. answers.Where(a => a.BulkSubscribe is not { Enabled: true }).Select(a => a.ToSpec())];
        }
        catch (JsonException e)
        {
            Log.SubscriptionIgnored(_log, appId, "*", "*", $"GET /dapr/subscribe did not answer a list of subscriptions: {e.Message}");
            return [];
        }
    }

    private sealed record Answer(string? Pubsubname, string? Topic, string? Route, AnswerRoutes? Routes, Dictionary<string, string>? Metadata, string? DeadLetterTopic, AnswerBulk? BulkSubscribe)
    {
        public SubscriptionSpec ToSpec() => new(Pubsubname ?? "", Topic ?? "",
            [.. (Routes?.Rules ?? []).Select(r => new RouteRuleSpec(r.Match ?? "", r.Path ?? ""))],
            Routes?.Default is { Length: > 0 } fallback ? fallback : Route,
            Metadata ?? [], DeadLetterTopic is { Length: > 0 } ? DeadLetterTopic : null, [], SubscriptionSpec.Programmatic);
    }

    private sealed record AnswerBulk(bool Enabled);

    private sealed record AnswerRoutes(AnswerRule[]? Rules, string? Default);

    private sealed record AnswerRule(string? Match, string? Path);
}
