using Deepiri.TestHost.Servers;

namespace Deepiri.Sidecar.Conformance;

/// <summary>One PostgreSQL for all components on it; each test has tables of its own.</summary>
[CollectionDefinition("postgres")]
public sealed class PostgresFixture : ICollectionFixture<PostgresFixture>, IAsyncLifetime
{
    public PostgresServer Server { get; } = new();

    public string Connection => $"    - {{name: connectionString, value: \"{Server.ConnectionString}\"}}\n";

    public Task InitializeAsync() => Server.StartAsync();

    public Task DisposeAsync() => Server.DisposeAsync().AsTask();
}

[Collection("postgres")]
public sealed class PostgresStateTests(PostgresFixture postgres) : StateSuite
{
    private readonly string _prefix = $"t{Guid.NewGuid():N}_";

    protected override (string Type, string Metadata) Component => ("state.postgresql", $"{postgres.Connection}    - {{name: tablePrefix, value: {_prefix}}}\n");

    protected override string Version => "v2";

    protected override bool IsShared => true;

    protected override bool HasOwnClock => true;

    [Fact]
    public async Task An_acknowledged_write_survives_the_server_and_the_sidecar_finds_it_again()
    {
        await Sidecar.Dapr().PostAsync("/v1.0/state/store", SidecarUnderTest.Json("""[{"key":"kept","value":1}]""")).HasStatusAsync(204);
        await postgres.Server.KillAsync();
        await Sidecar.Dapr().GetAsync("/v1.0/state/store/kept").HasStatusAsync(500);
        await postgres.Server.StartAsync();
        await Eventually.AssertAsync(async () => Assert.Equal("1", await Sidecar.Dapr().GetAsync("/v1.0/state/store/kept").TextAsync()));
    }

    [Fact]
    public async Task An_item_is_kept_as_daprd_keeps_it()
    {
        await Sidecar.Dapr().PostAsync("/v1.0/state/store", SidecarUnderTest.Json("""[{"key":"k","value":{"a":1}}]""")).HasStatusAsync(204);
        Assert.Equal("{\"a\":1}\n", await postgres.Server.ExecuteAsync($"SELECT convert_from(value, 'UTF8') FROM {_prefix}state WHERE key = 'app||k'"));
    }
}

[Collection("postgres")]
public sealed class PostgresConfigurationTests(PostgresFixture postgres) : ConfigurationSuite
{
    private readonly string _table = $"c{Guid.NewGuid():N}";

    protected override (string Type, string Metadata) Component => ("configuration.postgresql", $"{postgres.Connection}    - {{name: table, value: {_table}}}\n    - {{name: notifyChannel, value: {_table}}}\n");

    /// <summary>The table and the trigger of Dapr's documentation.</summary>
    public override async Task InitializeAsync()
    {
        await postgres.Server.ExecuteAsync($$"""
            CREATE TABLE {{_table}} (key varchar NOT NULL, value varchar NOT NULL, version varchar NOT NULL, metadata json, PRIMARY KEY (key, version));
            CREATE FUNCTION notify_{{_table}}() RETURNS trigger AS $$
              BEGIN
                PERFORM pg_notify('{{_table}}', json_build_object('table', TG_TABLE_NAME, 'action', TG_OP, 'data', row_to_json(NEW))::text);
                RETURN NULL;
              END;
            $$ LANGUAGE plpgsql;
            CREATE TRIGGER changed AFTER INSERT OR UPDATE ON {{_table}} FOR EACH ROW EXECUTE FUNCTION notify_{{_table}}();
            """);
        await base.InitializeAsync();
    }

    protected override Task SetAsync(string key, string value, string version) =>
        postgres.Server.ExecuteAsync($"INSERT INTO {_table} (key, value, version, metadata) VALUES ('{key}', '{value}', '{version}', '{{\"by\":\"test\"}}')");

    protected override Task KillAsync() => postgres.Server.KillAsync();

    protected override Task ReviveAsync() => postgres.Server.StartAsync();
}
