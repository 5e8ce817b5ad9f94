using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http;

namespace Deepiri.ServiceDefaults;

/// <summary>Calls other services through Dapr, with the current request's id, and either its user's identity or the role <c>service</c>.</summary>
public sealed class ServiceClients(DaprClient dapr, IHttpContextAccessor accessor)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, HttpClient> _clients = new(StringComparer.Ordinal);

    /// <summary>Sends a GET on behalf of a user and reads the JSON answer; null for 404.</summary>
    /// <exception cref="ApiException">503 when the service does not answer within five seconds, or answers with another error.</exception>
    public async Task<T?> GetAsync<T>(string appId, string path, string? onBehalfOf, CancellationToken cancellationToken) where T : class
    {
        var client = _clients.GetOrAdd(appId, id => dapr.CreateInvokableHttpClient(id));
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accessor.HttpContext is { } context)
            request.Headers.TryAddWithoutValidation(Headers.RequestId, context.TraceIdentifier);
        request.Headers.TryAddWithoutValidation(Headers.UserRole, onBehalfOf is null ? Identity.Roles.Service : Identity.Roles.User);
        if (onBehalfOf is not null)
            request.Headers.TryAddWithoutValidation(Headers.UserId, onBehalfOf);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        try
        {
            using var response = await client.SendAsync(request, patience.Token).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.NotFound)
                return null;
            return response.IsSuccessStatusCode
                ? await response.Content.ReadFromJsonAsync<T>(PlatformJson.Options, patience.Token).ConfigureAwait(false)
                : throw ApiException.Unavailable(appId);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw ApiException.Unavailable(appId);
        }
    }
}
