using SQLitePCL;

namespace Deepiri.Sidecar.Sqlite;

/// <summary>A prepared statement; parameters and columns are numbered as SQLite does (parameters from 1, columns from 0).</summary>
internal sealed class SqliteStatement(SqliteConnection connection, sqlite3_stmt statement) : IDisposable
{
    private int _nextParameter = 1;

    /// <summary>Binds the next parameter.</summary>
    public SqliteStatement Bind(string? value)
    {
        connection.Check(value is null ? raw.sqlite3_bind_null(statement, _nextParameter) : raw.sqlite3_bind_text(statement, _nextParameter, value));
        _nextParameter++;
        return this;
    }

    public SqliteStatement Bind(long? value)
    {
        connection.Check(value is null ? raw.sqlite3_bind_null(statement, _nextParameter) : raw.sqlite3_bind_int64(statement, _nextParameter, value.Value));
        _nextParameter++;
        return this;
    }

    public SqliteStatement Bind(ReadOnlySpan<byte> value)
    {
        // A null pointer would bind NULL.
        connection.Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(statement, _nextParameter, 0) : raw.sqlite3_bind_blob(statement, _nextParameter, value));
        _nextParameter++;
        return this;
    }

    /// <summary>Moves to the next row; false at the end.</summary>
    public bool Step()
    {
        var result = raw.sqlite3_step(statement);
        connection.Check(result);
        return result == raw.SQLITE_ROW;
    }

    /// <summary>Runs a statement that returns no row.</summary>
    public void Run()
    {
        Step();
        Reset();
    }

    public string Text(int column) => raw.sqlite3_column_text(statement, column).utf8_to_string() ?? "";

    public byte[] Blob(int column) => raw.sqlite3_column_blob(statement, column).ToArray();

    public long Int64(int column) => raw.sqlite3_column_int64(statement, column);

    public bool IsNull(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL;

    public void Reset()
    {
        _ = raw.sqlite3_reset(statement);
        _ = raw.sqlite3_clear_bindings(statement);
        _nextParameter = 1;
    }

    public void Dispose() => statement.Dispose();
}
