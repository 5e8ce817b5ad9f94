using System.Text.Json.Nodes;
using Deepiri.Gateway.OpenApi;
using Deepiri.Gateway.RateLimiting;
using Deepiri.Gateway.Routing;

namespace Deepiri.UnitTests;

public sealed class RouteTableTests
{
    [Theory]
    [InlineData("/api/auth/login", "auth-service", "/api/auth/login", true)]
    [InlineData("/api/auth/login/", "auth-service", "/api/auth/login/", true)]
    [InlineData("/api/auth/logout", "auth-service", "/api/auth/logout", false)]
    [InlineData("/api/users/profile", "auth-service", "/api/users/profile", false)]
    [InlineData("/api/tasks", "task-orchestrator", "/api/tasks", false)]
    [InlineData("/api/agent/generate", "cyrex", "/agent/generate", false)]
    [InlineData("/api/agent/ai-tutor/chat", "cyrex", "/ai-tutor/chat", false)]
    [InlineData("/api/agent/code/analyze", "cyrex", "/code/analyze", false)]
    [InlineData("/api/agent/challenges/generate", "cyrex", "/challenges/generate", false)]
    [InlineData("/.well-known/jwks.json", "auth-service", "/.well-known/jwks.json", true)]
    public void A_prefix_leads_to_its_app(string path, string appId, string target, bool anonymous) =>
        Assert.Equal(new Destination(appId, target, anonymous), RouteTable.Find(path));

    [Theory]
    [InlineData("/")]
    [InlineData("/api")]
    [InlineData("/api/tasksx")]
    [InlineData("/events/tasks")]
    [InlineData("/api/points/x")]
    public void Anything_else_leads_nowhere(string path) => Assert.Null(RouteTable.Find(path));
}

public sealed class FixedWindowTests
{
    private readonly ManualTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 30, TimeSpan.Zero));

    [Fact]
    public void Permits_run_out_for_one_client_and_come_back_with_the_next_minute()
    {
        var window = new FixedWindow(_time);
        Assert.Equal(new Permit(true, 1, TimeSpan.FromSeconds(30)), window.Take("a", 2));
        Assert.True(window.Take("a", 2).IsGranted);
        Assert.Equal(new Permit(false, 0, TimeSpan.FromSeconds(30)), window.Take("a", 2));
        Assert.True(window.Take("b", 2).IsGranted);
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.True(window.Take("a", 2).IsGranted);
    }

    [Fact]
    public void A_clock_that_jumps_back_gives_no_new_permits()
    {
        var window = new FixedWindow(_time);
        Assert.True(window.Take("a", 1).IsGranted);
        _time.JumpTo(_time.GetUtcNow().AddHours(-1));
        Assert.False(window.Take("a", 1).IsGranted);
    }

    [Fact]
    public async Task Of_many_requests_at_once_no_more_than_the_limit_pass()
    {
        var window = new FixedWindow(_time);
        var granted = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => Task.Run(() => window.Take("a", 100).IsGranted)));
        Assert.Equal(100, granted.Count(g => g));
    }
}

public sealed class MergedOpenApiTests
{
    [Fact]
    public void Paths_get_the_gateways_prefix_and_schemas_their_services_name()
    {
        var document = JsonNode.Parse("""{"paths":{"/agent/generate":{"post":{"$ref":"#/components/schemas/Page"}},"/internal":{}},"components":{"schemas":{"Page":{"type":"object"}}}}""")!.AsObject();
        var merged = MergedOpenApi.Merge("1", [("cyrex", document), ("auth-service", null)]);
        Assert.Equal("#/components/schemas/cyrex.Page", merged["paths"]!["/api/agent/generate"]!["post"]!["$ref"]!.GetValue<string>());
        Assert.Single(merged["paths"]!.AsObject());
        Assert.NotNull(merged["components"]!["schemas"]!["cyrex.Page"]);
        Assert.Equal("auth-service", merged["x-unavailable"]![0]!.GetValue<string>());
    }
}
