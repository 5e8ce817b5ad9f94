using System.Net;

namespace Deepiri.E2E;

/// <summary>Who may call whom is enforced without mTLS, too, by the embedded sidecar.</summary>
public sealed class AccessControlTests
{
    [Fact]
    public async Task A_call_that_no_policy_allows_is_refused_by_name()
    {
        using var directory = new TemporaryDirectory();
        await using var platform = await PlatformProcess.StartAsync(directory.Path);
        foreach (var (caller, callee, path) in new[] { ("realtime-gateway", "auth-service", "api/users/profile"), ("cyrex", "task-orchestrator", "api/tasks"), ("auth-service", "api-gateway", "health") })
        {
            using var refused = await InvokeAsync(platform, caller, callee, path);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            Assert.Contains("access control policy has denied access", await refused.Content.ReadAsStringAsync());
        }
        using var allowed = await InvokeAsync(platform, "api-gateway", "task-orchestrator", "health");
        Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);
    }

    private static async Task<HttpResponseMessage> InvokeAsync(PlatformProcess platform, string caller, string callee, string path)
    {
        var environment = (await File.ReadAllLinesAsync(Path.Combine(platform.DataDirectory, "env", $"{caller}.env"))).Select(l => l.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add("dapr-api-token", environment["DAPR_API_TOKEN"]);
        return await http.GetAsync($"http://127.0.0.1:{environment["DAPR_HTTP_PORT"]}/v1.0/invoke/{callee}/method/{path}");
    }
}
