using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Deepiri.IntegrationTests;

public sealed class AuthServiceTests : IAsyncLifetime
{
    private ServiceHost _auth = null!;

    public async Task InitializeAsync() => _auth = await ServiceHost.StartAsync("Deepiri.Auth", "auth-service");

    public async Task DisposeAsync() => await _auth.DisposeAsync();

    [Fact]
    public async Task Of_many_registrations_of_one_address_at_once_one_succeeds()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => RegisterAsync($"user{i}", i % 2 == 0 ? "Ada@Example.com" : " ada@example.com ")));
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Created);
        Assert.Equal(9, answers.Count(a => a.StatusCode == HttpStatusCode.Conflict));
        using var users = await _auth.Http.SendAsync(_auth.As("root", HttpMethod.Get, "/api/users", role: "admin"));
        Assert.Single((await users.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("items").EnumerateArray());
    }

    [Theory]
    [InlineData("""{"username":"ab","email":"nope","password":"short"}""", "email,password,username")]
    [InlineData("""{}""", "email,password,username")]
    [InlineData("""{"username":"a b c","email":"a@b.c","password":"long enough"}""", "username")]
    public async Task A_bad_registration_names_every_field(string body, string fields)
    {
        using var answer = await PostAsync("/api/auth/register", body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var details = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("details");
        Assert.Equal(fields, string.Join(',', details.EnumerateObject().Select(d => d.Name).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Refresh_rotates_and_the_second_use_of_a_token_ends_the_session()
    {
        await RegisterAsync("ada", "ada@example.com");
        var first = await LoginAsync();
        var second = await RefreshAsync(first.GetProperty("refreshToken").GetString()!);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        var next = (await second.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("refreshToken").GetString()!;
        Assert.Equal(HttpStatusCode.Unauthorized, (await RefreshAsync(first.GetProperty("refreshToken").GetString()!)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await RefreshAsync(next)).StatusCode);
    }

    [Fact]
    public async Task An_invented_refresh_token_harms_nobody()
    {
        await RegisterAsync("ada", "ada@example.com");
        var token = (await LoginAsync()).GetProperty("refreshToken").GetString()!;
        var parts = token.Split('.');
        foreach (var invented in new[] { "", "x", "a.b.c", $"{parts[0]}.2.{parts[2]}", $"{parts[0]}.1.AAAA", $"{parts[0]}.-1.{parts[2]}", token + "x" })
            Assert.NotEqual(HttpStatusCode.OK, (await RefreshAsync(invented)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await RefreshAsync(token)).StatusCode);
    }

    [Fact]
    public async Task Of_two_uses_of_a_token_at_once_at_most_one_succeeds()
    {
        await RegisterAsync("ada", "ada@example.com");
        var token = (await LoginAsync()).GetProperty("refreshToken").GetString()!;
        var answers = await Task.WhenAll(RefreshAsync(token), RefreshAsync(token), RefreshAsync(token));
        Assert.True(answers.Count(a => a.StatusCode == HttpStatusCode.OK) <= 1);
    }

    [Fact]
    public async Task Logout_ends_the_session()
    {
        await RegisterAsync("ada", "ada@example.com");
        var login = await LoginAsync();
        var refresh = login.GetProperty("refreshToken").GetString()!;
        var request = _auth.As("ada", HttpMethod.Delete, "/api/auth/logout");
        request.Headers.Add("X-Session-Id", refresh.Split('.')[0]);
        Assert.Equal(HttpStatusCode.NoContent, (await _auth.Http.SendAsync(request)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await RefreshAsync(refresh)).StatusCode);
    }

    [Theory]
    [InlineData("ada@example.com")]
    [InlineData("nobody@example.com")]
    public async Task Five_attempts_lock_an_address_whether_it_has_an_account_or_not(string email)
    {
        await RegisterAsync("ada", "ada@example.com");
        for (var i = 0; i < 5; i++)
            Assert.Equal(HttpStatusCode.Unauthorized, (await LoginAsync(email, "wrong password")).StatusCode);
        using var locked = await LoginAsync(email, "correct horse battery");
        Assert.Equal(HttpStatusCode.TooManyRequests, locked.StatusCode);
        Assert.Equal(TimeSpan.FromMinutes(15), locked.Headers.RetryAfter!.Delta);
        _auth.Time.Advance(TimeSpan.FromMinutes(16));
        Assert.NotEqual(HttpStatusCode.TooManyRequests, (await LoginAsync(email, "correct horse battery")).StatusCode);
    }

    [Fact]
    public async Task A_hundred_guesses_at_once_are_five()
    {
        await RegisterAsync("ada", "ada@example.com");
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => LoginAsync("ada@example.com", "wrong password")));
        Assert.True(answers.Count(a => a.StatusCode == HttpStatusCode.Unauthorized) <= 5);
    }

    [Fact]
    public async Task A_profile_changes_under_its_etag_and_lives_without_engagement()
    {
        await RegisterAsync("ada", "ada@example.com");
        var id = (await LoginAsync()).GetProperty("user").GetProperty("id").GetString()!;
        using var read = await _auth.Http.SendAsync(_auth.As(id, HttpMethod.Get, "/api/users/profile"));
        Assert.Equal(JsonValueKind.Null, (await read.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("xp").ValueKind);
        Assert.Equal(HttpStatusCode.OK, (await PutProfileAsync(id, """{"username":"Ada.L","preferences":{"language":"pt-BR","tutorPersonality":"socratic","learningStyle":"visual"}}""", read.Headers.ETag!.ToString())).StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await PutProfileAsync(id, """{"username":"Late"}""", read.Headers.ETag!.ToString())).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await PutProfileAsync(id, """{"username":"Ada","preferences":{"tutorPersonality":"grumpy"}}""", "*")).StatusCode);
        using var again = await _auth.Http.SendAsync(_auth.As(id, HttpMethod.Get, "/api/users/profile"));
        var profile = await again.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(("Ada.L", "socratic"), (profile.GetProperty("username").GetString(), profile.GetProperty("preferences").GetProperty("tutorPersonality").GetString()));
    }

    private Task<HttpResponseMessage> PutProfileAsync(string id, string body, string etag)
    {
        var request = _auth.As(id, HttpMethod.Put, "/api/users/profile", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        request.Headers.TryAddWithoutValidation("If-Match", etag);
        return _auth.Http.SendAsync(request);
    }

    private Task<HttpResponseMessage> PostAsync(string path, string body) => _auth.Http.PostAsync(path, new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

    private Task<HttpResponseMessage> RegisterAsync(string username, string email) => _auth.Http.PostAsJsonAsync("/api/auth/register", new { username, email, password = "correct horse battery" });

    private Task<HttpResponseMessage> LoginAsync(string email, string password) => _auth.Http.PostAsJsonAsync("/api/auth/login", new { email, password });

    private async Task<JsonElement> LoginAsync()
    {
        using var answer = await LoginAsync("ADA@example.com", "correct horse battery");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private Task<HttpResponseMessage> RefreshAsync(string refreshToken) => _auth.Http.PostAsJsonAsync("/api/auth/refresh", new { refreshToken });
}
