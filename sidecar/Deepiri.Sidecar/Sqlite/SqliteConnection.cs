using SQLitePCL;

namespace Deepiri.Sidecar.Sqlite;

/// <summary>One connection with its prepared statements; used by one thread at a time.</summary>
internal sealed class SqliteConnection : IDisposable
{
    private readonly Dictionary<string, SqliteStatement> _statements = new(StringComparer.Ordinal);
    private readonly sqlite3 _db;

    static SqliteConnection() => Batteries_V2.Init();

    public SqliteConnection(string path, TimeSpan busyTimeout)
    {
        var result = raw.sqlite3_open_v2(path, out _db, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX, null);
        if (result != raw.SQLITE_OK)
            throw new SqliteException(result, $"cannot open '{path}': {raw.sqlite3_errstr(result).utf8_to_string()}");
        raw.sqlite3_busy_timeout(_db, (int)busyTimeout.TotalMilliseconds);
    }

    /// <summary>Rows that the last statement changed.</summary>
    public int Changes => raw.sqlite3_changes(_db);

    public long LastInsertRowId => raw.sqlite3_last_insert_rowid(_db);

    /// <summary>Runs one or more statements without parameters.</summary>
    public void ExecuteScript(string sql) => Check(raw.sqlite3_exec(_db, sql));

    /// <summary>A statement, prepared once and kept; reset and without bindings.</summary>
    public SqliteStatement Statement(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            Check(raw.sqlite3_prepare_v2(_db, sql, out var prepared));
            _statements[sql] = statement = new SqliteStatement(this, prepared);
        }
        statement.Reset();
        return statement;
    }

    public void Check(int result)
    {
        if (result is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
            throw new SqliteException(result, raw.sqlite3_errmsg(_db).utf8_to_string());
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
            statement.Dispose();
        _db.Dispose();
    }
}
