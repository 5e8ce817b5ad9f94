using System.Text.Json.Nodes;
using Deepiri.Gateway.OpenApi;
using Deepiri.Gateway.RateLimiting;

namespace Deepiri.UnitTests;

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
        var merged = MergedOpenApi.Merge("1", [new("cyrex", "/api/agent", "/agent")], [("cyrex", document), ("auth-service", null)]);
        Assert.Equal("#/components/schemas/cyrex.Page", merged["paths"]!["/api/agent/generate"]!["post"]!["$ref"]!.GetValue<string>());
        Assert.Single(merged["paths"]!.AsObject());
        Assert.NotNull(merged["components"]!["schemas"]!["cyrex.Page"]);
        Assert.Equal("auth-service", merged["x-unavailable"]![0]!.GetValue<string>());
    }
}
