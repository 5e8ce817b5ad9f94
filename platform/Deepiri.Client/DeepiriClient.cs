using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Deepiri.Client;

/// <summary>The platform's public API for one user, through the gateway. Used by the demo, the end-to-end tests and the benchmarks.</summary>
public sealed class DeepiriClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly Uri _gateway;

    /// <summary>A client of the gateway at this address, for example <c>http://127.0.0.1:5100</c>.</summary>
    public DeepiriClient(Uri gateway)
    {
        _gateway = gateway;
        _http = new HttpClient { BaseAddress = gateway };
    }

    /// <summary>The tokens of the last sign-in.</summary>
    public Session? Session { get; private set; }

    /// <summary>The HTTP client, with the session's access token.</summary>
    public HttpClient Http => _http;

    /// <summary>Registers a user and signs in.</summary>
    public async Task<Session> RegisterAsync(string username, string email, string password, CancellationToken cancellationToken = default)
    {
        await SendAsync<UserInfo>(HttpMethod.Post, "/api/auth/register", new { username, email, password }, cancellationToken).ConfigureAwait(false);
        return await LoginAsync(email, password, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Signs in; later calls carry the access token.</summary>
    public async Task<Session> LoginAsync(string email, string password, CancellationToken cancellationToken = default)
    {
        Session = await SendAsync<Session>(HttpMethod.Post, "/api/auth/login", new { email, password }, cancellationToken).ConfigureAwait(false);
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Session.AccessToken);
        return Session;
    }

    /// <summary>Creates a task.</summary>
    public Task<TaskInfo> CreateTaskAsync(string title, string priority = "medium", int? estimateMinutes = null, CancellationToken cancellationToken = default) =>
        SendAsync<TaskInfo>(HttpMethod.Post, "/api/tasks", new { title, priority, estimateMinutes }, cancellationToken);

    /// <summary>Completes a task.</summary>
    public Task<TaskInfo> CompleteTaskAsync(string id, CancellationToken cancellationToken = default) =>
        SendAsync<TaskInfo>(HttpMethod.Post, $"/api/tasks/{id}/complete", null, cancellationToken);

    /// <summary>The user's XP, level and streak.</summary>
    public Task<AccountInfo> AccountAsync(CancellationToken cancellationToken = default) =>
        SendAsync<AccountInfo>(HttpMethod.Get, "/api/gamification/me", null, cancellationToken);

    /// <summary>The leaderboard of a period: daily, weekly or all.</summary>
    public Task<Leaderboard> LeaderboardAsync(string period = "all", string query = "", CancellationToken cancellationToken = default) =>
        SendAsync<Leaderboard>(HttpMethod.Get, $"/api/gamification/leaderboard?period={period}{query}", null, cancellationToken);

    /// <summary>The newest notifications.</summary>
    public Task<Page<NotificationInfo>> NotificationsAsync(CancellationToken cancellationToken = default) =>
        SendAsync<Page<NotificationInfo>>(HttpMethod.Get, "/api/notifications", null, cancellationToken);

    /// <summary>Connects to the realtime hub as the signed-in user.</summary>
    public Task<RealtimeConnection> ConnectAsync(CancellationToken cancellationToken = default) =>
        RealtimeConnection.ConnectAsync(_gateway, Session?.AccessToken ?? throw new InvalidOperationException("Sign in first."), cancellationToken);

    /// <summary>Sends a request and reads its JSON answer.</summary>
    /// <exception cref="DeepiriException">The platform answered with an error.</exception>
    public async Task<T> SendAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw await ErrorAsync(response, cancellationToken).ConfigureAwait(false);
        return (await response.Content.ReadFromJsonAsync<T>(cancellationToken).ConfigureAwait(false))!;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static async Task<DeepiriException> ErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var body = JsonDocument.Parse(text);
            var error = body.RootElement.GetProperty("error");
            return new DeepiriException(response.StatusCode, error.GetProperty("code").GetString()!, error.GetProperty("message").GetString()!);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return new DeepiriException(response.StatusCode, "UNKNOWN", text);
        }
    }
}
