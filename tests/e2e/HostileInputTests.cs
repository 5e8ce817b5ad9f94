using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Deepiri.E2E;

/// <summary>What a client may send that it should not: each gets the error envelope with the right status, and nothing is stored.</summary>
public sealed class HostileInputTests(EmbeddedPlatform platform) : IClassFixture<EmbeddedPlatform>
{
    [Theory]
    [InlineData("{", "VALIDATION_FAILED")]
    [InlineData("[]", "VALIDATION_FAILED")]
    [InlineData("""{"title":5}""", "VALIDATION_FAILED")]
    [InlineData("""{"title":"x","priority":"whatever"}""", "VALIDATION_FAILED")]
    [InlineData("""{"title":"x","priority":2}""", "VALIDATION_FAILED")]
    [InlineData("""{"title":""}""", "VALIDATION_FAILED")]
    [InlineData("""{}""", "VALIDATION_FAILED")]
    [InlineData("""{"title":"a\u0000b"}""", "VALIDATION_FAILED")]
    [InlineData("""{"title":"x","due":"yesterday"}""", "VALIDATION_FAILED")]
    [InlineData("""{"title":"x","estimateMinutes":-1}""", "VALIDATION_FAILED")]
    [InlineData("""{"title":"x","estimateMinutes":99999999999}""", "VALIDATION_FAILED")]
    [InlineData("""{"title":"x","status":"done"}""", "VALIDATION_FAILED")]
    [InlineData("""{"title":"x","tags":[null]}""", "VALIDATION_FAILED")]
    public async Task A_bad_task_is_400_and_is_not_stored(string body, string code)
    {
        using var ada = await platform.NewUserAsync();
        using var answer = await ada.Http.PostAsync("/api/tasks", new StringContent(body, Encoding.UTF8, "application/json"));
        await IsErrorAsync(answer, HttpStatusCode.BadRequest, code);
        using var list = await ada.Http.GetAsync("/api/tasks");
        Assert.Equal("""{"items":[],"next":null}""", await list.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Every_fault_is_told_at_once_by_field()
    {
        using var ada = await platform.NewUserAsync();
        using var answer = await ada.Http.PostAsync("/api/tasks", new StringContent($$"""{"title":"{{new string('x', 201)}}","estimateMinutes":0,"tags":[""]}""", Encoding.UTF8, "application/json"));
        var details = (await IsErrorAsync(answer, HttpStatusCode.BadRequest, "VALIDATION_FAILED")).GetProperty("details");
        Assert.Equal(["estimateMinutes", "tags[0]", "title"], details.EnumerateObject().Select(d => d.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("text/plain", HttpStatusCode.UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE")]
    [InlineData("application/xml", HttpStatusCode.UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE")]
    public async Task A_body_that_is_not_json_is_415(string mediaType, HttpStatusCode status, string code)
    {
        using var ada = await platform.NewUserAsync();
        using var answer = await ada.Http.PostAsync("/api/tasks", new StringContent("x", Encoding.UTF8, mediaType));
        await IsErrorAsync(answer, status, code);
    }

    [Fact]
    public async Task Two_megabytes_are_413()
    {
        using var ada = await platform.NewUserAsync();
        using var answer = await Platform.PostLargeAsync(ada, "/api/tasks", new StringContent($$"""{"title":"{{new string('x', 2_000_000)}}"}""", Encoding.UTF8, "application/json"));
        await IsErrorAsync(answer, HttpStatusCode.RequestEntityTooLarge, "PAYLOAD_TOO_LARGE");
    }

    [Theory]
    [InlineData("GET", "/api/tasks/not-an-id", HttpStatusCode.NotFound, "TASK_NOT_FOUND")]
    [InlineData("GET", "/api/tasks/0192d2f0-0000-7000-8000-000000000000", HttpStatusCode.NotFound, "TASK_NOT_FOUND")]
    [InlineData("GET", "/api/tasks?limit=0", HttpStatusCode.BadRequest, "VALIDATION_FAILED")]
    [InlineData("GET", "/api/tasks?limit=abc", HttpStatusCode.BadRequest, "VALIDATION_FAILED")]
    [InlineData("GET", "/api/tasks?status=sleeping", HttpStatusCode.BadRequest, "VALIDATION_FAILED")]
    [InlineData("GET", "/api/gamification/leaderboard?period=yearly", HttpStatusCode.BadRequest, "VALIDATION_FAILED")]
    [InlineData("GET", "/api/gamification/leaderboard?limit=1000", HttpStatusCode.BadRequest, "VALIDATION_FAILED")]
    [InlineData("GET", "/api/notifications?since=nope", HttpStatusCode.NotFound, "NOTIFICATION_NOT_FOUND")]
    [InlineData("GET", "/api/notifications?cursor=nope", HttpStatusCode.BadRequest, "VALIDATION_FAILED")]
    [InlineData("GET", "/api/tasks?cursor=-1", HttpStatusCode.BadRequest, "VALIDATION_FAILED")]
    [InlineData("GET", "/api/tasks?cursor='", HttpStatusCode.BadRequest, "VALIDATION_FAILED")]
    [InlineData("GET", "/api/challenges?cursor=x", HttpStatusCode.BadRequest, "VALIDATION_FAILED")]
    [InlineData("PATCH", "/api/tasks", HttpStatusCode.MethodNotAllowed, "METHOD_NOT_ALLOWED")]
    [InlineData("GET", "/api/nothing", HttpStatusCode.NotFound, "NOT_FOUND")]
    [InlineData("GET", "/api/tasks/a%2e%2e%2f..%2f..%2fevents", HttpStatusCode.BadRequest, "BAD_REQUEST")]
    [InlineData("GET", "/api//tasks", HttpStatusCode.BadRequest, "BAD_REQUEST")]
    [InlineData("GET", "/api/tasks/%0a", HttpStatusCode.BadRequest, "BAD_REQUEST")]
    [InlineData("POST", "/events/tasks/task.completed", HttpStatusCode.NotFound, "NOT_FOUND")]
    [InlineData("GET", "/api/users", HttpStatusCode.Forbidden, "FORBIDDEN")]
    [InlineData("GET", "/api/points/me", HttpStatusCode.NotFound, "NOT_FOUND")]
    [InlineData("GET", "/api/analytics", HttpStatusCode.ServiceUnavailable, "SERVICE_UNAVAILABLE")]
    public async Task A_bad_request_gets_its_status_and_code(string method, string path, HttpStatusCode status, string code)
    {
        using var ada = await platform.NewUserAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(platform.Gateway.ToString().TrimEnd('/') + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        using var answer = await ada.Http.SendAsync(request);
        var error = await IsErrorAsync(answer, status, code);
        Assert.Equal(status == HttpStatusCode.ServiceUnavailable, error.GetProperty("retryable").GetBoolean());
    }

    /// <summary>The error names the parameter as the query does, and no type of .NET.</summary>
    [Theory]
    [InlineData("/api/tasks?limit=abc", "limit", "A whole number.")]
    [InlineData("/api/tasks?dueAfter=tomorrow", "dueAfter", "A time such as 2026-03-05T17:00:00Z.")]
    [InlineData("/api/challenges?mine=perhaps", "mine", "true or false.")]
    public async Task A_parameter_of_the_wrong_kind_is_named(string path, string parameter, string fault)
    {
        using var ada = await platform.NewUserAsync();
        using var answer = await ada.Http.GetAsync(path);
        var error = await IsErrorAsync(answer, HttpStatusCode.BadRequest, "VALIDATION_FAILED");
        Assert.Equal(fault, Assert.Single(error.GetProperty("details").GetProperty(parameter).EnumerateArray()).GetString());
    }

    /// <summary>HEAD is GET without a body (RFC 9110, section 9.3.2).</summary>
    [Theory]
    [InlineData("/health")]
    [InlineData("/openapi.json")]
    [InlineData("/api/tasks")]
    public async Task Head_is_answered_wherever_get_is(string path)
    {
        using var ada = await platform.NewUserAsync();
        using var answer = await ada.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
        Assert.Equal((HttpStatusCode.OK, "application/json", 0), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType, (await answer.Content.ReadAsByteArrayAsync()).Length));
    }

    [Fact]
    public async Task A_put_that_must_not_replace_anything_is_412()
    {
        using var ada = await platform.NewUserAsync();
        var id = (await (await ada.Http.PostAsJsonAsync("/api/tasks", new { title = "Kept" })).Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/api/tasks/{id}") { Content = JsonContent.Create(new { title = "New" }) };
        request.Headers.TryAddWithoutValidation("If-None-Match", "*");
        using var answer = await ada.Http.SendAsync(request);
        await IsErrorAsync(answer, HttpStatusCode.PreconditionFailed, "PRECONDITION_FAILED");
        Assert.Equal("Kept", (await ada.Http.GetFromJsonAsync<JsonElement>($"/api/tasks/{id}")).GetProperty("title").GetString());
    }

    [Fact]
    public async Task A_stale_etag_is_412_and_changes_nothing()
    {
        using var ada = await platform.NewUserAsync();
        var task = await ada.CreateTaskAsync("First");
        using var read = await ada.Http.GetAsync($"/api/tasks/{task.Id}");
        var etag = read.Headers.ETag!;
        using (var change = Put(task.Id, """{"title":"Second"}""", etag))
        using (var changed = await ada.Http.SendAsync(change))
            Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        using var stale = Put(task.Id, """{"title":"Third"}""", etag);
        using var answer = await ada.Http.SendAsync(stale);
        await IsErrorAsync(answer, HttpStatusCode.PreconditionFailed, "PRECONDITION_FAILED");
        Assert.Equal("Second", (await ada.SendAsync<JsonElement>(HttpMethod.Get, $"/api/tasks/{task.Id}", null)).GetProperty("title").GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("Bearer ")]
    [InlineData("Bearer x.y.z")]
    [InlineData("Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.")]
    [InlineData("Basic ZGFwci1hcHAtaWQ6YXV0aC1zZXJ2aWNl")]
    public async Task Without_a_valid_token_nobody_gets_in(string authorization)
    {
        using var http = new HttpClient { BaseAddress = platform.Gateway };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/tasks");
        if (authorization.Length > 0)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        request.Headers.Add("X-User-Id", "somebody");
        request.Headers.Add("X-User-Role", "admin");
        using var answer = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.NotEmpty(answer.Headers.WwwAuthenticate);
    }

    [Fact]
    public async Task A_forged_payload_or_algorithm_is_refused()
    {
        using var ada = await platform.NewUserAsync();
        var parts = ada.Session!.AccessToken.Split('.');
        static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        var payload = Encoding.UTF8.GetString(Convert.FromBase64String(parts[1].Replace('-', '+').Replace('_', '/').PadRight((parts[1].Length + 3) / 4 * 4, '=')));
        var admin = Encode(payload.Replace("\"role\":\"user\"", "\"role\":\"admin\""));
        foreach (var forged in new[] { $"{parts[0]}.{admin}.{parts[2]}", $"{Encode("""{"alg":"none"}""")}.{admin}.", $"{Encode("""{"alg":"HS256","kid":"x"}""")}.{admin}.{parts[2]}" })
        {
            using var http = new HttpClient { BaseAddress = platform.Gateway, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", forged) } };
            using var answer = await http.GetAsync("/api/users");
            await IsErrorAsync(answer, HttpStatusCode.Unauthorized, "INVALID_TOKEN");
        }
    }

    [Fact]
    public async Task Spoofed_identity_headers_are_replaced()
    {
        using var ada = await platform.NewUserAsync();
        using var eve = await platform.NewUserAsync();
        await ada.CreateTaskAsync("Ada's");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/tasks");
        request.Headers.Add("X-User-Id", ada.Session!.User.Id);
        request.Headers.Add("X-User-Role", "admin");
        request.Headers.Add("dapr-app-id", "auth-service");
        request.Headers.Add("dapr-caller-app-id", "auth-service");
        using var answer = await eve.Http.SendAsync(request);
        Assert.Equal("""{"items":[],"next":null}""", await answer.Content.ReadAsStringAsync());
    }

    private static HttpRequestMessage Put(string id, string body, EntityTagHeaderValue etag)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, $"/api/tasks/{id}") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.IfMatch.Add(etag);
        return request;
    }

    private static async Task<JsonElement> IsErrorAsync(HttpResponseMessage answer, HttpStatusCode status, string code)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(status == answer.StatusCode, $"expected {status}, got {answer.StatusCode}: {text}");
        var error = JsonDocument.Parse(text).RootElement.GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal(answer.Headers.GetValues("X-Request-ID").Single(), error.GetProperty("request_id").GetString());
        Assert.True(error.TryGetProperty("timestamp", out _) && error.TryGetProperty("details", out _) && error.GetProperty("message").GetString()!.Length > 0);
        return error;
    }
}
