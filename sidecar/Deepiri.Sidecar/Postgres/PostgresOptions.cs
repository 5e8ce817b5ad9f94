using Deepiri.Sidecar.Components;
using Npgsql;

namespace Deepiri.Sidecar.Postgres;

/// <summary>The metadata that Dapr's PostgreSQL components share, and the pool of connections made of it.</summary>
internal static class PostgresOptions
{
    public static readonly string[] MetadataNames = ["connectionString", "url", "host", "port", "database", "user", "password", "timeout", "timeoutInSeconds", "maxConns", "connectionMaxIdleTime", "connMaxIdleTime"];

    /// <summary>Connections for a component.</summary>
    /// <param name="context">The component.</param>
    /// <param name="isPooled">False for connections that are held for long, which then do not use up those of the pool.</param>
    public static NpgsqlDataSource Open(ComponentContext context, bool isPooled = true)
    {
        var metadata = context.Metadata;
        var builder = (metadata.Text("connectionString") ?? metadata.Text("url")) is { } text ? PostgresConnectionString.Parse(text) : new NpgsqlConnectionStringBuilder();
        builder.Host = metadata.Text("host") ?? builder.Host;
        builder.Database = metadata.Text("database") ?? builder.Database;
        builder.Username = metadata.Text("user") ?? builder.Username;
        builder.Password = metadata.Text("password") ?? builder.Password;
        builder.Port = metadata.Number("port", builder.Port, 1);
        if (string.IsNullOrEmpty(builder.Host))
            throw new ComponentException("metadata 'connectionString' is missing");
        builder.MaxPoolSize = metadata.Number("maxConns", 0, 0) is > 1 and var most ? most : Math.Max(4, Environment.ProcessorCount);
        builder.CommandTimeout = (int)Math.Ceiling(metadata.Duration("timeout", TimeSpan.FromSeconds(20), "timeoutInSeconds").TotalSeconds);
        if (metadata.Duration("connectionMaxIdleTime", TimeSpan.Zero, "connMaxIdleTime") is { Ticks: > 0 } idle)
            builder.ConnectionIdleLifetime = Math.Max(1, (int)idle.TotalSeconds);
        builder.ApplicationName ??= $"{context.AppId}/{context.Spec.Name}";
        builder.Pooling = isPooled;
        // A server that vanished without a word is noticed.
        builder.KeepAlive = 30;
        // The same few statements over and over: the server plans them once.
        builder.MaxAutoPrepare = 20;
        return new NpgsqlDataSourceBuilder(builder.ConnectionString).Build();
    }
}
