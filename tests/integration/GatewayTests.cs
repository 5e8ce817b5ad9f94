using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Deepiri.IntegrationTests;

/// <summary>The gateway with its sidecar, before apps that the test plays, with keys of the test's own.</summary>
public sealed class GatewayTests : IAsyncLifetime
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _nextKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly List<(string Kid, ECDsa Key)> _published = [];
    private ServiceHost _gateway = null!;
    private TestApp _auth = null!;
    private TestApp _tasks = null!;
    private TestApp _cyrex = null!;

    public async Task InitializeAsync()
    {
        _published.Add(("one", _key));
        _auth = await TestApp.StartAsync();
        _tasks = await TestApp.StartAsync();
        _cyrex = await TestApp.StartAsync();
        _auth.Answer = Sign((context, request) => request.Path == "/.well-known/jwks.json" ? context.Response.WriteAsync(Jwks()) : Task.CompletedTask);
        _tasks.Answer = _cyrex.Answer = Sign((_, _) => Task.CompletedTask);
        _gateway = await ServiceHost.StartAsync("Deepiri.Gateway", "api-gateway", new Dictionary<string, TestApp> { ["auth-service"] = _auth, ["task-orchestrator"] = _tasks, ["cyrex"] = _cyrex }, settings: "--Tokens:KeyRefreshInterval=00:00:01");
        _gateway.Time.JumpTo(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        _key.Dispose();
        _nextKey.Dispose();
    }

    [Fact]
    public async Task A_valid_token_becomes_identity_headers_and_is_not_passed_on()
    {
        using var answer = await GetAsync(Token(new { sid = "s1" }), request =>
        {
            request.Headers.Add("X-User-Id", "spoofed");
            request.Headers.Add("X-Session-Id", "spoofed");
            request.Headers.Add("X-Gateway-Token", "spoofed");
            request.Headers.Add("dapr-caller-app-id", "spoofed");
        });
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var headers = Assert.Single(_tasks.Requests).Headers;
        Assert.Equal(("ada", "user", "s1", "api-gateway"), (headers["X-User-Id"], headers["X-User-Role"], headers["X-Session-Id"], headers["dapr-caller-app-id"]));
        Assert.False(headers.ContainsKey("Authorization") || headers.ContainsKey("X-Gateway-Token"));
        Assert.Equal(answer.Headers.GetValues("X-Request-ID").Single(), headers["X-Request-ID"]);
    }

    [Theory]
    [InlineData("/api/auth/login", "auth-service", "/api/auth/login", true)]
    [InlineData("/api/auth/login/", "auth-service", "/api/auth/login/", true)]
    [InlineData("/.well-known/jwks.json", "auth-service", "/.well-known/jwks.json", true)]
    [InlineData("/api/auth/logout", "auth-service", "/api/auth/logout", false)]
    [InlineData("/api/users/profile?a=%20b", "auth-service", "/api/users/profile", false)]
    [InlineData("/api/tasks", "task-orchestrator", "/api/tasks", false)]
    [InlineData("/api/tasks/a%20%C3%A4", "task-orchestrator", "/api/tasks/a%20%C3%A4", false)]
    [InlineData("/api/agent/generate", "cyrex", "/agent/generate", false)]
    [InlineData("/api/agent/ai-tutor/chat", "cyrex", "/ai-tutor/chat", false)]
    [InlineData("/api/agent/code/analyze", "cyrex", "/code/analyze", false)]
    [InlineData("/api/agent/challenges/generate", "cyrex", "/challenges/generate", false)]
    [InlineData("/api/agent/models", "cyrex", "/models", false)]
    public async Task A_prefix_leads_to_its_app(string path, string appId, string target, bool anonymous)
    {
        var app = appId switch { "auth-service" => _auth, "cyrex" => _cyrex, _ => _tasks };
        using var unknown = await _gateway.Http.GetAsync(path);
        Assert.Equal(anonymous ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, unknown.StatusCode);
        using var known = new HttpRequestMessage(HttpMethod.Get, path);
        known.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token());
        Assert.Equal(HttpStatusCode.OK, (await _gateway.Direct.SendAsync(known)).StatusCode);
        Assert.Contains(target, app.Requests.Select(r => r.Path));
    }

    [Theory]
    [InlineData("/api")]
    [InlineData("/api/tasksx")]
    [InlineData("/events/tasks")]
    [InlineData("/dapr/subscribe")]
    [InlineData("/openapi/v1.json")]
    public async Task Anything_else_leads_nowhere(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token());
        using var answer = await _gateway.Direct.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("NOT_FOUND", await answer.Content.ReadAsStringAsync());
    }

    /// <summary>A NumericDate may have a fraction (RFC 7519, section 2).</summary>
    [Fact]
    public async Task Times_with_fractions_count()
    {
        var now = _gateway.Time.GetUtcNow().ToUnixTimeSeconds();
        var token = Token(new { nbf = now - 0.5, exp = now + 600.5 });
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(token)).StatusCode);
        _gateway.Time.Advance(TimeSpan.FromSeconds(612));
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(token)).StatusCode);
    }

    [Fact]
    public async Task Metrics_are_for_those_who_have_the_apps_token()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await _gateway.Direct.GetAsync("/metrics")).StatusCode);
        Assert.Contains("http_server_request_duration_seconds_count", await _gateway.Http.GetStringAsync("/metrics"));
    }

    [Fact]
    public async Task Wrong_claims_keys_and_algorithms_are_refused()
    {
        var now = _gateway.Time.GetUtcNow().ToUnixTimeSeconds();
        var bad = new (string Why, string Token, string Code)[]
        {
            ("issuer", Token(new { iss = "https://evil" }), "INVALID_TOKEN"),
            ("audience", Token(new { aud = "other" }), "INVALID_TOKEN"),
            ("other audiences, too", Token(new { aud = new[] { "other", "deepiri" } }), "INVALID_TOKEN"),
            ("expired", Token(new { exp = now - 11 }), "TOKEN_EXPIRED"),
            ("not yet", Token(new { nbf = now + 60 }), "INVALID_TOKEN"),
            ("no expiry", Token(new { exp = (long?)null }), "INVALID_TOKEN"),
            ("huge expiry", Token(new { exp = long.MaxValue }), "INVALID_TOKEN"),
            ("text as expiry", Token(new { exp = $"{now + 900}" }), "INVALID_TOKEN"),
            ("words as expiry", Token(new { exp = "tomorrow" }), "INVALID_TOKEN"),
            ("object as expiry", Token(new { exp = new { a = now + 900 } }), "INVALID_TOKEN"),
            ("expiry out of range", Token(new { exp = 1e300 }), "INVALID_TOKEN"),
            ("fraction that is over", Token(new { exp = now - 10.5 }), "TOKEN_EXPIRED"),
            ("text as beginning", Token(new { nbf = $"{now + 60}" }), "INVALID_TOKEN"),
            ("words as beginning", Token(new { nbf = "tomorrow" }), "INVALID_TOKEN"),
            ("object as beginning", Token(new { nbf = new { a = now } }), "INVALID_TOKEN"),
            ("beginning out of range", Token(new { nbf = 1e300 }), "INVALID_TOKEN"),
            ("fraction that is not yet", Token(new { nbf = now + 60.5 }), "INVALID_TOKEN"),
            ("no subject", Token(new { sub = "" }), "INVALID_TOKEN"),
            ("unknown key", Token(kid: "two", key: _nextKey), "INVALID_TOKEN"),
            ("another's key", Token(key: _nextKey), "INVALID_TOKEN"),
            ("no role", Token(new { role = (string?)null }), "INVALID_TOKEN"),
            ("critical extension", Token(header: new { alg = "ES256", kid = "one", crit = new[] { "b64" }, b64 = false }), "INVALID_TOKEN"),
            ("none", Token(alg: "none"), "INVALID_TOKEN"),
            ("HS256", Token(alg: "HS256"), "INVALID_TOKEN"),
            ("lone surrogate", $"{Base64Url.EncodeToString("{\"alg\":\"\\ud800\"}"u8)}.e30.AAAA", "INVALID_TOKEN"),
            ("rubbish", "a.b", "INVALID_TOKEN"),
            ("long", new string('a', 5000), "INVALID_TOKEN"),
        };
        foreach (var (why, token, code) in bad)
        {
            using var answer = await GetAsync(token);
            var body = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.StatusCode == HttpStatusCode.Unauthorized && body.Contains(code), $"{why}: {answer.StatusCode} {body}");
            Assert.NotEmpty(answer.Headers.WwwAuthenticate);
        }
        Assert.Empty(_tasks.Requests);
    }

    [Fact]
    public async Task A_token_that_was_good_is_refused_when_it_expires()
    {
        var token = Token(new { exp = _gateway.Time.GetUtcNow().ToUnixTimeSeconds() + 60 });
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(token)).StatusCode);
        _gateway.Time.Advance(TimeSpan.FromSeconds(71));
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(token)).StatusCode);
    }

    [Fact]
    public async Task A_new_key_is_fetched_when_a_token_names_it_and_a_removed_one_ends_its_tokens()
    {
        var old = Token();
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(old)).StatusCode);
        _published.Insert(0, ("two", _nextKey));
        await Eventually.AssertAsync(async () => Assert.Equal(HttpStatusCode.OK, (await GetAsync(Token(kid: "two", key: _nextKey))).StatusCode), everyMilliseconds: 500);
        _published.RemoveAt(1);
        await Eventually.AssertAsync(async () =>
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(Token(kid: "three", key: _nextKey))).StatusCode);
            Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(old)).StatusCode);
        }, everyMilliseconds: 500);
    }

    [Fact]
    public async Task Made_up_key_ids_have_the_keys_fetched_once_in_a_while_and_keep_no_new_key_out()
    {
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(Token())).StatusCode);
        for (var i = 0; i < 50; i++)
            Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(Token(kid: $"made-up-{i}", key: _nextKey))).StatusCode);
        Assert.InRange(_auth.To("/.well-known/jwks.json").Count, 2, 10);
        _published.Insert(0, ("two", _nextKey));
        await Eventually.AssertAsync(async () =>
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(Token(kid: "made-up", key: _nextKey))).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await GetAsync(Token(kid: "two", key: _nextKey))).StatusCode);
        }, everyMilliseconds: 500);
    }

    [Fact]
    public async Task Who_is_known_does_not_wait_for_keys_that_made_up_tokens_have_fetched()
    {
        var known = Token();
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(known)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(known)).StatusCode);
        var asked = new TaskCompletionSource();
        var end = new TaskCompletionSource();
        _auth.Answer = Sign(async (context, _) =>
        {
            asked.TrySetResult();
            await end.Task;
            await context.Response.WriteAsync(Jwks());
        });
        var madeUp = GetAsync(Token(kid: "made-up", key: _nextKey));
        await asked.Task;
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(known)).StatusCode);
        Assert.False(madeUp.IsCompleted);
        end.SetResult();
        Assert.Equal(HttpStatusCode.Unauthorized, (await madeUp).StatusCode);
    }

    [Fact]
    public async Task Without_keys_a_token_is_503_and_known_keys_outlive_their_service()
    {
        _auth.Answer = Sign((context, _) =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        using var unavailable = await GetAsync(Token());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, unavailable.StatusCode);
        Assert.NotNull(unavailable.Headers.RetryAfter);
        _auth.Answer = Sign((context, _) => context.Response.WriteAsync(Jwks()));
        await Eventually.AssertAsync(async () => Assert.Equal(HttpStatusCode.OK, (await GetAsync(Token())).StatusCode));
        await _auth.DisposeAsync();
        _gateway.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(Token())).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(Token(kid: "two", key: _nextKey))).StatusCode);
    }

    [Fact]
    public async Task An_expired_token_does_not_keep_anybody_from_refreshing()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/auth/refresh") { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token(new { exp = 1_700_000_000 }));
        using var answer = await _gateway.Direct.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Single(_auth.To("/api/auth/refresh"));
    }

    [Fact]
    public async Task The_hundred_and_first_request_of_a_minute_is_429_with_the_time_to_wait()
    {
        var token = Token();
        for (var i = 0; i < 100; i++)
            Assert.Equal(HttpStatusCode.OK, (await GetAsync(token)).StatusCode);
        using var refused = await GetAsync(token);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(("100", "0"), (refused.Headers.GetValues("RateLimit-Limit").Single(), refused.Headers.GetValues("RateLimit-Remaining").Single()));
        Assert.Equal(refused.Headers.GetValues("RateLimit-Reset").Single(), refused.Headers.GetValues("Retry-After").Single());
        Assert.Contains("RATE_LIMITED", await refused.Content.ReadAsStringAsync());
        Assert.Equal("nosniff", refused.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(Token(new { sub = "bob" }))).StatusCode);
        _gateway.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(token)).StatusCode);
    }

    [Fact]
    public async Task A_service_that_is_away_is_503_and_a_services_own_500_stays_its_own()
    {
        _tasks.Answer = Sign((context, _) =>
        {
            context.Response.StatusCode = 500;
            return context.Response.WriteAsync("its own");
        });
        Assert.Equal("its own", await (await GetAsync(Token())).Content.ReadAsStringAsync());
        await _tasks.DisposeAsync();
        using var away = await GetAsync(Token());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, away.StatusCode);
        var error = JsonDocument.Parse(await away.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        Assert.Equal(("SERVICE_UNAVAILABLE", true), (error.GetProperty("code").GetString(), error.GetProperty("retryable").GetBoolean()));
        Assert.NotNull(away.Headers.RetryAfter);
    }

    [Theory]
    [InlineData("/api/tasks/a%0ab")]
    [InlineData("/api/tasks/a%7f")]
    [InlineData("/api/tasks/a%23b")]
    [InlineData("/api/tasks/a%3Fb")]
    [InlineData("/api/auth/%256Cogin")]
    public async Task A_path_that_dapr_does_not_invoke_is_400(string path)
    {
        using var answer = await _gateway.Http.GetAsync(path);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("The path is not valid.", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Cors_answers_the_development_origin_only()
    {
        foreach (var (origin, allowed) in new[] { ("http://localhost:5173", true), ("https://evil.example", false) })
        {
            using var preflight = new HttpRequestMessage(HttpMethod.Options, "/api/tasks");
            preflight.Headers.Add("Origin", origin);
            preflight.Headers.Add("Access-Control-Request-Method", "POST");
            preflight.Headers.Add("Access-Control-Request-Headers", "authorization,content-type,if-match");
            using var answer = await _gateway.Direct.SendAsync(preflight);
            Assert.Equal(allowed, answer.Headers.Contains("Access-Control-Allow-Origin"));
        }
    }

    private async Task<HttpResponseMessage> GetAsync(string token, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/tasks");
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        change?.Invoke(request);
        return await _gateway.Direct.SendAsync(request);
    }

    /// <summary>Services sign their responses.</summary>
    private static Func<HttpContext, ReceivedRequest, Task> Sign(Func<HttpContext, ReceivedRequest, Task> answer) => (context, request) =>
    {
        context.Response.Headers["X-Service-Name"] = "test";
        return answer(context, request);
    };

    private string Jwks() => JsonSerializer.Serialize(new
    {
        keys = _published.Select(p =>
        {
            var q = p.Key.ExportParameters(false).Q;
            return new { kty = "EC", crv = "P-256", kid = p.Kid, x = Base64Url.EncodeToString(q.X), y = Base64Url.EncodeToString(q.Y), alg = "ES256", use = "sig" };
        }),
    });

    /// <summary>A token as auth-service would issue it, with some claims changed (null removes one).</summary>
    private string Token(object? claims = null, string kid = "one", ECDsa? key = null, string alg = "ES256", object? header = null)
    {
        var now = _gateway.Time.GetUtcNow().ToUnixTimeSeconds();
        var all = new Dictionary<string, object?> { ["iss"] = "https://auth.deepiri.local", ["aud"] = "deepiri", ["sub"] = "ada", ["role"] = "user", ["nbf"] = now, ["exp"] = now + 900 };
        foreach (var property in claims?.GetType().GetProperties() ?? [])
            all[property.Name] = property.GetValue(claims);
        var signed = $"{Encode(header ?? new { alg, kid })}.{Encode(all.Where(c => c.Value is not null).ToDictionary(c => c.Key, c => c.Value))}";
        var signature = (key ?? _key).SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Encode<T>(T value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));
}
