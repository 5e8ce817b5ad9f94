using System.Collections.Concurrent;
using System.Runtime.Versioning;
using System.Threading.Channels;

namespace Deepiri.Sidecar.Sqlite;

/// <summary>
/// A database file with one writer and many readers (WAL). Writes that arrive together share one commit, and a write
/// is answered only when that commit has reached the disk (<c>synchronous=FULL</c>).
/// </summary>
internal sealed class SqliteDatabase : IAsyncDisposable
{
    private const int LargestGroup = 512;
    private const int LongestQueue = 8192;

    /// <summary>How long a write without haste waits for another one to share its commit.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(20);

    private readonly Channel<Write> _writes = Channel.CreateBounded<Write>(new BoundedChannelOptions(LongestQueue) { SingleReader = true });
    private readonly ConcurrentQueue<Write> _withoutHaste = [];
    private readonly ConcurrentBag<SqliteConnection> _readers = [];
    private readonly TaskCompletionSource _writerDone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _path;
    private readonly TimeSpan _busyTimeout;
    private readonly SqliteConnection _writer;
    private readonly bool _isInMemory;
    private volatile bool _disposed;

    /// <summary>In place of a path: a database that is gone with this object. It has one connection, which readers and the writer take in turn.</summary>
    public const string InMemory = ":memory:";

    public SqliteDatabase(string path, TimeSpan busyTimeout, bool wal = true)
    {
        (_path, _isInMemory) = (path, path == InMemory);
        _busyTimeout = busyTimeout;
        if (!_isInMemory && Path.GetDirectoryName(path) is { Length: > 0 } directory)
            Directory.CreateDirectory(directory);
        if (!_isInMemory && !OperatingSystem.IsWindows() && !File.Exists(path))
            CreatePrivate(path);
        _writer = new SqliteConnection(path, busyTimeout);
        _writer.ExecuteScript($"PRAGMA journal_mode={(wal ? "WAL" : "DELETE")}; PRAGMA synchronous=FULL;");
        new Thread(RunWriter) { IsBackground = true, Name = $"sqlite writer {Path.GetFileName(path)}" }.Start();
    }

    /// <summary>Runs a write within the next group's transaction; completes when it is on disk. An exception undoes this write only.</summary>
    public async Task<T> WriteAsync<T>(Func<SqliteConnection, T> work, CancellationToken cancellationToken = default)
    {
        var write = new Write<T>(work);
        await _writes.Writer.WriteAsync(write, cancellationToken).ConfigureAwait(false);
        return await write.Completion.Task.ConfigureAwait(false);
    }

    public Task WriteAsync(Action<SqliteConnection> work, CancellationToken cancellationToken = default) =>
        WriteAsync(connection =>
        {
            work(connection);
            return true;
        }, cancellationToken);

    /// <summary>
    /// Runs a write with the next one that comes, or after 20 ms: for what nobody waits for, so that it does not hold up those that somebody
    /// waits for. The caller bounds how many there are.
    /// </summary>
    public async Task WriteWithoutHasteAsync(Action<SqliteConnection> work)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var write = new Write<bool>(connection =>
        {
            work(connection);
            return true;
        });
        _withoutHaste.Enqueue(write);
        if (await Task.WhenAny(write.Completion.Task, Task.Delay(s_patience)).ConfigureAwait(false) != write.Completion.Task)
            // When the queue is full, or closed, the writer is about to see this one anyway.
            _writes.Writer.TryWrite(new Write<bool>(_ => true));
        await write.Completion.Task.ConfigureAwait(false);
    }

    /// <summary>Reads what is committed.</summary>
    public T Read<T>(Func<SqliteConnection, T> work)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_isInMemory)
        {
            lock (_writer)
                return work(_writer);
        }
        if (!_readers.TryTake(out var connection))
            connection = new SqliteConnection(_path, _busyTimeout);
        try
        {
            return work(connection);
        }
        finally
        {
            if (_disposed)
                connection.Dispose();
            else
                _readers.Add(connection);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        _writes.Writer.TryComplete();
        await _writerDone.Task.ConfigureAwait(false);
        while (_readers.TryTake(out var reader))
            reader.Dispose();
        _writer.Dispose();
    }

    /// <summary>Only its owner may read what it holds; SQLite gives its journals the mode of the database.</summary>
    [UnsupportedOSPlatform("windows")]
    private static void CreatePrivate(string path)
    {
        try
        {
            new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }).Dispose();
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was first.
        }
    }

    private void RunWriter()
    {
        var group = new List<Write>(LargestGroup);
        while (WaitForWrites())
            CommitNext(group);
        while (!_withoutHaste.IsEmpty)
            CommitNext(group);
        _writerDone.SetResult();
    }

    private void CommitNext(List<Write> group)
    {
        while (group.Count < LargestGroup && _writes.Reader.TryRead(out var write))
            group.Add(write);
        while (group.Count < LargestGroup && _withoutHaste.TryDequeue(out var write))
            group.Add(write);
        lock (_writer)
            Commit(group);
        group.Clear();
    }

    /// <summary>Blocks the writer's own thread, which has nothing else to do.</summary>
    private bool WaitForWrites()
    {
        var wait = _writes.Reader.WaitToReadAsync();
        return wait.IsCompletedSuccessfully ? wait.GetAwaiter().GetResult() : wait.AsTask().GetAwaiter().GetResult();
    }

    private void Commit(List<Write> group)
    {
        try
        {
            _writer.Statement("BEGIN IMMEDIATE").Run();
            foreach (var write in group)
                RunInSavepoint(write);
            _writer.Statement("COMMIT").Run();
        }
        catch (Exception e)
        {
            RollBack();
            foreach (var write in group)
                write.Fail(e);
            return;
        }
        foreach (var write in group)
        {
            if (write.Fault is { } fault)
                write.Fail(fault);
            else
                write.Complete();
        }
    }

    private void RunInSavepoint(Write write)
    {
        _writer.Statement("SAVEPOINT w").Run();
        try
        {
            write.Run(_writer);
        }
        catch (Exception e)
        {
            // Only this write is undone; the others of its group go on. It is told with theirs: it may have failed because of what
            // one of them wrote (an ETag), and whoever reads after the failure must see that.
            write.Fault = e;
            _writer.Statement("ROLLBACK TO w").Run();
        }
        _writer.Statement("RELEASE w").Run();
    }

    private void RollBack()
    {
        try
        {
            _writer.ExecuteScript("ROLLBACK");
        }
        catch (SqliteException e) when (e.Code == SQLitePCL.raw.SQLITE_ERROR)
        {
            // SQLite itself has already rolled back (disk full, for one): "no transaction is active".
        }
    }

    private abstract class Write
    {
        /// <summary>What this write alone failed with.</summary>
        public Exception? Fault { get; set; }

        public abstract void Run(SqliteConnection connection);

        public abstract void Complete();

        public abstract void Fail(Exception e);
    }

    private sealed class Write<T>(Func<SqliteConnection, T> work) : Write
    {
        private T? _result;

        public TaskCompletionSource<T> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Run(SqliteConnection connection) => _result = work(connection);

        public override void Complete() => Completion.TrySetResult(_result!);

        public override void Fail(Exception e) => Completion.TrySetException(e);
    }
}
