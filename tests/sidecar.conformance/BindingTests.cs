using System.Net;
using System.Text.Json;
using Grpc.Core;
using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Resources;
using Deepiri.TestHost.Servers;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.Conformance;

/// <summary>Output and input bindings over both protocols.</summary>
public sealed class BindingTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _clock = new(new DateTimeOffset(2026, 3, 28, 23, 59, 30, TimeSpan.Zero));
    private readonly SidecarUnderTest _sidecar;

    public BindingTests() => _sidecar = new SidecarUnderTest { Clock = _clock };

    private HttpClient Dapr => _sidecar.Dapr();

    private TestApp App => _sidecar.App();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _sidecar.DisposeAsync();

    [Fact]
    public async Task What_cannot_be_invoked_is_said_as_dapr_says_it()
    {
        await StartAsync(("files", "bindings.localstorage", "{name: rootPath, value: files}"));
        await InvokeAsync("nope", """{"operation":"get"}""").IsErrorAsync(500, "ERR_INVOKE_OUTPUT_BINDING", "error invoking output binding nope: couldn't find output binding nope");
        await InvokeAsync("files", "{}").IsErrorAsync(500, "ERR_INVOKE_OUTPUT_BINDING", "error invoking output binding files: operation field is missing from request");
        await InvokeAsync("files", """{"operation":"fly"}""").IsErrorAsync(500, "ERR_INVOKE_OUTPUT_BINDING", "error invoking output binding files: binding files does not support operation fly. supported operations:create get list delete");
        await InvokeAsync("files", "[").HasStatusAsync(400);
        await InvokeAsync("files", """{"operation":"get","metadata":{"fileName":1}}""").HasStatusAsync(400);
        var error = await Assert.ThrowsAsync<RpcException>(() => GrpcAsync("nope", "get"));
        Assert.Equal((StatusCode.Internal, "error invoking output binding nope: couldn't find output binding nope"), (error.StatusCode, error.Status.Detail));
    }

    [Fact]
    [Trait("sidecar", "embedded")] // a path relative to the data directory
    public async Task Files_are_created_read_listed_and_deleted()
    {
        await StartAsync(("files", "bindings.localstorage", "{name: rootPath, value: files}"));
        var root = Path.Combine(_sidecar.Directory.Path, "data", "files");
        Assert.Equal("a/b.txt", (await InvokeAsync("files", """{"operation":"create","data":"hello, world","metadata":{"fileName":"a/b.txt"}}""").JsonAsync()).GetProperty("fileName").GetString());
        Assert.Equal("hello, world", await File.ReadAllTextAsync(Path.Combine(root, "a", "b.txt")));
        Assert.Equal("hello, world", await InvokeAsync("files", """{"operation":"get","metadata":{"fileName":"a/b.txt"}}""").TextAsync());
        var named = (await InvokeAsync("files", """{"operation":"create","data":{"n":1}}""").JsonAsync()).GetProperty("fileName").GetString()!;
        Assert.Equal("{\"n\":1}", (await GrpcAsync("files", "get", ("fileName", named))).Data.ToStringUtf8());
        var listed = await InvokeAsync("files", """{"operation":"list"}""").JsonAsync();
        Assert.Equal([Path.Combine(root, named), Path.Combine(root, "a", "b.txt")], listed.EnumerateArray().Select(f => f.GetString()!).OrderBy(f => f.Contains("/a/")));
        await InvokeAsync("files", """{"operation":"delete","metadata":{"fileName":"a/b.txt"}}""").HasStatusAsync(204);
        await InvokeAsync("files", """{"operation":"get","metadata":{"fileName":"a/b.txt"}}""").IsErrorAsync(500, "ERR_INVOKE_OUTPUT_BINDING", $"error invoking output binding files: file not found: {root}/a/b.txt");
    }

    [Theory]
    [InlineData("../../outside")]
    [InlineData("/outside")]
    [InlineData("a/../../../outside")]
    [InlineData("link/outside")]
    [Trait("sidecar", "embedded")] // daprd follows links that stay within the root
    public async Task No_name_leads_out_of_the_root(string name)
    {
        await StartAsync(("files", "bindings.localstorage", "{name: rootPath, value: root/files}"));
        var root = Path.Combine(_sidecar.Directory.Path, "data", "root");
        var outside = Directory.CreateDirectory(Path.Combine(_sidecar.Directory.Path, "elsewhere")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(root, "files", "link"), outside);
        using var answer = await InvokeAsync("files", $$$"""{"operation":"create","data":"x!","metadata":{"fileName":"{{{name}}}"}}""");
        Assert.Equal(!name.Contains("link"), answer.IsSuccessStatusCode);
        Assert.Equal(!name.Contains("link"), File.Exists(Path.Combine(root, "files", "outside")));
        Assert.Empty(Directory.GetFiles(root));
        Assert.Empty(Directory.GetFiles(outside));
    }

    [Theory]
    [InlineData("..")]
    [InlineData("/")]
    [InlineData("taken")]
    [Trait("sidecar", "embedded")] // a path relative to the data directory
    public async Task What_is_a_directory_cannot_be_written_and_leaves_nothing_behind(string name)
    {
        await StartAsync(("files", "bindings.localstorage", "{name: rootPath, value: root/files}"));
        var root = Path.Combine(_sidecar.Directory.Path, "data", "root");
        Directory.CreateDirectory(Path.Combine(root, "files", "taken"));
        await InvokeAsync("files", $$$"""{"operation":"create","data":"good days","metadata":{"fileName":"{{{name}}}"}}""").HasStatusAsync(500);
        Assert.Empty(Directory.GetFiles(root, "*", SearchOption.AllDirectories));
        await InvokeAsync("files", """{"operation":"create","data":"good days","metadata":{"fileName":"text"}}""").HasStatusAsync(200);
        Assert.Equal("good days", await File.ReadAllTextAsync(Path.Combine(root, "files", "text")));
    }

    [Fact]
    [Trait("sidecar", "embedded")] // moves the clock
    public async Task Cron_ticks_in_both_passes_of_the_hour_that_comes_twice()
    {
        // Berlin's clocks go from 03:00 back to 02:00 in this night, at 01:00 UTC.
        _clock.JumpTo(new DateTimeOffset(2026, 10, 24, 23, 59, 0, TimeSpan.Zero));
        await _sidecar.AddAppAsync();
        await StartAsync(("half", "bindings.cron", "{name: schedule, value: 'TZ=Europe/Berlin */30 * * * *'}"));
        foreach (var (minutes, expected) in new[] { (1, "2026-10-25 00:00:00"), (30, "2026-10-25 00:30:00"), (30, "2026-10-25 01:00:00"), (30, "2026-10-25 01:30:00"), (30, "2026-10-25 02:00:00") })
        {
            await Eventually.AssertAsync(() => Assert.True(_clock.IsDueIn(TimeSpan.FromMinutes(minutes))));
            _clock.Advance(TimeSpan.FromMinutes(minutes));
            await Eventually.AssertAsync(() => Assert.StartsWith(expected, App.To("/half").Last(r => r.Method == "POST").Headers["readTimeUTC"]));
        }
    }

    [Fact]
    [Trait("sidecar", "embedded")] // moves the clock
    public async Task A_schedule_far_ahead_waits()
    {
        await _sidecar.AddAppAsync();
        await StartAsync(("yearly", "bindings.cron", "{name: schedule, value: '@yearly'}, {name: direction, value: input}"));
        // 278 days and half a minute, of which a timer holds twenty days at most.
        foreach (var step in Enumerable.Repeat(TimeSpan.FromDays(20), 13).Append(TimeSpan.FromDays(18) + TimeSpan.FromSeconds(30)))
        {
            await Eventually.AssertAsync(() => Assert.True(_clock.IsDueIn(step)));
            _clock.Advance(step);
        }
        await Eventually.AssertAsync(() => Assert.Contains(App.To("/yearly"), r => r.Headers["readTimeUTC"].StartsWith("2027-", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_server_is_called_with_path_headers_and_body_and_its_answer_comes_back()
    {
        await using var server = await TestApp.StartAsync();
        server.Answer = async (context, _) =>
        {
            context.Response.StatusCode = 201;
            context.Response.Headers["X-Made"] = "here";
            await context.Response.WriteAsync("""{"ok":true}""");
        };
        await StartAsync(("web", "bindings.http", $$"""{name: url, value: "http://127.0.0.1:{{server.Port}}/base/"}, {name: securityToken, value: secret}, {name: securityTokenHeader, value: X-Token}"""));
        using var answer = await InvokeAsync("web", """{"operation":"post","data":{"a":1},"metadata":{"path":"/sub?q=1","X-Own":"mine","Content-Type":"application/vnd.x","lower":"no"}}""");
        Assert.Equal((HttpStatusCode.OK, """{"ok":true}"""), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal(["201", "201 Created", "here"], new[] { "metadata.statusCode", "metadata.status", "metadata.X-Made" }.Select(h => answer.Headers.GetValues(h).Single()));
        var request = Assert.Single(server.Requests);
        Assert.Equal(("POST", "/base/sub?q=1", """{"a":1}"""), (request.Method, request.RawTarget, request.Body));
        Assert.Equal(["mine", "application/vnd.x", "secret"], new[] { "X-Own", "Content-Type", "X-Token" }.Select(h => request.Headers[h]));
        Assert.DoesNotContain("lower", request.Headers.Keys);
        await InvokeAsync("web", """{"operation":"create","data":"text"}""").HasStatusAsync(200);
        Assert.Equal(("POST", "text", "application/json; charset=utf-8"), (server.Requests.Last().Method, server.Requests.Last().Body, server.Requests.Last().Headers["Content-Type"]));
        Assert.Equal("201", (await GrpcAsync("web", "get")).Metadata["statusCode"]);
    }

    [Fact]
    public async Task A_servers_error_is_an_error_unless_the_caller_wants_it_otherwise()
    {
        await using var server = await TestApp.StartAsync();
        server.Answer = (context, _) =>
        {
            context.Response.StatusCode = 418;
            return context.Response.WriteAsync("teapot");
        };
        await StartAsync(("web", "bindings.http", $"{{name: url, value: 'http://127.0.0.1:{server.Port}'}}"));
        using var failed = await InvokeAsync("web", """{"operation":"get"}""");
        Assert.Equal((HttpStatusCode.InternalServerError, "418"), (failed.StatusCode, failed.Headers.GetValues("metadata.statusCode").Single()));
        Assert.Contains("error invoking output binding web: received status code 418", await failed.Content.ReadAsStringAsync());
        Assert.Equal("teapot", await InvokeAsync("web", """{"operation":"get","metadata":{"errorIfNot2XX":"false"}}""").TextAsync());
        await server.DisposeAsync();
        await InvokeAsync("web", """{"operation":"get"}""").HasStatusAsync(500);
    }

    [Fact]
    public async Task Mail_is_sent()
    {
        await using var server = new SmtpServer();
        await server.StartAsync();
        await StartAsync(("mail", "bindings.smtp", $"{{name: host, value: localhost}}, {{name: port, value: '{server.Port}'}}, {{name: emailFrom, value: deepiri@example.com}}, {{name: subject, value: Default}}"));
        await InvokeAsync("mail", """{"operation":"create","data":"<b>Grüße</b>","metadata":{"emailTo":"ada@example.com; bob@example.com","emailBCC":"eve@example.com","subject":"Hello ✓","priority":"1"}}""").HasStatusAsync(204);
        await Eventually.AssertAsync(() => Assert.NotEmpty(server.Mails));
        var mail = Assert.Single(server.Mails);
        Assert.Contains("To: ada@example.com, bob@example.com", mail, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("From: deepiri@example.com", mail);
        Assert.Contains("X-Priority: 1", mail);
        Assert.Contains("Content-Type: text/html; charset=utf-8", mail);
        Assert.DoesNotContain("Bcc:", mail, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("eve@example.com", mail);
        await InvokeAsync("mail", """{"operation":"create","data":"x"}""").IsErrorAsync(500, "ERR_INVOKE_OUTPUT_BINDING", "error invoking output binding mail: smtp binding error: emailTo property not supplied in configuration- or request-metadata");
        await InvokeAsync("mail", """{"operation":"create","data":"x","metadata":{"emailTo":"ada@example.com","subject":"a\r\nBcc: eve@example.com"}}""").HasStatusAsync(500);
        Assert.Single(server.Mails);
    }

    [Fact]
    public async Task Mail_goes_over_tls_and_to_a_server_with_a_certificate_of_its_own_only_when_that_is_wanted()
    {
        await using var server = new SmtpServer(requiresTls: true);
        await server.StartAsync();
        var metadata = $"{{name: host, value: localhost}}, {{name: port, value: '{server.Port}'}}, {{name: emailFrom, value: deepiri@example.com}}, {{name: emailTo, value: ada@example.com}}, {{name: subject, value: Hello}}";
        await StartAsync(("strict", "bindings.smtp", metadata), ("lenient", "bindings.smtp", metadata + ", {name: skipTLSVerify, value: 'true'}"));
        await InvokeAsync("strict", """{"operation":"create","data":"x"}""").HasStatusAsync(500);
        await InvokeAsync("lenient", """{"operation":"create","data":"x"}""").HasStatusAsync(204);
        await Eventually.AssertAsync(() => Assert.Single(server.Mails));
    }

    [Fact]
    [Trait("sidecar", "embedded")] // moves the clock
    public async Task Cron_calls_the_app_at_its_times_in_its_time_zone()
    {
        // Berlin's clocks go from 02:00 to 03:00 in this night.
        await _sidecar.AddAppAsync();
        await StartAsync(("every", "bindings.cron", "{name: schedule, value: '@every 20s'}, {name: route, value: /ticks}, {name: direction, value: input}"), ("nightly", "bindings.cron", "{name: schedule, value: 'TZ=Europe/Berlin 30 2 * * *'}"));
        await Eventually.AssertAsync(() => Assert.True(_clock.IsDueIn(TimeSpan.FromSeconds(20))));
        _clock.Advance(TimeSpan.FromSeconds(20));
        await Eventually.AssertAsync(() => Assert.Single(App.To("/ticks")));
        var tick = App.To("/ticks")[0];
        Assert.Equal(("POST", "", "2026-03-28 23:59:50.0000000 +0000 UTC"), (tick.Method, tick.Body, tick.Headers["readTimeUTC"]));
        await Eventually.AssertAsync(() => Assert.True(_clock.IsDueIn(TimeSpan.FromMinutes(90) + TimeSpan.FromSeconds(10))));
        _clock.Advance(TimeSpan.FromMinutes(90) + TimeSpan.FromSeconds(10));
        await Eventually.AssertAsync(() => Assert.Contains(App.To("/nightly"), r => r.Method == "POST"));
        Assert.Equal("2026-03-29 01:30:00.0000000 +0000 UTC", App.To("/nightly").Single(r => r.Method == "POST").Headers["readTimeUTC"]);
    }

    [Fact]
    [Trait("sidecar", "embedded")] // moves the clock
    public async Task A_binding_that_the_app_does_not_know_is_left_alone()
    {
        await _sidecar.AddAppAsync();
        App.Answer = (context, request) =>
        {
            context.Response.StatusCode = request.Path == "/unknown" ? 404 : request.Method == "OPTIONS" ? 405 : 500;
            return Task.CompletedTask;
        };
        await StartAsync(("unknown", "bindings.cron", "{name: schedule, value: '@every 10s'}"), ("known", "bindings.cron", "{name: schedule, value: '@every 10s'}"));
        for (var round = 1; round <= 3; round++)
        {
            await Eventually.AssertAsync(() => Assert.True(_clock.IsDueIn(TimeSpan.FromSeconds(10))));
            _clock.Advance(TimeSpan.FromSeconds(10));
            // An app that fails does not end it.
            await Eventually.AssertAsync(() => Assert.Equal(round, App.To("/known").Count(r => r.Method == "POST")));
        }
        Assert.All(App.To("/unknown"), r => Assert.Equal("OPTIONS", r.Method));
    }

    [Theory]
    [InlineData("bindings.cron", "{name: schedule, value: 'every day'}", "metadata 'schedule' 'every day' is not valid: a cron expression has six fields, from seconds to the day of the week; 'every day' has 2")]
    [InlineData("bindings.cron", "{name: schedule, value: 'TZ=Mars/Olympus * * * * *'}", "metadata 'schedule'")]
    [InlineData("bindings.http", "{name: url, value: 'ftp://x'}", "metadata 'url' must be an http or https URL, not 'ftp://x'")]
    [InlineData("bindings.localstorage", "{name: rootPath, value: /proc/x}", "property rootPath points to a disallowed location")]
    [InlineData("bindings.smtp", "{name: host, value: h}, {name: port, value: '25'}, {name: user, value: u}", "smtp binding error: both user and password fields must be filled, or none of them")]
    [Trait("sidecar", "embedded")] // daprd says it in its log
    public async Task What_is_wrong_with_a_component_is_told_at_start(string type, string metadata, string message)
    {
        var refused = await Assert.ThrowsAsync<ResourceException>(() => StartAsync(("x", type, metadata)));
        Assert.Contains(message, refused.Message);
    }

    private Task StartAsync(params (string Name, string Type, string Metadata)[] components)
    {
        _sidecar.Resources(string.Join("\n---\n", components.Select(c => $"apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {{name: {c.Name}}}\nspec: {{type: {c.Type}, version: v1, metadata: [{c.Metadata}]}}")));
        return _sidecar.StartAsync();
    }

    private Task<HttpResponseMessage> InvokeAsync(string name, string body) => Dapr.PostAsync($"/v1.0/bindings/{name}", SidecarUnderTest.Json(body));

    private Task<InvokeBindingResponse> GrpcAsync(string name, string operation, params (string Name, string Value)[] metadata)
    {
        var request = new InvokeBindingRequest { Name = name, Operation = operation };
        request.Metadata.Add(metadata.ToDictionary(m => m.Name, m => m.Value));
        return _sidecar.Grpc().UnaryAsync<InvokeBindingResponse>("/dapr.proto.runtime.v1.Dapr/InvokeBinding", request);
    }
}
