namespace Deepiri.Sidecar.Sqlite;

/// <summary>SQLite answered with an error; <see cref="Code"/> is SQLite's result code.</summary>
internal sealed class SqliteException(int code, string message) : Exception($"SQLite error {code}: {message}")
{
    public int Code { get; } = code;
}
