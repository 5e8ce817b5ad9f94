using System.Net.Http.Headers;
using System.Text.Json;

namespace Dapr.Actors.Client;

/// <summary>Calls an actor's methods by name (https://docs.dapr.io/reference/api/actors_api/).</summary>
public class ActorProxy : IActorProxy
{
    private readonly HttpClient _http;
    private readonly JsonSerializerOptions _json;

    internal ActorProxy(ActorId actorId, string actorType, HttpClient http, JsonSerializerOptions json) => (ActorId, ActorType, _http, _json) = (actorId, actorType, http, json);

    /// <summary>The factory behind <see cref="Create{T}"/>, with the environment's settings.</summary>
    public static IActorProxyFactory DefaultProxyFactory { get; } = new ActorProxyFactory();

    /// <inheritdoc/>
    public ActorId ActorId { get; }

    /// <inheritdoc/>
    public string ActorType { get; }

    /// <summary>A proxy that has the actor's interface.</summary>
    public static TActorInterface Create<TActorInterface>(ActorId actorId, string actorType, ActorProxyOptions? options = null) where TActorInterface : IActor =>
        DefaultProxyFactory.CreateActorProxy<TActorInterface>(actorId, actorType, options);

    /// <summary>The same for an interface known at run time.</summary>
    public static object Create(ActorId actorId, Type actorInterfaceType, string actorType, ActorProxyOptions? options = null) =>
        DefaultProxyFactory.CreateActorProxy(actorId, actorInterfaceType, actorType, options);

    /// <summary>A proxy that calls methods by name.</summary>
    public static ActorProxy Create(ActorId actorId, string actorType, ActorProxyOptions? options = null) => DefaultProxyFactory.Create(actorId, actorType, options);

    /// <summary>Calls a method with an argument and a result.</summary>
    /// <exception cref="ActorMethodInvocationException">The method failed, or could not be reached.</exception>
    public async Task<TResponse> InvokeMethodAsync<TRequest, TResponse>(string method, TRequest data, CancellationToken cancellationToken = default) =>
        Read<TResponse>(await SendAsync(method, JsonSerializer.SerializeToUtf8Bytes(data, _json), cancellationToken).ConfigureAwait(false));

    /// <summary>Calls a method with an argument.</summary>
    /// <inheritdoc cref="InvokeMethodAsync{TRequest, TResponse}"/>
    public Task InvokeMethodAsync<TRequest>(string method, TRequest data, CancellationToken cancellationToken = default) =>
        SendAsync(method, JsonSerializer.SerializeToUtf8Bytes(data, _json), cancellationToken);

    /// <summary>Calls a method with a result.</summary>
    /// <inheritdoc cref="InvokeMethodAsync{TRequest, TResponse}"/>
    public async Task<TResponse> InvokeMethodAsync<TResponse>(string method, CancellationToken cancellationToken = default) =>
        Read<TResponse>(await SendAsync(method, [], cancellationToken).ConfigureAwait(false));

    /// <summary>Calls a method.</summary>
    /// <inheritdoc cref="InvokeMethodAsync{TRequest, TResponse}"/>
    public Task InvokeMethodAsync(string method, CancellationToken cancellationToken = default) => SendAsync(method, [], cancellationToken);

    /// <summary>Writes the arguments of an interface's method: none, the one, or an object of them by name.</summary>
    internal byte[] Write(IReadOnlyList<(string Name, Type Type, object? Value)> arguments) => arguments switch
    {
        [] => [],
        [var (_, type, value)] => JsonSerializer.SerializeToUtf8Bytes(value, type, _json),
        _ => JsonSerializer.SerializeToUtf8Bytes(arguments.ToDictionary(a => a.Name, a => JsonSerializer.SerializeToElement(a.Value, a.Type, _json))),
    };

    internal T Read<T>(byte[] answer) => answer.Length == 0 ? default! : JsonSerializer.Deserialize<T>(answer, _json)!;

    internal async Task<byte[]> SendAsync(string method, byte[] body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"{ActorWire.Path(ActorType, ActorId)}/method/{Uri.EscapeDataString(method)}") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add(ActorWire.RequestHeader, "json");
        if (ActorWire.ReentrancyId is { } chain)
            request.Headers.Add(ActorWire.ReentrancyHeader, chain);
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var answer = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
                throw new ActorMethodInvocationException($"{ActorType}/{ActorId}.{method}: {(int)response.StatusCode} {System.Text.Encoding.UTF8.GetString(answer)}", null, isTransient: (int)response.StatusCode == 503);
            if (!response.Headers.Contains(ActorWire.ErrorHeader))
                return answer;
            var fault = JsonSerializer.Deserialize<ActorFault>(answer, JsonSerializerOptions.Web)!;
            throw new ActorMethodInvocationException($"{ActorType}/{ActorId}.{method}: {fault.Message}", new ActorInvokeException(fault.Type, fault.Message), isTransient: false);
        }
        catch (HttpRequestException e)
        {
            throw new ActorMethodInvocationException($"{ActorType}/{ActorId}.{method}: {e.Message}", e, isTransient: true);
        }
    }
}
