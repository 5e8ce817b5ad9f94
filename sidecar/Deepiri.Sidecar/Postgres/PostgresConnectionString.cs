using System.Text;
using Deepiri.Sidecar.Components;
using Npgsql;

namespace Deepiri.Sidecar.Postgres;

/// <summary>
/// PostgreSQL's own two forms of connection strings, which Dapr's components take: <c>host=localhost user=me dbname=it</c> and
/// <c>postgres://me@localhost/it</c> (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING).
/// </summary>
internal static class PostgresConnectionString
{
    public static NpgsqlConnectionStringBuilder Parse(string text)
    {
        var builder = new NpgsqlConnectionStringBuilder();
        foreach (var (key, value) in text.StartsWith("postgres://", StringComparison.Ordinal) || text.StartsWith("postgresql://", StringComparison.Ordinal) ? OfUrl(text) : OfPairs(text))
            Apply(builder, key, value);
        return builder;
    }

    private static void Apply(NpgsqlConnectionStringBuilder builder, string key, string value)
    {
        switch (key)
        {
            case "host" or "hostaddr":
                builder.Host = value;
                break;
            case "port":
                builder.Port = int.TryParse(value, out var port) ? port : throw new ComponentException($"the connection string's 'port' must be a number, not '{value}'");
                break;
            case "user":
                builder.Username = value;
                break;
            case "password":
                builder.Password = value;
                break;
            case "dbname" or "database":
                builder.Database = value;
                break;
            case "application_name":
                builder.ApplicationName = value;
                break;
            case "connect_timeout":
                builder.Timeout = int.TryParse(value, out var seconds) ? seconds : throw new ComponentException($"the connection string's 'connect_timeout' must be a number of seconds, not '{value}'");
                break;
            case "sslmode":
                builder.SslMode = Enum.TryParse<SslMode>(value.Replace("-", ""), ignoreCase: true, out var mode) ? mode : throw new ComponentException($"the connection string's 'sslmode' is unknown: '{value}'");
                break;
            case "sslrootcert":
                builder.RootCertificate = value;
                break;
            default:
                throw new ComponentException($"the connection string's '{key}' is not supported; supported are host, port, user, password, dbname, application_name, connect_timeout, sslmode, sslrootcert");
        }
    }

    private static IEnumerable<(string Key, string Value)> OfUrl(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri))
            throw new ComponentException("the connection string is not a valid URL");
        if (uri.Host.Length > 0)
            yield return ("host", uri.Host);
        if (uri.Port > 0)
            yield return ("port", uri.Port.ToString());
        var user = uri.UserInfo.Split(':', 2);
        if (user[0].Length > 0)
            yield return ("user", Uri.UnescapeDataString(user[0]));
        if (user.Length == 2)
            yield return ("password", Uri.UnescapeDataString(user[1]));
        if (uri.AbsolutePath.Length > 1)
            yield return ("dbname", Uri.UnescapeDataString(uri.AbsolutePath[1..]));
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            yield return (Uri.UnescapeDataString(parts[0]), Uri.UnescapeDataString(parts.Length == 2 ? parts[1] : ""));
        }
    }

    /// <summary><c>key=value</c>, separated by spaces; a value in single quotes may hold spaces, and a backslash escapes.</summary>
    private static IEnumerable<(string Key, string Value)> OfPairs(string text)
    {
        var at = 0;
        while (at < text.Length)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }
            var equals = text.IndexOf('=', at);
            if (equals < 0)
                throw new ComponentException("the connection string must be pairs such as host=localhost user=me dbname=it, or a postgres:// URL");
            var key = text[at..equals].Trim();
            yield return (key, Value(text, equals + 1, out at));
        }
    }

    private static string Value(string text, int at, out int end)
    {
        while (at < text.Length && text[at] == ' ')
            at++;
        var quoted = at < text.Length && text[at] == '\'';
        if (quoted)
            at++;
        var value = new StringBuilder();
        for (; at < text.Length && (quoted ? text[at] != '\'' : !char.IsWhiteSpace(text[at])); at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length)
                at++;
            value.Append(text[at]);
        }
        end = quoted ? at + 1 : at;
        return value.ToString();
    }
}
