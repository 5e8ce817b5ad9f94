using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.Conformance;

/// <summary>Service invocation (B2).</summary>
public sealed class InvokeTests : IAsyncLifetime
{
    private readonly SidecarUnderTest _sidecar = new();

    private HttpClient Dapr => _sidecar.Dapr("caller");

    private TestApp Callee => _sidecar.App("callee");

    public async Task InitializeAsync()
    {
        _sidecar.Directory.Folder("resources");
        await _sidecar.StartAsync("callee", appToken: "callee-token");
        await _sidecar.StartAsync("caller", apiToken: "caller-api-token");
        Dapr.DefaultRequestHeaders.Add("dapr-api-token", "caller-api-token");
    }

    public async Task DisposeAsync() => await _sidecar.DisposeAsync();

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    [InlineData("OPTIONS")]
    public async Task Every_method_passes_with_path_query_and_body(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/v1.0/invoke/callee/method/a/b%20c?x=1&y=a%2Fb") { Content = method is "GET" or "OPTIONS" ? null : SidecarUnderTest.Json("{}") };
        await Dapr.SendAsync(request).HasStatusAsync(200);
        var received = Assert.Single(Callee.Requests);
        Assert.Equal(method, received.Method);
        Assert.Equal("/a/b%20c?x=1&y=a%2Fb", received.RawTarget);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(500)]
    [InlineData(201)]
    [InlineData(302)]
    public async Task The_apps_status_headers_and_body_pass_through(int status)
    {
        Callee.Answer = async (context, _) =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers["X-Mine"] = "yes";
            context.Response.Headers.Location = "/elsewhere";
            await context.Response.WriteAsync("body");
        };
        using var answer = await new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = Dapr.BaseAddress, DefaultRequestHeaders = { { "dapr-api-token", "caller-api-token" } } }.GetAsync("/v1.0/invoke/callee/method/x", HttpCompletionOption.ResponseHeadersRead);
        Assert.Null(answer.Content.Headers.ContentLength);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("yes", answer.Headers.GetValues("X-Mine").Single());
        Assert.Equal("body", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_header_and_the_basic_user_address_an_app_too()
    {
        using var byHeader = new HttpRequestMessage(HttpMethod.Get, "/plain/path?q=1");
        byHeader.Headers.Add("dapr-app-id", "callee");
        await Dapr.SendAsync(byHeader).HasStatusAsync(200);
        using var byUser = new HttpRequestMessage(HttpMethod.Get, "/plain/path?q=2");
        byUser.Headers.Add("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("dapr-app-id:callee")));
        await Dapr.SendAsync(byUser).HasStatusAsync(200);
        Assert.Equal(["/plain/path?q=1", "/plain/path?q=2"], Callee.Requests.Select(r => r.RawTarget));
        Assert.DoesNotContain("dapr-app-id", Callee.Requests.First().Headers.Keys, StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_app_in_this_namespace_and_a_url_can_be_named()
    {
        await Dapr.GetAsync("/v1.0/invoke/callee.default/method/ns").HasStatusAsync(200);
        await Dapr.GetAsync($"/v1.0/invoke/http://127.0.0.1:{Callee.Port}/method/direct?z=1").HasStatusAsync(200);
        Assert.Equal(["/ns", "/direct?z=1"], Callee.Requests.Select(r => r.RawTarget));
        Assert.DoesNotContain("dapr-api-token", Callee.Requests.Last().Headers.Keys, StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Paths_and_methods_that_are_no_api_need_an_app_id()
    {
        const string Message = "failed getting app id either from the URL path or the header dapr-app-id";
        await Dapr.GetAsync("/v1.0/nothing").IsErrorAsync(404, "ERR_DIRECT_INVOKE", Message);
        await Dapr.GetAsync("/").IsErrorAsync(404, "ERR_DIRECT_INVOKE", Message);
        await Dapr.DeleteAsync("/v1.0/metadata").IsErrorAsync(404, "ERR_DIRECT_INVOKE", Message);
        await Dapr.GetAsync("/v1.0/invoke/callee").IsErrorAsync(404, "ERR_DIRECT_INVOKE", Message);
        await Dapr.GetAsync("/v1.0/invoke//method/x").IsErrorAsync(404, "ERR_DIRECT_INVOKE", Message);
    }

    [Fact]
    public async Task An_unknown_app_is_500()
    {
        await Dapr.GetAsync("/v1.0/invoke/nobody/method/x").IsErrorAsync(500, "ERR_DIRECT_INVOKE", "failed to invoke, id: nobody, err: couldn't find service: nobody");
        await Dapr.GetAsync("/v1.0/invoke/a.b.c/method/x").IsErrorAsync(500, "ERR_DIRECT_INVOKE", "failed to invoke, id: a.b.c, err: invalid app id a.b.c");
        await Dapr.GetAsync("/v1.0/invoke/callee.elsewhere/method/x").IsErrorAsync(500, "ERR_DIRECT_INVOKE", "failed to invoke, id: callee.elsewhere, err: couldn't find service: callee");
    }

    [Fact]
    public async Task An_app_that_does_not_listen_is_500()
    {
        await Callee.DisposeAsync();
        using var answer = await Dapr.GetAsync("/v1.0/invoke/callee/method/x");
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Contains("\"message\":\"failed to invoke, id: callee, err: ", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Callers_are_named_by_sidecars_only()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1.0/invoke/callee/method/x");
        request.Headers.Add("dapr-caller-app-id", "admin");
        request.Headers.Add("dapr-callee-app-id", "x");
        request.Headers.Add("dapr-caller-namespace", "y");
        request.Headers.Add("X-Forwarded-For", "10.1.1.1");
        await Dapr.SendAsync(request).HasStatusAsync(200);
        var headers = Assert.Single(Callee.Requests).Headers;
        Assert.Equal(["caller", "callee", "default"], new[] { "dapr-caller-app-id", "dapr-callee-app-id", "dapr-caller-namespace" }.Select(h => headers[h]));
        Assert.Equal("10.1.1.1, 127.0.0.1", headers["X-Forwarded-For"]);
        Assert.StartsWith("for=127.0.0.1;by=127.0.0.1;host=", headers["Forwarded"]);
        Assert.NotEmpty(headers["X-Forwarded-Host"]);
        Assert.Matches("^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$", headers["traceparent"]);
    }

    [Fact]
    public async Task The_app_gets_its_own_token_and_never_the_callers()
    {
        await Dapr.GetAsync("/v1.0/invoke/callee/method/x").HasStatusAsync(200);
        Assert.Equal("callee-token", Assert.Single(Callee.Requests).Headers["dapr-api-token"]);
    }

    [Fact]
    public async Task Self_invocation_names_the_caller_too()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1.0/invoke/caller/method/x");
        request.Headers.Add("dapr-caller-app-id", "admin");
        await Dapr.SendAsync(request).HasStatusAsync(200);
        Assert.Equal("caller", Assert.Single(_sidecar.App("caller").Requests).Headers["dapr-caller-app-id"]);
    }

    [Fact]
    public async Task Hop_by_hop_headers_and_upgrades_do_not_pass()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1.0/invoke/callee/method/x");
        request.Headers.Add("TE", "trailers");
        request.Headers.Add("Proxy-Authorization", "x");
        request.Headers.Add("HTTP2-Settings", "x");
        request.Headers.Add("Connection", "Upgrade");
        request.Headers.Add("Upgrade", "websocket");
        Callee.Answer = (context, _) =>
        {
            context.Response.Headers["Proxy-Authenticate"] = "x";
            return Task.CompletedTask;
        };
        using var answer = await Dapr.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var headers = Assert.Single(Callee.Requests).Headers;
        foreach (var name in new[] { "TE", "Proxy-Authorization", "HTTP2-Settings", "Connection", "Upgrade" })
            Assert.DoesNotContain(name, headers.Keys, StringComparer.OrdinalIgnoreCase);
        Assert.False(answer.Headers.Contains("Proxy-Authenticate"));
    }

    [Theory]
    [InlineData("/a%23b", "it contains '#'")]
    [InlineData("/a%3Fb", "it contains '?'")]
    [InlineData("/a%0Ab", "it contains '\\x0a'")]
    public async Task Paths_that_no_path_may_have_are_refused(string path, string fault)
    {
        await RawAsync(path).IsErrorAsync(400, "ERR_DIRECT_INVOKE", $"invalid method path: {fault}");
        Assert.Empty(Callee.Requests);
    }

    [Fact]
    public async Task A_nul_in_the_path_is_400()
    {
        await RawAsync("/a%00b").HasStatusAsync(400);
        Assert.Empty(Callee.Requests);
    }

    [Theory]
    [InlineData("/a/../b", "/b")]
    [InlineData("/a/%2e%2e/b", "/b")]
    [InlineData("//a//b/./c", "/a/b/c")]
    [InlineData("/../../x", "/x")]
    [InlineData("", "/")]
    public async Task Paths_are_cleaned(string path, string expected)
    {
        await RawAsync(path).HasStatusAsync(200);
        Assert.Equal(expected, Assert.Single(Callee.Requests).RawTarget);
    }

    [Fact]
    public async Task A_response_streams_as_it_comes()
    {
        var goOn = new TaskCompletionSource();
        Callee.Answer = async (context, _) =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: one\n\n");
            await context.Response.Body.FlushAsync();
            await goOn.Task;
            await context.Response.WriteAsync("data: two\n\n");
        };
        using var answer = await Dapr.GetAsync("/v1.0/invoke/callee/method/events", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal("data: one", await reader.ReadLineAsync());
        goOn.SetResult();
        await reader.ReadLineAsync();
        Assert.Equal("data: two", await reader.ReadLineAsync());
    }

    [Fact]
    public async Task A_request_streams_as_it_comes()
    {
        var first = new TaskCompletionSource<string>();
        Callee.LeavesBody = true;
        Callee.Answer = async (context, _) =>
        {
            var buffer = new byte[3];
            await context.Request.Body.ReadExactlyAsync(buffer);
            first.SetResult(Encoding.ASCII.GetString(buffer));
            await context.Request.Body.CopyToAsync(Stream.Null);
        };
        var content = new PushContent();
        var sending = Dapr.PostAsync("/v1.0/invoke/callee/method/up", content);
        await content.WriteAsync("one");
        Assert.Equal("one", await first.Task.WaitAsync(TimeSpan.FromSeconds(5)));
        await content.WriteAsync("two");
        content.Finish();
        await sending.HasStatusAsync(200);
    }

    [Fact]
    public async Task A_body_past_the_limit_is_413()
    {
        await _sidecar.StartAsync("small", maxBodySize: 1000);
        await _sidecar.Dapr("small").PostAsync("/v1.0/invoke/callee/method/x", new ByteArrayContent(new byte[2000])).HasStatusAsync(413);
        await _sidecar.Dapr("small").PostAsync("/v1.0/publish/none/t", new ByteArrayContent(new byte[2000])).HasStatusAsync(400);
    }

    [Theory]
    [InlineData("api-gateway", "GET", "/allowed", true)]
    [InlineData("api-gateway", "GET", "/allowed/below", true)]
    [InlineData("api-gateway", "DELETE", "/allowed", false)]
    [InlineData("api-gateway", "GET", "/other", false)]
    [InlineData("api-gateway", "GET", "/one/x", true)]
    [InlineData("api-gateway", "GET", "/one/x/y", false)]
    [InlineData("api-gateway", "GET", "/deep/x/y", true)]
    [InlineData("api-gateway", "GET", "/ALLOWED", true)]
    [InlineData("api-gateway", "GET", "/other/../allowed", true)]
    [InlineData("api-gateway", "GET", "/allowed/../other", false)]
    [InlineData("api-gateway", "GET", "/allowed/%2e%2e/other", false)]
    [InlineData("stranger", "GET", "/allowed", false)]
    public async Task Access_control_of_the_callee_holds(string caller, string verb, string path, bool allowed)
    {
        await _sidecar.StartAsync("guarded", configuration: """
            apiVersion: dapr.io/v1alpha1
            kind: Configuration
            metadata: {name: guarded}
            spec:
              accessControl:
                defaultAction: deny
                trustDomain: public
                policies:
                  - appId: api-gateway
                    defaultAction: deny
                    trustDomain: public
                    namespace: default
                    operations:
                      - {name: /allowed, httpVerb: [GET], action: allow}
                      - {name: /one/*, httpVerb: ['*'], action: allow}
                      - {name: /deep/**, httpVerb: ['*'], action: allow}
            """);
        await _sidecar.StartAsync(caller);
        using var request = new HttpRequestMessage(new HttpMethod(verb), new Uri(_sidecar.Dapr(caller).BaseAddress + "v1.0/invoke/guarded/method" + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        // Who calls is not what the caller says.
        request.Headers.Add("dapr-caller-app-id", "api-gateway");
        using var answer = await _sidecar.Dapr(caller).SendAsync(request);
        Assert.Equal(allowed ? 200 : 403, (int)answer.StatusCode);
        Assert.Equal(allowed ? 1 : 0, _sidecar.App("guarded").Requests.Count);
        if (!allowed)
            Assert.Contains($"access control policy has denied access to id: spiffe://public/ns/default/{caller} operation: ", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task An_http_endpoint_is_invoked_by_name_with_its_headers()
    {
        _sidecar.Resources($"apiVersion: dapr.io/v1alpha1\nkind: HTTPEndpoint\nmetadata: {{name: outside}}\nspec:\n  baseUrl: http://127.0.0.1:{Callee.Port}\n  headers:\n    - {{name: X-Key, value: k}}\n");
        await _sidecar.StartAsync("other");
        await _sidecar.Dapr("other").GetAsync("/v1.0/invoke/outside/method/x").HasStatusAsync(200);
        Assert.Equal("k", Assert.Single(Callee.Requests).Headers["X-Key"]);
    }

    private Task<HttpResponseMessage> RawAsync(string path) =>
        Dapr.GetAsync(new Uri(Dapr.BaseAddress + "v1.0/invoke/callee/method" + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));

    /// <summary>A body that the test writes piece by piece.</summary>
    private sealed class PushContent : HttpContent
    {
        private readonly TaskCompletionSource<Stream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _finished = new();

        public async Task WriteAsync(string text)
        {
            var stream = await _stream.Task;
            await stream.WriteAsync(Encoding.ASCII.GetBytes(text));
            await stream.FlushAsync();
        }

        public void Finish() => _finished.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            _stream.SetResult(stream);
            await _finished.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
