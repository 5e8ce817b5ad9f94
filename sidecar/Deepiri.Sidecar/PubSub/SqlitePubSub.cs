using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Sqlite;

namespace Deepiri.Sidecar.PubSub;

/// <summary>
/// <c>pubsub.sqlite</c> (ours; daprd has no such component): a durable broker in a file. A message is delivered at least
/// once to each consumer group, which is the app id. A publish that was answered is on disk.
/// </summary>
/// <remarks>
/// A topic's first consumer group also gets what was published before it subscribed; later groups start with what comes then.
/// A message that somebody has not taken within <c>retention</c> (seven days by default) is let go at the next start.
/// </remarks>
internal sealed class SqlitePubSub : IPubSub
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS message (id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, data BLOB NOT NULL, published INTEGER NOT NULL, expires INTEGER, pending INTEGER NOT NULL);
        CREATE INDEX IF NOT EXISTS message_unclaimed ON message (topic, published) WHERE pending = 0;
        CREATE TABLE IF NOT EXISTS consumer (topic TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (topic, name)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS delivery (topic TEXT NOT NULL, consumer TEXT NOT NULL, message INTEGER NOT NULL, PRIMARY KEY (topic, consumer, message)) WITHOUT ROWID;
        """;

    private readonly ComponentContext _context;
    private readonly SqliteDatabase _database;
    private readonly TimeSpan _retention;
    private readonly string _consumer;

    public static readonly string[] MetadataNames = ["connectionString", "url", "busyTimeout", "disableWAL", "concurrency", "redeliverInterval", "maxRedeliverInterval", "retention"];

    private SqlitePubSub(ComponentContext context)
    {
        _context = context;
        _consumer = context.AppId;
        _retention = context.Metadata.Duration("retention", TimeSpan.FromDays(7));
        Options = new SqliteConsumerOptions(
            context.Metadata.Number("concurrency", 16, least: 1),
            context.Metadata.Duration("redeliverInterval", TimeSpan.FromSeconds(1)),
            context.Metadata.Duration("maxRedeliverInterval", TimeSpan.FromMinutes(1)));
        _database = context.Run.Databases.Open(
            context.DataFile(context.Metadata.Required("connectionString", "url")),
            context.Metadata.Duration("busyTimeout", TimeSpan.FromSeconds(2)),
            wal: !context.Metadata.Flag("disableWAL"));
        Signals = context.Run.Signals(context.Spec.Name);
    }

    public bool HasMessageTtl => true;

    private SqliteConsumerOptions Options { get; }

    private TopicSignals Signals { get; }

    public static async Task<object> CreateAsync(ComponentContext context, CancellationToken cancellationToken)
    {
        var pubSub = new SqlitePubSub(context);
        await pubSub.InitializeAsync(cancellationToken).ConfigureAwait(false);
        return pubSub;
    }

    private Task InitializeAsync(CancellationToken cancellationToken) => _database.WriteAsync(connection =>
    {
        connection.ExecuteScript(Schema);
        var oldest = (_context.Run.Time.GetUtcNow() - _retention).ToUnixTimeMilliseconds();
        connection.Statement("DELETE FROM delivery WHERE message IN (SELECT id FROM message WHERE published < ?)").Bind(oldest).Run();
        connection.Statement("DELETE FROM message WHERE published < ?").Bind(oldest).Run();
    }, cancellationToken);

    public async Task PublishAsync(IReadOnlyList<PubSubMessage> messages, CancellationToken cancellationToken)
    {
        var now = _context.Run.Time.GetUtcNow().ToUnixTimeMilliseconds();
        await _database.WriteAsync(connection =>
        {
            foreach (var message in messages)
                Insert(connection, message, now);
        }, cancellationToken).ConfigureAwait(false);
        foreach (var topic in messages.Select(m => m.Topic).Distinct())
            Signals.Raise(topic);
    }

    public async Task<IAsyncDisposable> SubscribeAsync(string topic, MessageHandler handler, CancellationToken cancellationToken)
    {
        await _database.WriteAsync(connection => Register(connection, topic), cancellationToken).ConfigureAwait(false);
        var consumer = new SqliteConsumer(_database, Signals.Subscribe(topic), topic, _consumer, handler, Options, _context);
        consumer.Start();
        return new Subscription(async () =>
        {
            await consumer.StopAsync().ConfigureAwait(false);
            Signals.Unsubscribe(topic, consumer.Signal);
        });
    }

    private static void Insert(SqliteConnection connection, PubSubMessage message, long now)
    {
        connection.Statement("INSERT INTO message (topic, data, published, expires, pending) VALUES (?1, ?2, ?3, ?4, (SELECT count(*) FROM consumer WHERE topic = ?1))")
            .Bind(message.Topic).Bind(message.Data.Span).Bind(now).Bind(message.ExpiresAt?.ToUnixTimeMilliseconds()).Run();
        var id = connection.LastInsertRowId;
        connection.Statement("INSERT INTO delivery (topic, consumer, message) SELECT topic, name, ?2 FROM consumer WHERE topic = ?1")
            .Bind(message.Topic).Bind(id).Run();
    }

    private void Register(SqliteConnection connection, string topic)
    {
        var count = connection.Statement("SELECT count(*) FROM consumer WHERE topic = ?").Bind(topic);
        count.Step();
        var isFirst = count.Int64(0) == 0;
        count.Reset();
        connection.Statement("INSERT OR IGNORE INTO consumer (topic, name) VALUES (?, ?)").Bind(topic).Bind(_consumer).Run();
        if (!isFirst)
            return;
        connection.Statement("INSERT OR IGNORE INTO delivery (topic, consumer, message) SELECT topic, ?2, id FROM message WHERE topic = ?1 AND pending = 0").Bind(topic).Bind(_consumer).Run();
        connection.Statement("UPDATE message SET pending = 1 WHERE topic = ? AND pending = 0").Bind(topic).Run();
    }
}
