using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using Dapr.Actors.Client;
using Dapr.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dapr.Actors.Runtime;

/// <summary>The actors in this app's memory, and the turns that the sidecar asks of them.</summary>
internal sealed class ActorManager : IDisposable
{
    private static readonly MethodInfo s_writeResult = typeof(ActorManager).GetMethod(nameof(WriteResultAsync), BindingFlags.NonPublic | BindingFlags.Static)!;

    private readonly ConcurrentDictionary<(string Type, string Id), Lazy<Task<Activated>>> _actors = new();
    private readonly Dictionary<string, HostedType> _types;
    private readonly IServiceProvider _services;
    private readonly ILoggerFactory _loggers;
    private readonly HttpClient _http;
    private readonly IActorProxyFactory _proxies;
    private readonly ActorTimerManager _timers;

    public ActorManager(IOptions<ActorRuntimeOptions> options, IServiceProvider services, ILoggerFactory loggers, IActorProxyFactory proxies)
    {
        (Options, _services, _loggers, _proxies) = (options.Value, services, loggers, proxies);
        _http = SidecarConnection.Create(DaprDefaults.HttpEndpoint(Options.HttpEndpoint), DaprDefaults.ApiToken(Options.DaprApiToken), Timeout.InfiniteTimeSpan);
        _timers = new SidecarTimerManager(_http, TimeProvider.System);
        _types = Options.Actors.ToDictionary(a => a.Type.ActorTypeName, a => new HostedType(a.Type), StringComparer.Ordinal);
    }

    public ActorRuntimeOptions Options { get; }

    /// <summary>Calls a method of an actor's interfaces; null when there is none of that name. The result is JSON, or nothing.</summary>
    public async Task<byte[]?> CallAsync(string type, string id, string method, byte[] body)
    {
        if (!_types.TryGetValue(type, out var hosted) || hosted.Find(method) is not { } target)
            return null;
        var json = Options.JsonSerializerOptions;
        var actor = await ActivateAsync(hosted, id).ConfigureAwait(false);
        return await actor.RunTurnAsync(new ActorMethodContext(target.Name, ActorCallType.ActorInterfaceMethod), async () =>
        {
            var task = (Task)hosted.Invoke(actor, target, ReadArguments(target, body, json))!;
            if (target.ReturnType.IsGenericType)
                return await ((Task<byte[]>)s_writeResult.MakeGenericMethod(target.ReturnType.GetGenericArguments()[0]).Invoke(null, [task, json])!).ConfigureAwait(false);
            await task.ConfigureAwait(false);
            return [];
        }).ConfigureAwait(false);
    }

    /// <summary>Hands a reminder to its actor; false when there is no such type, or it takes none.</summary>
    public async Task<bool> RemindAsync(string type, string id, string name, JsonElement body)
    {
        if (!_types.TryGetValue(type, out var hosted) || !hosted.Type.IsRemindable)
            return false;
        var actor = await ActivateAsync(hosted, id).ConfigureAwait(false);
        await actor.RunTurnAsync(new ActorMethodContext(name, ActorCallType.ReminderMethod), async () =>
        {
            await ((IRemindable)actor).ReceiveReminderAsync(name, Data(body) ?? [], Duration(body, "dueTime"), Duration(body, "period")).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
        return true;
    }

    /// <summary>Calls a timer's callback; false when there is none of that name.</summary>
    public async Task<bool> FireAsync(string type, string id, JsonElement body)
    {
        var callback = body.TryGetProperty("callback", out var name) ? name.GetString() : null;
        if (!_types.TryGetValue(type, out var hosted) || callback is null || hosted.FindCallback(callback) is not { } method)
            return false;
        var actor = await ActivateAsync(hosted, id).ConfigureAwait(false);
        await actor.RunTurnAsync(new ActorMethodContext(callback, ActorCallType.TimerMethod), async () =>
        {
            await ((Task)hosted.Invoke(actor, method, method.GetParameters().Length == 0 ? [] : [Data(body)])!).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
        return true;
    }

    /// <summary>Lets an actor go; one that is not in memory is none.</summary>
    public async Task DeactivateAsync(string type, string id)
    {
        if (!_actors.TryRemove((type, id), out var activated))
            return;
        var (actor, scope) = await activated.Value.ConfigureAwait(false);
        await using (scope.ConfigureAwait(false))
            await actor.DeactivateAsync().ConfigureAwait(false);
    }

    public void Dispose() => _http.Dispose();

    private async Task<Actor> ActivateAsync(HostedType hosted, string id)
    {
        var key = (hosted.Type.ActorTypeName, id);
        var activated = _actors.GetOrAdd(key, _ => new Lazy<Task<Activated>>(() => CreateAsync(hosted, new ActorId(id))));
        try
        {
            return (await activated.Value.ConfigureAwait(false)).Actor;
        }
        catch
        {
            // The next call tries again.
            _actors.TryRemove(KeyValuePair.Create(key, activated));
            throw;
        }
    }

    private async Task<Activated> CreateAsync(HostedType hosted, ActorId id)
    {
        var scope = _services.CreateAsyncScope();
        try
        {
            var host = new ActorHost(hosted.Type, id, Options.JsonSerializerOptions, _loggers, _proxies, _timers,
                h => new ActorStateManager(new SidecarActorState(_http, h.ActorTypeInfo.ActorTypeName, h.Id, h.JsonSerializerOptions), TimeProvider.System));
            var actor = (Actor)ActivatorUtilities.CreateInstance(scope.ServiceProvider, hosted.Type.ImplementationType, host);
            await actor.ActivateAsync().ConfigureAwait(false);
            return new Activated(actor, scope);
        }
        catch
        {
            await scope.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static object?[] ReadArguments(MethodInfo method, byte[] body, JsonSerializerOptions json)
    {
        var parameters = method.GetParameters();
        var named = parameters.Count(p => p.ParameterType != typeof(CancellationToken));
        try
        {
            if (named == 0)
                return [.. parameters.Select(_ => (object?)CancellationToken.None)];
            if (named == 1)
                return [.. parameters.Select(p => p.ParameterType == typeof(CancellationToken) ? CancellationToken.None : JsonSerializer.Deserialize(body.Length == 0 ? "null"u8 : body, p.ParameterType, json))];
            var all = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(body)!;
            return [.. parameters.Select(p => p.ParameterType == typeof(CancellationToken) ? CancellationToken.None : all.TryGetValue(p.Name!, out var value) ? value.Deserialize(p.ParameterType, json) : null)];
        }
        catch (JsonException e)
        {
            throw new ArgumentException($"The arguments of {method.Name} cannot be read: {e.Message}", e);
        }
    }

    private static async Task<byte[]> WriteResultAsync<T>(Task<T> result, JsonSerializerOptions json) => JsonSerializer.SerializeToUtf8Bytes(await result.ConfigureAwait(false), json);

    private static byte[]? Data(JsonElement body) => body.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.String ? data.GetBytesFromBase64() : null;

    private static TimeSpan Duration(JsonElement body, string name) => body.TryGetProperty(name, out var text) && text.GetString() is { Length: > 0 } duration ? GoDuration.Parse(duration) : TimeSpan.Zero;

    private readonly record struct Activated(Actor Actor, AsyncServiceScope Scope);

    /// <summary>A class with its callable methods.</summary>
    private sealed class HostedType(ActorTypeInformation type)
    {
        private readonly Dictionary<string, MethodInfo> _methods = type.InterfaceTypes.SelectMany(i => i.GetInterfaces().Append(i)).SelectMany(i => i.GetMethods())
            .DistinctBy(m => m.Name).ToDictionary(m => m.Name, StringComparer.Ordinal);

        private readonly ConcurrentDictionary<MethodInfo, MethodInvoker> _invokers = new();

        public ActorTypeInformation Type => type;

        public MethodInfo? Find(string method) => _methods.GetValueOrDefault(method);

        public MethodInfo? FindCallback(string name) => type.ImplementationType.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .FirstOrDefault(m => m.Name == name && m.ReturnType == typeof(Task) && m.GetParameters() is [] or [{ ParameterType.FullName: "System.Byte[]" }]);

        public object? Invoke(Actor actor, MethodInfo method, object?[] arguments) => _invokers.GetOrAdd(method, MethodInvoker.Create).Invoke(actor, arguments.AsSpan());
    }
}
