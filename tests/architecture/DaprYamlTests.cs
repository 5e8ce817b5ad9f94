using System.Text.Json.Nodes;

namespace Deepiri.Architecture;

/// <summary>Components, Configurations, policies and run templates: their form, and what daprd makes of them that a form does not show.</summary>
public sealed class DaprYamlTests
{
    /// <summary>Folders for the embedded sidecar only: daprd has no pubsub.sqlite, and its pubsub.in-memory ends at the process.</summary>
    private static readonly string[] s_embeddedOnly = ["components/embedded", "components/in-memory"];

    public static TheoryData<string> ResourceFiles { get; } = [.. FilesBelow("components").Concat(FilesBelow("dapr-config"))];

    public static TheoryData<string> ComponentFolders { get; } = [.. FilesBelow("components").Select(f => Path.GetDirectoryName(f)!).Distinct()];

    public static TheoryData<string> Templates { get; } = ["dapr.yaml", "dapr.mtls.yaml", "samples/polyglot/dapr.yaml"];

    [Theory]
    [MemberData(nameof(ResourceFiles))]
    public void A_resource_has_the_form_of_its_kind(string file)
    {
        var documents = Yaml.Read(file);
        Assert.NotEmpty(documents);
        foreach (var document in documents)
            Assert.Empty(Yaml.Faults(Yaml.Schema(Text(document["kind"])), document));
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public void A_run_template_has_its_form_and_its_paths_exist(string file)
    {
        var template = Assert.Single(Yaml.Read(file));
        Assert.Empty(Yaml.Faults(Yaml.Schema("run-template"), template));
        var directory = Path.GetDirectoryName(Repository.PathOf(file))!;
        foreach (var folder in Items(template["common"]?["resourcesPaths"]).Concat(Items(template["x-deepiri"]?["resourcesPaths"])))
            Assert.True(Directory.Exists(Path.Combine(directory, Text(folder))), Text(folder));
        foreach (var app in Items(template["apps"]))
        {
            var own = Path.Combine(directory, Text(app["appDirPath"]));
            Assert.True(Directory.Exists(own), own);
            // A relative path of an app is relative to its folder, of common to the template.
            if (app["configFilePath"] is { } config)
                Assert.True(File.Exists(Path.Combine(own, Text(config))), Text(config));
        }
    }

    [Fact]
    public void A_fault_of_form_is_found()
    {
        var component = JsonNode.Parse("""{"apiVersion":"dapr.io/v1alpha1","kind":"Component","metadata":{"name":"s"},"spec":{"type":"state.redis","version":"v1","metadat":[]}}""")!;
        Assert.NotEmpty(Yaml.Faults(Yaml.Schema("Component"), component));
        component["spec"]!.AsObject().Remove("metadat");
        Assert.Empty(Yaml.Faults(Yaml.Schema("Component"), component));
    }

    /// <summary>daprd asks the access control also without mTLS, when it knows no caller: it would refuse every call.</summary>
    [Theory]
    [MemberData(nameof(Templates))]
    public void Access_control_is_only_where_mtls_is(string file)
    {
        foreach (var configuration in ConfigurationsOf(file))
            Assert.Equal(configuration["spec"]!["accessControl"] is not null, configuration["spec"]!["mtls"]?["enabled"]?.GetValue<bool>() ?? false);
    }

    [Fact]
    public void With_mtls_every_app_has_access_control_that_denies_by_default()
    {
        var configurations = ConfigurationsOf("dapr.mtls.yaml");
        Assert.Equal(Items(Yaml.Read("dapr.mtls.yaml")[0]["apps"]).Count(), configurations.Count);
        Assert.All(configurations, c => Assert.Equal("deny", Text(c["spec"]!["accessControl"]!["defaultAction"])));
    }

    [Fact]
    public void The_two_templates_differ_in_nothing_but_the_configuration()
    {
        var (open, mtls) = (Yaml.Read("dapr.yaml")[0].AsObject(), Yaml.Read("dapr.mtls.yaml")[0].AsObject());
        open.Remove("x-deepiri");
        foreach (var app in Items(open["apps"]).Concat(Items(mtls["apps"])).Select(a => a.AsObject()))
        {
            app.Remove("configFilePath");
            app.Remove("x-deepiri");
        }
        Assert.Equal(open.ToJsonString(), mtls.ToJsonString());
    }

    [Fact]
    public void With_and_without_mtls_an_app_may_read_the_same_secrets_and_keeps_workflows_as_long()
    {
        foreach (var file in FilesBelow("dapr-config/mtls"))
        {
            var spec = Yaml.Read(file)[0]["spec"]!.AsObject();
            spec.Remove("mtls");
            spec.Remove("accessControl");
            var open = Path.Combine("dapr-config", Path.GetFileName(file));
            var expected = File.Exists(Repository.PathOf(open)) ? Yaml.Read(open)[0]["spec"]!.ToJsonString() : "{}";
            Assert.Equal(expected, spec.ToJsonString());
        }
    }

    /// <summary>daprd looks for a relative path in the folder of each app. Only a SQLite store may have one: each app then has a file of its own.</summary>
    [Theory]
    [MemberData(nameof(ComponentFolders))]
    public void Files_that_apps_share_are_named_by_the_environment(string folder)
    {
        foreach (var item in Components(folder).Where(c => Text(c["spec"]!["type"]) == "secretstores.local.file").SelectMany(c => Items(c["spec"]!["metadata"])).Where(i => Text(i["name"]) == "secretsFile"))
            Assert.Equal("DEEPIRI_SECRETS_FILE", Text(item["envRef"]));
    }

    /// <summary>pubsub.redis takes an event whose handler failed for delivered.</summary>
    [Theory]
    [InlineData("dapr.yaml")]
    [InlineData("dapr.mtls.yaml")]
    public void Events_are_delivered_again_by_a_policy(string file)
    {
        var template = Yaml.Read(file)[0];
        var policies = Items(template["common"]!["resourcesPaths"]).SelectMany(p => FilesBelow(Text(p))).SelectMany(Yaml.Read).Where(d => Text(d["kind"]) == "Resiliency").ToList();
        var retry = Assert.Single(policies, p => p["spec"]!["targets"]!["components"]?["pubsub"]?["inbound"]?["retry"] is not null)["spec"]!;
        var policy = retry["policies"]!["retries"]![Text(retry["targets"]!["components"]!["pubsub"]!["inbound"]!["retry"])]!;
        Assert.InRange(policy["maxRetries"]!.GetValue<long>(), 1, 20);
    }

    /// <summary>daprd ignores one that follows another document.</summary>
    [Fact]
    public void A_resiliency_is_alone_in_its_file()
    {
        foreach (var file in FilesBelow("dapr-config").Concat(FilesBelow("components")))
            if (Yaml.Read(file) is { Count: > 1 } documents)
                Assert.DoesNotContain(documents, d => Text(d["kind"]) == "Resiliency");
    }

    [Theory]
    [MemberData(nameof(ComponentFolders))]
    public void A_folder_has_every_component_the_services_name_and_one_store_for_actors(string folder)
    {
        var components = Components(folder).ToList();
        Assert.Equal(components.Count, components.Select(c => Text(c["metadata"]!["name"])).Distinct().Count());
        var names = components.Select(c => Text(c["metadata"]!["name"])).ToHashSet();
        Assert.Superset(new HashSet<string> { "pubsub", "statestore", "secretstore", "userstore", "taskstore", "engagementstore", "notificationstore", "challengestore" }, names);
        Assert.Single(components, c => Items(c["spec"]!["metadata"]).Any(i => Text(i["name"]) == "actorStateStore" && Text(i["value"]) == "true"));
        // The platform has its own outbox: daprd's cannot carry it, see docs/decisions/0017.
        Assert.DoesNotContain(components, c => Items(c["spec"]!["metadata"]).Any(i => Text(i["name"]).StartsWith("outboxPublish", StringComparison.Ordinal)));
    }

    /// <summary>On daprd, state.redis applies the rest of a transaction when an operation of it is refused.</summary>
    [Theory]
    [MemberData(nameof(ComponentFolders))]
    public void State_that_is_not_transactional_on_daprd_says_so_in_its_first_line(string folder)
    {
        if (s_embeddedOnly.Contains(folder) || !Components(folder).Any(c => Text(c["spec"]!["type"]) == "state.redis"))
            return;
        Assert.Contains("on daprd, state.redis has no real transactions", File.ReadLines(Repository.PathOf(folder, "stores.yaml")).First());
    }

    private static IReadOnlyList<JsonNode> ConfigurationsOf(string template)
    {
        var directory = Path.GetDirectoryName(template)!;
        return [.. Items(Yaml.Read(template)[0]["apps"]).Where(a => a["configFilePath"] is not null)
            .SelectMany(a => Yaml.Read(Path.Combine(directory, Text(a["appDirPath"]), Text(a["configFilePath"]))))];
    }

    private static IEnumerable<JsonNode> Components(string folder) =>
        FilesBelow(folder).Where(f => Path.GetDirectoryName(f) == folder).SelectMany(Yaml.Read).Where(d => Text(d["kind"]) == "Component");

    private static IEnumerable<string> FilesBelow(string folder) =>
        Directory.GetFiles(Repository.PathOf(folder), "*.yaml", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Repository.Root, f)).Order(StringComparer.Ordinal);

    private static IEnumerable<JsonNode> Items(JsonNode? list) => list?.AsArray().Select(i => i!) ?? [];

    private static string Text(JsonNode? value) => value!.GetValue<string>();
}
