using System.Collections.Concurrent;
using System.Reflection;

namespace Dapr.Actors.Client;

/// <summary>Stands behind an actor's interface: each method becomes a call by its name.</summary>
public class TypedActorProxy : DispatchProxy, IActorProxy
{
    private static readonly MethodInfo s_callForResult = typeof(TypedActorProxy).GetMethod(nameof(CallForResultAsync), BindingFlags.NonPublic | BindingFlags.Instance)!;
    private static readonly ConcurrentDictionary<Type, MethodInfo> s_resultCalls = new();

    private ActorProxy _proxy = null!;

    /// <inheritdoc/>
    public ActorId ActorId => _proxy.ActorId;

    /// <inheritdoc/>
    public string ActorType => _proxy.ActorType;

    internal void Initialize(ActorProxy proxy) => _proxy = proxy;

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var method = targetMethod!;
        var parameters = method.GetParameters();
        var cancellationToken = args?.OfType<CancellationToken>().FirstOrDefault() ?? default;
        var arguments = parameters.Zip(args ?? [], (p, value) => (p.Name!, p.ParameterType, value)).Where(a => a.ParameterType != typeof(CancellationToken)).ToList();
        if (method.ReturnType == typeof(Task))
            return _proxy.SendAsync(method.Name, _proxy.Write(arguments), cancellationToken);
        if (!method.ReturnType.IsGenericType || method.ReturnType.GetGenericTypeDefinition() != typeof(Task<>))
            throw new NotSupportedException($"{method.DeclaringType}.{method.Name} must return Task or Task<T>.");
        var call = s_resultCalls.GetOrAdd(method.ReturnType.GetGenericArguments()[0], t => s_callForResult.MakeGenericMethod(t));
        return call.Invoke(this, [method.Name, _proxy.Write(arguments), cancellationToken]);
    }

    private async Task<T> CallForResultAsync<T>(string method, byte[] body, CancellationToken cancellationToken) =>
        _proxy.Read<T>(await _proxy.SendAsync(method, body, cancellationToken).ConfigureAwait(false));
}
