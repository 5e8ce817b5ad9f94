using System.Text.Json;
using Deepiri.Sidecar.Sqlite;

namespace Deepiri.Sidecar.Scheduling;

/// <summary>A kept job: when it is due next, how often still, and which edition of it this is.</summary>
internal sealed record StoredJob(Job Job, DateTimeOffset Due, int? Remaining, long Edition);

/// <summary>The jobs of a run, in a file of the data directory.</summary>
internal sealed class JobStore(SqliteDatabase database)
{
    private const string Columns = "owner, name, schedule, spec, data, retry, due, remaining, edition, kind";
    private static long s_edition;

    public Task InitializeAsync(CancellationToken cancellationToken) => database.WriteAsync(c =>
    {
        c.ExecuteScript("""
            CREATE TABLE IF NOT EXISTS jobs (owner TEXT NOT NULL, name TEXT NOT NULL, schedule TEXT NOT NULL, spec TEXT NOT NULL, data BLOB NOT NULL,
                retry TEXT NOT NULL, due INTEGER NOT NULL, remaining INTEGER, edition INTEGER NOT NULL, kind TEXT NOT NULL, PRIMARY KEY (owner, name)) WITHOUT ROWID;
            CREATE INDEX IF NOT EXISTS jobs_due ON jobs (kind, due);
            """);
        var last = c.Statement("SELECT COALESCE(MAX(edition), 0) FROM jobs");
        last.Step();
        Interlocked.Exchange(ref s_edition, Math.Max(Volatile.Read(ref s_edition), last.Int64(0)));
        last.Reset();
    }, cancellationToken);

    /// <summary>Adds a job, or takes the place of the one of this name; false when there is one and it must stay.</summary>
    public Task<bool> SaveAsync(Job job, bool overwrite, CancellationToken cancellationToken) => database.WriteAsync(c =>
    {
        c.Statement($"INSERT INTO jobs ({Columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) {(overwrite
                ? "ON CONFLICT DO UPDATE SET schedule = excluded.schedule, spec = excluded.spec, data = excluded.data, retry = excluded.retry, due = excluded.due, remaining = excluded.remaining, edition = excluded.edition"
                : "ON CONFLICT DO NOTHING")}")
            .Bind(job.Owner).Bind(job.Name).Bind(JsonSerializer.Serialize(job.Schedule)).Bind(job.Spec).Bind(job.Data.AsSpan()).Bind(JsonSerializer.Serialize(job.Retry))
            .Bind(job.Schedule.First.ToUnixTimeMilliseconds()).Bind(job.Schedule.Repeats).Bind(Interlocked.Increment(ref s_edition)).Bind(job.Kind).Run();
        return c.Changes > 0;
    }, cancellationToken);

    public Task<bool> DeleteAsync(string owner, string name, CancellationToken cancellationToken) => database.WriteAsync(c =>
    {
        c.Statement("DELETE FROM jobs WHERE owner = ? AND name = ?").Bind(owner).Bind(name).Run();
        return c.Changes > 0;
    }, cancellationToken);

    public StoredJob? Find(string owner, string name) => database.Read(c => Read(c.Statement($"SELECT {Columns} FROM jobs WHERE owner = ? AND name = ?").Bind(owner).Bind(name)).FirstOrDefault());

    /// <summary>Those of a kind that are due by a time, the earliest first.</summary>
    public IReadOnlyList<StoredJob> Due(string kind, DateTimeOffset now, int most) =>
        database.Read(c => Read(c.Statement($"SELECT {Columns} FROM jobs WHERE kind = ? AND due <= ? ORDER BY due LIMIT ?").Bind(kind).Bind(now.ToUnixTimeMilliseconds()).Bind(most)));

    /// <summary>When the first one of a kind after a time is due.</summary>
    public DateTimeOffset? NextAfter(string kind, DateTimeOffset now) => database.Read(c =>
    {
        var statement = c.Statement("SELECT MIN(due) FROM jobs WHERE kind = ? AND due > ?").Bind(kind).Bind(now.ToUnixTimeMilliseconds());
        DateTimeOffset? next = statement.Step() && !statement.IsNull(0) ? DateTimeOffset.FromUnixTimeMilliseconds(statement.Int64(0)) : null;
        statement.Reset();
        return next;
    });

    /// <summary>Moves a job on to its next time, or lets it go; one that was replaced or deleted meanwhile is left alone.</summary>
    public Task AdvanceAsync(StoredJob stored, DateTimeOffset? next) => database.WriteAsync(c =>
    {
        if (next is { } due)
            c.Statement("UPDATE jobs SET due = ?, remaining = ? WHERE owner = ? AND name = ? AND edition = ? AND due = ?")
                .Bind(due.ToUnixTimeMilliseconds()).Bind(stored.Remaining - 1).Bind(stored.Job.Owner).Bind(stored.Job.Name).Bind(stored.Edition).Bind(stored.Due.ToUnixTimeMilliseconds()).Run();
        else
            c.Statement("DELETE FROM jobs WHERE owner = ? AND name = ? AND edition = ?").Bind(stored.Job.Owner).Bind(stored.Job.Name).Bind(stored.Edition).Run();
    });

    private static List<StoredJob> Read(SqliteStatement statement)
    {
        var jobs = new List<StoredJob>();
        while (statement.Step())
        {
            var job = new Job(statement.Text(0), statement.Text(1), JsonSerializer.Deserialize<Schedule>(statement.Text(2))!, statement.Text(3), statement.Blob(4), JsonSerializer.Deserialize<JobRetry>(statement.Text(5))!);
            jobs.Add(new StoredJob(job, DateTimeOffset.FromUnixTimeMilliseconds(statement.Int64(6)), statement.IsNull(7) ? null : (int)statement.Int64(7), statement.Int64(8)));
        }
        statement.Reset();
        return jobs;
    }
}
