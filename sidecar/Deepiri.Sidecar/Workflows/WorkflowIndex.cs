using Deepiri.Sidecar.Sqlite;

namespace Deepiri.Sidecar.Workflows;

/// <summary>
/// Which instances there are, and which of them are not done: a state store cannot be asked for its keys. An instance is entered before it
/// is stored and struck off after, so that a crash between the two leaves a name without an instance, never the reverse.
/// </summary>
internal sealed class WorkflowIndex(SqliteDatabase database)
{
    public Task InitializeAsync() => database.WriteAsync(c => c.ExecuteScript("""
        CREATE TABLE IF NOT EXISTS workflows (app TEXT NOT NULL, instance TEXT NOT NULL, is_active INTEGER NOT NULL, PRIMARY KEY (app, instance)) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS workflows_active ON workflows (app) WHERE is_active = 1;
        CREATE TABLE IF NOT EXISTS workflow_purges (app TEXT NOT NULL, instance TEXT NOT NULL, due INTEGER NOT NULL, PRIMARY KEY (app, instance)) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS workflow_purges_due ON workflow_purges (app, due);
        """));

    public Task EnterAsync(string app, string instance) => database.WriteAsync(c =>
    {
        c.Statement("INSERT INTO workflows (app, instance, is_active) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET is_active = 1").Bind(app).Bind(instance).Run();
        Keep(c, app, instance);
    });

    /// <param name="purgeAt">When it may be deleted; null for never.</param>
    public Task SetDoneAsync(string app, string instance, DateTimeOffset? purgeAt) => database.WriteAsync(c =>
    {
        c.Statement("UPDATE workflows SET is_active = 0 WHERE app = ? AND instance = ?").Bind(app).Bind(instance).Run();
        if (purgeAt is { } due)
            c.Statement("INSERT INTO workflow_purges (app, instance, due) VALUES (?, ?, ?) ON CONFLICT DO NOTHING").Bind(app).Bind(instance).Bind(due.ToUnixTimeMilliseconds()).Run();
    });

    public Task StrikeAsync(string app, string instance) => database.WriteAsync(c =>
    {
        c.Statement("DELETE FROM workflows WHERE app = ? AND instance = ?").Bind(app).Bind(instance).Run();
        Keep(c, app, instance);
    });

    /// <summary>Instances whose retention is over, the longest overdue first.</summary>
    public IReadOnlyList<string> DueForPurge(string app, DateTimeOffset now, int size) => database.Read(c =>
        Read(c.Statement("SELECT instance FROM workflow_purges WHERE app = ? AND due <= ? ORDER BY due LIMIT ?").Bind(app).Bind(now.ToUnixTimeMilliseconds()).Bind(size)));

    public IReadOnlyList<string> Active(string app) => database.Read(c => Read(c.Statement("SELECT instance FROM workflows WHERE app = ? AND is_active = 1").Bind(app)));

    /// <summary>The next instances behind one, by id.</summary>
    public IReadOnlyList<string> Page(string app, string after, int size) =>
        database.Read(c => Read(c.Statement("SELECT instance FROM workflows WHERE app = ? AND instance > ? ORDER BY instance LIMIT ?").Bind(app).Bind(after).Bind(size)));

    /// <summary>What is purged, or begins again under the same id, is no longer due.</summary>
    private static void Keep(SqliteConnection connection, string app, string instance) =>
        connection.Statement("DELETE FROM workflow_purges WHERE app = ? AND instance = ?").Bind(app).Bind(instance).Run();

    private static List<string> Read(SqliteStatement statement)
    {
        var names = new List<string>();
        while (statement.Step())
            names.Add(statement.Text(0));
        statement.Reset();
        return names;
    }
}
