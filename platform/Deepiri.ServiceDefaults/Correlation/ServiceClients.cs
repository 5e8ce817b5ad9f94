using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http;

namespace Deepiri.ServiceDefaults;

/// <summary>
/// Calls other services through Dapr, with the current request's id (or, where there is none, the one that is given), and either its
/// user's identity or the role <c>service</c>.
/// </summary>
public sealed class ServiceClients(DaprClient dapr, IHttpContextAccessor accessor)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, HttpClient> _clients = new(StringComparer.Ordinal);

    /// <summary>Sends a GET on behalf of a user and reads the JSON answer; null for 404.</summary>
    /// <exception cref="ApiException">503 when the service does not answer within five seconds, or answers with another error.</exception>
    public async Task<T?> GetAsync<T>(string appId, string path, string? onBehalfOf, CancellationToken cancellationToken, string? requestId = null) where T : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await SendAsync(appId, request, onBehalfOf, requestId, s_patience, async (response, stop) => response.StatusCode == HttpStatusCode.NotFound ? null : await ReadAsync<T>(appId, response, stop).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a POST with a JSON body on behalf of a user and reads the JSON answer.</summary>
    /// <param name="patience">How long to wait, with what the sidecar retries.</param>
    /// <exception cref="ApiException">503 when the service does not answer in time, or answers with an error.</exception>
    public async Task<TAnswer> PostAsync<TBody, TAnswer>(string appId, string path, TBody body, string? onBehalfOf, TimeSpan patience, CancellationToken cancellationToken, string? requestId = null) where TAnswer : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, options: PlatformJson.Options) };
        return await SendAsync(appId, request, onBehalfOf, requestId, patience, (response, stop) => ReadAsync<TAnswer>(appId, response, stop), cancellationToken).ConfigureAwait(false);
    }

    private async Task<T> SendAsync<T>(string appId, HttpRequestMessage request, string? onBehalfOf, string? requestId, TimeSpan patience, Func<HttpResponseMessage, CancellationToken, Task<T>> readAsync, CancellationToken cancellationToken)
    {
        var client = _clients.GetOrAdd(appId, app =>
        {
            var made = dapr.CreateInvokableHttpClient(app);
            made.Timeout = Timeout.InfiniteTimeSpan;
            return made;
        });
        if ((requestId ?? accessor.HttpContext?.TraceIdentifier) is { } id)
            request.Headers.TryAddWithoutValidation(Headers.RequestId, id);
        request.Headers.TryAddWithoutValidation(Headers.UserRole, onBehalfOf is null ? Identity.Roles.Service : Identity.Roles.User);
        if (onBehalfOf is not null)
            request.Headers.TryAddWithoutValidation(Headers.UserId, onBehalfOf);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(patience);
        try
        {
            using var response = await client.SendAsync(request, stop.Token).ConfigureAwait(false);
            return await readAsync(response, stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw ApiException.Unavailable(appId);
        }
    }

    private static async Task<T> ReadAsync<T>(string appId, HttpResponseMessage response, CancellationToken cancellationToken) where T : class =>
        response.IsSuccessStatusCode
            ? await response.Content.ReadFromJsonAsync<T>(PlatformJson.Options, cancellationToken).ConfigureAwait(false) ?? throw new JsonException($"{appId} answered null.")
            : throw ApiException.Unavailable(appId);
}
