using System.Net;

namespace Deepiri.IntegrationTests;

/// <summary>Who counts as a client, and how many requests may be under way.</summary>
public sealed class GatewayLimitsTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.0/8")]
    public async Task Clients_behind_a_known_proxy_are_told_apart(string known)
    {
        await using var gateway = await ServiceHost.StartAsync("Deepiri.Gateway", "api-gateway", settings: [$"--ForwardedHeaders:KnownProxies:0={known}", "--RateLimits:PermitsPerMinute=1"]);
        Assert.Equal(HttpStatusCode.OK, await StatusForAsync(gateway, "203.0.113.1"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusForAsync(gateway, "203.0.113.1"));
        Assert.Equal(HttpStatusCode.OK, await StatusForAsync(gateway, "203.0.113.2"));
    }

    [Fact]
    public async Task Whoever_is_no_known_proxy_speaks_for_itself()
    {
        await using var gateway = await ServiceHost.StartAsync("Deepiri.Gateway", "api-gateway", settings: ["--ForwardedHeaders:KnownProxies:0=10.0.0.1", "--RateLimits:PermitsPerMinute=2"]);
        await StatusForAsync(gateway, "203.0.113.1");
        await StatusForAsync(gateway, "203.0.113.2");
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusForAsync(gateway, "203.0.113.3"));
    }

    [Theory]
    [InlineData("InFlightPerAddress")]
    [InlineData("InFlightPerService")]
    public async Task More_requests_at_once_than_the_limit_are_503_until_others_have_ended(string limit)
    {
        var began = new TaskCompletionSource();
        var end = new TaskCompletionSource();
        var auth = await TestApp.StartAsync();
        auth.Answer = async (context, _) =>
        {
            began.TrySetResult();
            await end.Task;
            context.Response.Headers["X-Service-Name"] = "test";
        };
        await using var gateway = await ServiceHost.StartAsync("Deepiri.Gateway", "api-gateway", new Dictionary<string, TestApp> { ["auth-service"] = auth }, settings: $"--RateLimits:{limit}=1");
        var first = gateway.Direct.PostAsync("/api/auth/login", null);
        await began.Task;
        using var second = await gateway.Direct.PostAsync("/api/auth/refresh", null);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), (second.StatusCode, second.Headers.RetryAfter?.ToString()));
        Assert.Contains("OVERLOADED", await second.Content.ReadAsStringAsync());
        end.SetResult();
        using var ended = await first;
        Assert.Equal(HttpStatusCode.OK, ended.StatusCode);
        using var third = await gateway.Direct.PostAsync("/api/auth/refresh", null);
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
        Assert.Equal(Remaining(second) - 1, Remaining(third));
    }

    private static int Remaining(HttpResponseMessage answer) => int.Parse(answer.Headers.GetValues("RateLimit-Remaining").Single());

    private static async Task<HttpStatusCode> StatusForAsync(ServiceHost gateway, string client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("X-Forwarded-For", client);
        using var answer = await gateway.Direct.SendAsync(request);
        return answer.StatusCode;
    }
}
