using System.Diagnostics;

namespace Deepiri.TestHost.Servers;

/// <summary>PostgreSQL, the newest that is installed.</summary>
public sealed class PostgresServer : ServerProcess
{
    private string _data = "";

    public string ConnectionString => $"host=localhost port={Port} user=postgres dbname=postgres";

    protected override async Task PrepareAsync()
    {
        if (_data.Length > 0)
            return;
        _data = Directory.Folder("data");
        if (Environment.UserName == "root")
            await RunAsync("chown", "-R", "postgres", Directory.Path);
        var (file, arguments) = AsPostgres("initdb", "-D", _data, "-U", "postgres", "--auth=trust", "--no-sync");
        await RunAsync(file, arguments);
    }

    /// <summary>Runs SQL with psql and returns what it prints.</summary>
    public Task<string> ExecuteAsync(string sql) => RunAsync("psql", ConnectionString, "--tuples-only", "--no-align", "--quiet", "--command", sql);

    protected override ProcessStartInfo Command()
    {
        var (file, arguments) = AsPostgres("postgres", "-D", _data, "-p", $"{Port}", "-k", Directory.Path, "-c", "listen_addresses=127.0.0.1");
        return new ProcessStartInfo(file, arguments);
    }

    protected override async Task<bool> AnswersAsync() => await ExecuteAsync("SELECT 1") == "1\n";

    /// <summary>PostgreSQL's tools refuse to run as root.</summary>
    private static (string File, string[] Arguments) AsPostgres(string tool, params string[] arguments)
    {
        var path = Path.Combine(System.IO.Directory.GetDirectories("/usr/lib/postgresql").OrderBy(d => int.Parse(Path.GetFileName(d))).Last(), "bin", tool);
        return Environment.UserName == "root" ? ("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", "--", path, .. arguments]) : (path, arguments);
    }
}
