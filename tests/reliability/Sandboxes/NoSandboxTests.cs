using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Deepiri.Reliability.Sandboxes;

/// <summary>The platform on a machine without a working bubblewrap.</summary>
public sealed class NoSandboxTests
{
    /// <summary>In a mount namespace in which bwrap is a file that cannot be run.</summary>
    private static readonly string[] s_withoutBubblewrap =
        ["unshare", "--mount", .. Environment.IsPrivilegedProcess ? Array.Empty<string>() : ["--map-root-user"], "sh", "-c", "mount --bind /dev/null /usr/bin/bwrap && exec \"$@\"", "sh"];

    [Fact]
    public async Task Up_says_that_there_is_no_sandbox_and_submissions_are_refused_with_the_reason()
    {
        using var directory = new TemporaryDirectory();
        await using var platform = await PlatformProcess.StartAsync(directory.Path, launcher: s_withoutBubblewrap);
        Assert.Contains("challenge-service is degraded: sandbox: Code from users is refused:", platform.UpOutput);
        var health = await HealthAsync(platform);
        Assert.Equal("degraded", health.GetProperty("components").GetProperty("sandbox").GetString());
        Assert.Contains("bwrap", health.GetProperty("reasons").GetProperty("sandbox").GetString());

        using var ada = platform.Client();
        await ada.RegisterAsync("ada", "ada@example.com", "correct horse battery");
        // The platform's own challenges are made all the same.
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/challenges/generate") { Content = JsonContent.Create(new { language = "python" }), Headers = { { "Prefer", "wait=20" } } };
        using var generated = await ada.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Created, generated.StatusCode);
        var challenge = (await generated.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
        using var refused = await ada.Http.PostAsJsonAsync($"/api/challenges/{challenge}/submissions", new { code = "def solve(*a):\n    return 1" });
        var error = (await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "CANNOT_RUN"), (refused.StatusCode, error.GetProperty("code").GetString()));
        Assert.Contains("requires a sandbox, which is unavailable on this machine", error.GetProperty("message").GetString());
    }

    private static async Task<JsonElement> HealthAsync(PlatformProcess platform)
    {
        using var http = new HttpClient();
        return await http.GetFromJsonAsync<JsonElement>(platform.App("challenge-service").GetProperty("url").GetString() + "/health");
    }
}
