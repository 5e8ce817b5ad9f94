using System.Net;
using System.Text.Json;
using Deepiri.Sidecar.Resources;

namespace Deepiri.Sidecar.Conformance;

/// <summary>General rules (B0), health (B1), secrets (B5), metadata and shutdown (B9), components (B15), topic scopes, and what is refused at start.</summary>
[Trait("sidecar", "embedded")] // what ours refuses, and how it says so
public sealed class RuntimeTests : IAsyncLifetime
{
    private readonly SidecarUnderTest _sidecar = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _sidecar.DisposeAsync();

    /// <summary>A Configuration that daprd needs can be shared with the embedded sidecar.</summary>
    [Fact]
    [Trait("sidecar", "embedded")]
    public async Task What_means_nothing_in_one_process_is_ignored_in_a_configuration_and_the_rest_refused()
    {
        const string Header = "apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata: {name: c}\n";
        await _sidecar.StartAsync(configuration: Header + """
            spec:
              mtls: {enabled: true}
              nameResolution: {component: sqlite, version: v1, configuration: {connectionString: names.db}}
              metrics: {enabled: false}
              logging: {apiLogging: {enabled: true}}
              features: [{name: ActorStateTTL, enabled: true}]
            """);
        await _sidecar.Dapr().GetAsync("/v1.0/healthz/outbound").HasStatusAsync(204);
        await using var other = new SidecarUnderTest();
        Assert.Contains("httpPipeline", (await Assert.ThrowsAnyAsync<Exception>(() => other.StartAsync(configuration: Header + "spec: {httpPipeline: {handlers: []}}\n"))).Message);
    }

    [Fact]
    public async Task Health_is_204_and_knows_its_app()
    {
        _sidecar.Resources("");
        await _sidecar.StartAsync(apiToken: "secret-token");
        await _sidecar.Dapr().GetAsync("/v1.0/healthz").HasStatusAsync(204);
        await _sidecar.Dapr().GetAsync("/v1.0/healthz/outbound").HasStatusAsync(204);
        await _sidecar.Dapr().GetAsync("/v1.0/healthz?appid=app").HasStatusAsync(204);
        await _sidecar.Dapr().GetAsync("/v1.0/healthz?appid=other").IsErrorAsync(500, "ERR_HEALTH_APPID_NOT_MATCH", "dapr app-id does not match");
    }

    [Fact]
    public async Task Until_the_app_listens_only_outbound_is_ready()
    {
        _sidecar.Resources("");
        await using var host = new SidecarHost(_sidecar.Directory.Folder("data"), Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        var port = FreePort.Take();
        var sidecar = await host.StartAsync(new SidecarOptions { AppId = "late", AppPort = port });
        using var dapr = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{sidecar.HttpPort}") };
        await dapr.GetAsync("/v1.0/healthz/outbound").HasStatusAsync(204);
        await dapr.GetAsync("/v1.0/healthz").IsErrorAsync(500, "ERR_HEALTH_NOT_READY", "dapr is not ready: [app]");
        await using var app = await TestApp.StartAsync(port);
        await Eventually.AssertAsync(() => dapr.GetAsync("/v1.0/healthz").HasStatusAsync(204));
    }

    [Fact]
    public async Task A_wrong_api_token_is_401_in_plain_text()
    {
        _sidecar.Resources("");
        await _sidecar.StartAsync(apiToken: "secret-token");
        foreach (var token in new[] { null, "wrong", "secret-toke", "secret-token2" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1.0/metadata");
            if (token is not null)
                request.Headers.Add("dapr-api-token", token);
            using var answer = await _sidecar.Dapr().SendAsync(request);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
            Assert.Equal("invalid api token", await answer.Content.ReadAsStringAsync());
        }
        _sidecar.Dapr().DefaultRequestHeaders.Add("dapr-api-token", "secret-token");
        await _sidecar.Dapr().GetAsync("/v1.0/metadata").HasStatusAsync(200);
    }

    [Fact]
    public async Task Without_components_each_api_says_so()
    {
        _sidecar.Resources("");
        await _sidecar.StartAsync();
        await _sidecar.Dapr().GetAsync("/v1.0/state/s/k").IsErrorAsync(500, "ERR_STATE_STORE_NOT_CONFIGURED", "state store s is not configured", "DAPR_STATE_NOT_CONFIGURED");
        await _sidecar.Dapr().PostAsync("/v1.0/publish/p/t", SidecarUnderTest.Json("1")).IsErrorAsync(400, "ERR_PUBSUB_NOT_CONFIGURED", "pubsub p is not configured", "DAPR_PUBSUB_NOT_CONFIGURED");
        await _sidecar.Dapr().GetAsync("/v1.0/secrets/s/k").IsErrorAsync(500, "ERR_SECRET_STORES_NOT_CONFIGURED", "secret store is not configured");
    }

    [Fact]
    public async Task Metadata_tells_what_runs_and_takes_attributes()
    {
        _sidecar.Resources("""
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: store}
            spec: {type: state.in-memory, version: v1}
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: pubsub}
            spec: {type: pubsub.in-memory, version: v1}
            """);
        await _sidecar.StartAsync(subscriptions: """[{"pubsubname":"pubsub","topic":"t","route":"/in","deadLetterTopic":"dead","metadata":{"a":"b"}}]""");
        await _sidecar.Dapr().PutAsync("/v1.0/metadata/colour", new StringContent("blue")).HasStatusAsync(204);
        var metadata = await _sidecar.Dapr().GetAsync("/v1.0/metadata").JsonAsync();
        Assert.Equal("app", metadata.GetProperty("id").GetString());
        Assert.NotEmpty(metadata.GetProperty("runtimeVersion").GetString()!);
        Assert.Equal("blue", metadata.GetProperty("extended").GetProperty("colour").GetString());
        var store = metadata.GetProperty("components").EnumerateArray().Single(c => c.GetProperty("name").GetString() == "store");
        Assert.Equal(["ETAG", "TRANSACTIONAL", "TTL", "ACTOR"], store.GetProperty("capabilities").EnumerateArray().Select(c => c.GetString()!));
        var subscription = metadata.GetProperty("subscriptions")[0];
        Assert.Equal(["pubsub", "t", "dead", "PROGRAMMATIC"], new[] { "pubsubname", "topic", "deadLetterTopic", "type" }.Select(n => subscription.GetProperty(n).GetString()!));
        Assert.Equal("/in", subscription.GetProperty("rules")[0].GetProperty("path").GetString());
        Assert.Equal(_sidecar.App().Port, metadata.GetProperty("appConnectionProperties").GetProperty("port").GetInt32());
    }

    [Fact]
    public async Task Shutdown_answers_and_then_tells_whoever_runs_it()
    {
        var asked = new TaskCompletionSource();
        await using var host = new SidecarHost(_sidecar.Directory.Folder("data"), Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        var sidecar = await host.StartAsync(new SidecarOptions { AppId = "a", OnShutdown = () => asked.TrySetResult() });
        using var dapr = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{sidecar.HttpPort}") };
        await dapr.PostAsync("/v1.0/shutdown", null).HasStatusAsync(204);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Secrets_are_flat_scoped_and_refused_as_dapr_does()
    {
        _sidecar.Directory.Write("data/secrets.json", """{"db":{"user":"u","password":"p"},"list":["x"],"plain":"v","hidden":"h"}""");
        _sidecar.Resources("""
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: flat}
            spec: {type: secretstores.local.file, version: v1, metadata: [{name: secretsFile, value: secrets.json}]}
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: multi}
            spec: {type: secretstores.local.file, version: v1, metadata: [{name: secretsFile, value: secrets.json}, {name: multiValued, value: "true"}]}
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: env}
            spec: {type: secretstores.local.env, version: v1, metadata: [{name: prefix, value: DEEPIRI_TEST_}]}
            """);
        Environment.SetEnvironmentVariable("DEEPIRI_TEST_ONE", "1");
        await _sidecar.StartAsync(configuration: """
            apiVersion: dapr.io/v1alpha1
            kind: Configuration
            metadata: {name: c}
            spec: {secrets: {scopes: [{storeName: flat, defaultAccess: allow, deniedSecrets: [hidden]}]}}
            """);
        Assert.Equal("""{"plain":"v"}""", await _sidecar.Dapr().GetAsync("/v1.0/secrets/flat/plain").TextAsync());
        Assert.Equal("""{"db:password":"p"}""", await _sidecar.Dapr().GetAsync("/v1.0/secrets/flat/db:password").TextAsync());
        Assert.Equal("""{"list:0":"x"}""", await _sidecar.Dapr().GetAsync("/v1.0/secrets/flat/list:0").TextAsync());
        Assert.Equal("""{"user":"u","password":"p"}""", await _sidecar.Dapr().GetAsync("/v1.0/secrets/multi/db").TextAsync());
        Assert.Equal("""{"ONE":"1"}""", await _sidecar.Dapr().GetAsync("/v1.0/secrets/env/ONE").TextAsync());
        Assert.Equal("""{"ONE":{"ONE":"1"}}""", await _sidecar.Dapr().GetAsync("/v1.0/secrets/env/bulk").TextAsync());
        var bulk = await _sidecar.Dapr().GetAsync("/v1.0/secrets/flat/bulk").JsonAsync();
        Assert.False(bulk.TryGetProperty("hidden", out _));
        Assert.Equal("u", bulk.GetProperty("db:user").GetProperty("db:user").GetString());

        await _sidecar.Dapr().GetAsync("/v1.0/secrets/nope/k").IsErrorAsync(401, "ERR_SECRET_STORE_NOT_FOUND", "failed finding secret store with key nope");
        await _sidecar.Dapr().GetAsync("/v1.0/secrets/flat/hidden").IsErrorAsync(403, "ERR_PERMISSION_DENIED", "access denied by policy to get \"hidden\" from \"flat\"");
        await _sidecar.Dapr().GetAsync("/v1.0/secrets/flat/none").IsErrorAsync(500, "ERR_SECRET_GET", "failed getting secret with key none from secret store flat: secret none not found");
    }

    [Fact]
    public async Task Component_values_come_from_secrets_environment_and_templates()
    {
        _sidecar.Directory.Write("data/secrets.json", """{"prefix":"from-secret"}""");
        Environment.SetEnvironmentVariable("DEEPIRI_TEST_PREFIX", "from-env");
        _sidecar.Resources("""
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: secrets}
            spec: {type: secretstores.local.file, version: v1, metadata: [{name: secretsFile, value: secrets.json}]}
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: a}
            spec: {type: state.sqlite, version: v1, metadata: [{name: connectionString, value: "{appID}.db"}, {name: keyPrefix, secretKeyRef: {name: prefix, key: prefix}}]}
            auth: {secretStore: secrets}
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: b}
            spec: {type: state.sqlite, version: v1, metadata: [{name: connectionString, value: "{appID}.db"}, {name: keyPrefix, envRef: DEEPIRI_TEST_PREFIX}]}
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: plain}
            spec: {type: state.sqlite, version: v1, metadata: [{name: connectionString, value: app.db}, {name: keyPrefix, value: none}]}
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: scoped}
            spec: {type: state.in-memory, version: v1}
            scopes: [somebody-else]
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: broken}
            spec: {type: secretstores.local.file, version: v1, ignoreErrors: true, metadata: [{name: secretsFile, value: none.json}]}
            """);
        await _sidecar.StartAsync();
        await _sidecar.Dapr().PostAsync("/v1.0/state/a", SidecarUnderTest.Json("""[{"key":"k","value":"a"}]""")).HasStatusAsync(204);
        await _sidecar.Dapr().PostAsync("/v1.0/state/b", SidecarUnderTest.Json("""[{"key":"k","value":"b"}]""")).HasStatusAsync(204);
        // The store without a prefix sees the whole key; only a key with the separator cannot be asked for.
        Assert.True(File.Exists(Path.Combine(_sidecar.Directory.Path, "data", "app.db")));
        Assert.Equal("\"a\"", await _sidecar.Dapr().GetAsync("/v1.0/state/a/k").TextAsync());
        Assert.Equal("\"b\"", await _sidecar.Dapr().GetAsync("/v1.0/state/b/k").TextAsync());
        await _sidecar.Dapr().GetAsync("/v1.0/state/scoped/k").HasStatusAsync(400);
    }

    [Theory]
    [InlineData("app=t1;other=t2", "", "", "t1", 204)]
    [InlineData("app=t1;other=t2", "", "", "t2", 403)]
    [InlineData("app=;other=t2", "", "", "t1", 403)]
    [InlineData("other=t2", "", "", "t1", 204)]
    [InlineData("", "t1,t2", "", "t1", 204)]
    [InlineData("", "t1,t2", "", "t3", 403)]
    [InlineData("", "", "t1", "t1", 403)]
    [InlineData("app=t1", "", "t1", "t1", 204)]
    [InlineData(" APP = T1 ", "", "", "t1", 204)]
    public async Task Topic_scopes_decide_who_may_publish(string publishing, string allowed, string @protected, string topic, int status)
    {
        _sidecar.Resources($$"""
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: pubsub}
            spec: {type: pubsub.in-memory, version: v1, metadata: [{name: publishingScopes, value: "{{publishing}}"}, {name: allowedTopics, value: "{{allowed}}"}, {name: protectedTopics, value: "{{@protected}}"}]}
            """);
        await _sidecar.StartAsync();
        var answer = _sidecar.Dapr().PostAsync($"/v1.0/publish/pubsub/{topic}", SidecarUnderTest.Json("1"));
        if (status == 204)
            await answer.HasStatusAsync(204);
        else
            await answer.IsErrorAsync(403, "ERR_PUBSUB_FORBIDDEN", $"topic {topic} is not allowed for app id app", "DAPR_PUBSUB_FORBIDDEN");
    }

    [Fact]
    public async Task A_subscription_that_the_scopes_forbid_does_not_run()
    {
        _sidecar.Resources("""
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: pubsub}
            spec: {type: pubsub.in-memory, version: v1, metadata: [{name: subscriptionScopes, value: "app=t1"}]}
            """);
        await _sidecar.StartAsync(subscriptions: """[{"pubsubname":"pubsub","topic":"t1","route":"/in"},{"pubsubname":"pubsub","topic":"t2","route":"/in"}]""");
        var metadata = await _sidecar.Dapr().GetAsync("/v1.0/metadata").JsonAsync();
        Assert.Equal("t1", Assert.Single(metadata.GetProperty("subscriptions").EnumerateArray().ToArray()).GetProperty("topic").GetString());
    }

    [Theory]
    [InlineData("spec: {type: state.cassandra, version: v1}", "component type 'state.cassandra' is not supported by the embedded sidecar; supported are ")]
    [InlineData("spec: {type: state.in-memory, version: v2}", "version 'v2' of 'state.in-memory' is not supported; supported is v1")]
    [InlineData("spec: {type: state.in-memory, version: v1, metadata: [{name: colour, value: red}]}", "'state.in-memory' has no metadata 'colour'; supported are ")]
    [InlineData("spec: {type: state.in-memory, version: v1, flavour: x}", "'spec.flavour' is not supported here; supported are ")]
    [InlineData("spec: {type: state.in-memory, version: v1, ignoreErrors: maybe}", "'spec.ignoreErrors' must be true or false, not 'maybe'")]
    [InlineData("spec: {version: v1}", "'spec.type' is missing")]
    [InlineData("spec: [", "not valid YAML")]
    public void What_is_not_supported_is_refused_with_file_and_line(string spec, string message)
    {
        _sidecar.Resources($"apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {{name: x}}\n{spec}\n");
        var refused = Refuse();
        Assert.Contains(refused.Faults, f => f.Message.StartsWith(message, StringComparison.Ordinal) && f.Line >= 4 && f.File.EndsWith("resources.yaml", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_fault_is_told_at_once()
    {
        _sidecar.Resources("""
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: x}
            spec: {type: state.cassandra, version: v1}
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Gateway
            metadata: {name: r}
            ---
            apiVersion: v1
            kind: ConfigMap
            """);
        var refused = Refuse();
        Assert.Equal(2, refused.Faults.Count);
        Assert.Contains("kind 'Gateway' is not supported by the embedded sidecar; supported are Component, HTTPEndpoint, Resiliency, Subscription", refused.Message);
        Assert.Matches(@"resources\.yaml:4: component type 'state\.cassandra'", refused.Message);
    }

    [Fact]
    public async Task A_component_that_cannot_start_names_itself()
    {
        _sidecar.Resources("apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: secrets}\nspec: {type: secretstores.local.file, version: v1, metadata: [{name: secretsFile, value: none.json}]}\n");
        var refused = await Assert.ThrowsAsync<ResourceException>(() => _sidecar.StartAsync());
        Assert.Contains("component 'secrets' (secretstores.local.file) cannot be started for app 'app': secrets file '", refused.Message);
    }

    private ResourceException Refuse() => Assert.Throws<ResourceException>(() =>
        SidecarHost.Validate([new SidecarOptions { AppId = "app", ResourcesPaths = [Path.Combine(_sidecar.Directory.Path, "resources")] }]));
}
