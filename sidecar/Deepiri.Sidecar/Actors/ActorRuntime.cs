using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using Deepiri.Sidecar.Http;
using Deepiri.Sidecar.Invocation;
using Deepiri.Sidecar.Resiliency;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace Deepiri.Sidecar.Actors;

/// <summary>The actors that live in one app: activated by their first call, one turn at a time, let go when they have been idle.</summary>
internal sealed class ActorRuntime : IAsyncDisposable
{
    private static readonly TimeSpan s_longestScan = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_deactivationPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_shortestScan = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<ActorKey, ActorInstance> _instances = new();
    private readonly AppChannel _app;
    private readonly string _appId;
    private readonly Func<string, TimeSpan?> _timeouts;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ITimer _scan;
    private readonly CancellationTokenSource _ended = new();
    private volatile bool _isClosed;
    private int _isScanning;

    /// <param name="appId">The app.</param>
    /// <param name="app">The way to it.</param>
    /// <param name="config">The types that it hosts.</param>
    /// <param name="timeouts">How long a turn of a type may take; null for as long as it likes.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The log.</param>
    public ActorRuntime(string appId, AppChannel app, ActorConfig config, Func<string, TimeSpan?> timeouts, TimeProvider time, ILogger log)
    {
        (_appId, _app, Config, _timeouts, _time, _log) = (appId, app, config, timeouts, time, log);
        Timers = new ActorTimers(this, appId, time, log);
        var interval = config.Types.Select(t => config[t].IdleTimeout / 4).Append(s_longestScan).Min();
        interval = interval < s_shortestScan ? s_shortestScan : interval;
        _scan = time.CreateTimer(_ => _ = DeactivateIdleAsync(), null, interval, interval);
    }

    public string AppId => _appId;

    /// <summary>It takes no more calls.</summary>
    public bool IsClosed => _isClosed;

    public ActorConfig Config { get; }

    public ActorTimers Timers { get; }

    /// <summary>How many actors of each type are in memory.</summary>
    public IEnumerable<(string Type, int Count)> Active => Config.Types.Select(t => (t, _instances.Keys.Count(k => k.Type == t)));

    public bool IsActive(ActorKey actor) => _instances.ContainsKey(actor);

    /// <summary>Waits for the actor's turn and calls it.</summary>
    /// <exception cref="DaprErrorException">The actor failed, has no such method, is called too deeply, or its app is going down.</exception>
    public async Task<ActorResponse> CallAsync(ActorRequest request, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_isClosed)
                throw DaprErrors.Actors.RuntimeClosed();
            var instance = _instances.GetOrAdd(request.Actor, key => new ActorInstance(key, Config[key.Type], _time));
            string? chain;
            try
            {
                chain = await instance.EnterAsync(request.ReentrancyId, cancellationToken).ConfigureAwait(false);
            }
            catch (ActorStackDepthException)
            {
                throw DaprErrors.Actors.StackDepth();
            }
            if (chain is null)
                continue;
            // A caller that gives up does not end the turn: the app is still at it.
            return await TakeTurnAsync(instance, request, instance.Config.IsReentrant ? chain : null).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes no more calls, lets those under way finish, and tells each actor that it is let go.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        await _scan.DisposeAsync().ConfigureAwait(false);
        Timers.Dispose();
        await Task.WhenAll(_instances.Values.Select(async instance =>
        {
            var isMine = await instance.TakeLastTurnAsync().ConfigureAwait(false);
            await DeactivateAsync(instance).ConfigureAwait(false);
            if (isMine)
                instance.ReleaseLastTurn();
        })).ConfigureAwait(false);
        await _ended.CancelAsync().ConfigureAwait(false);
    }

    private async Task<ActorResponse> TakeTurnAsync(ActorInstance instance, ActorRequest request, string? chain)
    {
        try
        {
            if (_timeouts(request.Actor.Type) is not { } patience)
                return await SendAsync(request, chain, _ended.Token).ConfigureAwait(false);
            using var timeout = new CancellationTokenSource(patience, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _ended.Token);
            return await SendAsync(request, chain, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!_ended.IsCancellationRequested)
        {
            throw DaprErrors.Actors.Invoke(PolicyException.TimedOut(e).Message);
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            throw DaprErrors.Actors.RuntimeClosed();
        }
        finally
        {
            instance.Exit();
        }
    }

    private async Task<ActorResponse> SendAsync(ActorRequest request, string? chain, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Put, _app.Uri($"{PathOf(request.Actor)}/method/{string.Join('/', request.Method.Split('/').Select(Uri.EscapeDataString))}"));
        message.Content = new ReadOnlyMemoryContent(request.Body);
        foreach (var (name, values) in request.Headers)
        {
            if (!HopByHopHeaders.Contains(name) && !IsSetHere(name) && !message.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
                message.Content.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
        }
        if (request.ContentType is { Length: > 0 } type)
            message.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        if (chain is not null)
            message.Headers.TryAddWithoutValidation(ActorRequest.ReentrancyHeader, chain);
        try
        {
            using var response = await _app.SendAsync(message, cancellationToken).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            return response.StatusCode switch
            {
                HttpStatusCode.OK => new ActorResponse(body, response.Content.Headers.ContentType?.ToString(), HeadersOf(response.Headers)),
                HttpStatusCode.NotFound => throw DaprErrors.Actors.Invoke("actor method not found"),
                var status => throw DaprErrors.Actors.Invoke($"error from actor service: ({(int)status}) {System.Text.Encoding.UTF8.GetString(body)}", (int)status),
            };
        }
        catch (HttpRequestException e)
        {
            throw DaprErrors.Actors.Invoke(e.Message);
        }
    }

    private static bool IsSetHere(string name) => name.Equals("Host", StringComparison.OrdinalIgnoreCase) || name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) || name.Equals("Expect", StringComparison.OrdinalIgnoreCase) || name.Equals(ActorRequest.ReentrancyHeader, StringComparison.OrdinalIgnoreCase);

    private static List<KeyValuePair<string, StringValues>> HeadersOf(HttpResponseHeaders headers) =>
        [.. headers.NonValidated.Where(h => !HopByHopHeaders.Contains(h.Key)).Select(h => KeyValuePair.Create(h.Key, new StringValues([.. h.Value])))];

    private static string PathOf(ActorKey actor) => $"/actors/{Uri.EscapeDataString(actor.Type)}/{Uri.EscapeDataString(actor.Id)}";

    private async Task DeactivateIdleAsync()
    {
        if (Interlocked.Exchange(ref _isScanning, 1) != 0)
            return;
        foreach (var instance in _instances.Values.Where(i => i.IsIdle()))
        {
            if (!instance.TryTakeLastTurn())
                continue;
            await DeactivateAsync(instance).ConfigureAwait(false);
            instance.ReleaseLastTurn();
        }
        Volatile.Write(ref _isScanning, 0);
    }

    /// <summary>Tells the app before the next call can activate the actor anew.</summary>
    private async Task DeactivateAsync(ActorInstance instance)
    {
        Timers.RemoveAll(instance.Key);
        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Delete, _app.Uri(PathOf(instance.Key)));
            using var patience = new CancellationTokenSource(s_deactivationPatience);
            using var response = await _app.SendAsync(message, patience.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode && response.StatusCode != HttpStatusCode.NotFound)
                Log.DeactivationFailed(_log, _appId, instance.Key.Type, instance.Key.Id, $"the app answered {(int)response.StatusCode}");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // An app that has ended has no actors in memory either.
            Log.DeactivationFailed(_log, _appId, instance.Key.Type, instance.Key.Id, e.Message);
        }
        finally
        {
            _instances.TryRemove(KeyValuePair.Create(instance.Key, instance));
        }
    }
}
