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
        """));

    public Task EnterAsync(string app, string instance) => database.WriteAsync(c =>
        c.Statement("INSERT INTO workflows (app, instance, is_active) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET is_active = 1").Bind(app).Bind(instance).Run());

    public Task SetDoneAsync(string app, string instance) => database.WriteAsync(c =>
        c.Statement("UPDATE workflows SET is_active = 0 WHERE app = ? AND instance = ?").Bind(app).Bind(instance).Run());

    public Task StrikeAsync(string app, string instance) => database.WriteAsync(c =>
        c.Statement("DELETE FROM workflows WHERE app = ? AND instance = ?").Bind(app).Bind(instance).Run());

    public IReadOnlyList<string> Active(string app) => database.Read(c => Read(c.Statement("SELECT instance FROM workflows WHERE app = ? AND is_active = 1").Bind(app)));

    /// <summary>The next instances behind one, by id.</summary>
    public IReadOnlyList<string> Page(string app, string after, int size) =>
        database.Read(c => Read(c.Statement("SELECT instance FROM workflows WHERE app = ? AND instance > ? ORDER BY instance LIMIT ?").Bind(app).Bind(after).Bind(size)));

    private static List<string> Read(SqliteStatement statement)
    {
        var names = new List<string>();
        while (statement.Step())
            names.Add(statement.Text(0));
        statement.Reset();
        return names;
    }
}
