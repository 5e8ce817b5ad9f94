using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.Notification.DeadLetters;

/// <summary>Dead letters, one for each event and topic, kept for 30 days.</summary>
internal sealed class DeadLetterStore(DaprClient dapr, TimeProvider time)
{
    private const string Store = "notificationstore";
    private const string All = "all";
    private const string CloudEvents = "application/cloudevents+json";

    private static readonly Dictionary<string, string> s_lifetime = new() { ["ttlInSeconds"] = "2592000" };

    private readonly OrderedIndex _index = new(dapr, "statestore", "dead-letters");

    /// <summary>Stores an event that was given up; one that is known already has failed once more.</summary>
    public Task AddAsync(string topic, JsonElement cloudEvent, CancellationToken cancellationToken) => Contention.RetryAsync(async () =>
    {
        var now = time.GetUtcNow();
        // Of events without an id, equal ones are one.
        var eventId = cloudEvent.ValueKind == JsonValueKind.Object && cloudEvent.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString()! : cloudEvent.GetRawText();
        var claimKey = $"dead-letter-of:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{topic}\n{eventId}")))}";
        var claim = await dapr.GetStateAsync<Claim?>(Store, claimKey, cancellationToken: cancellationToken);
        if (claim is null)
        {
            claim = new Claim(Guid.CreateVersion7(now).ToString("N"));
            // The index comes first: an id without a letter is passed over; a letter that no list shows would be lost.
            await _index.AddAsync(All, claim.Id, cancellationToken);
            if (!await dapr.TrySaveAsync(Store, claimKey, claim, "", s_lifetime, cancellationToken))
                return false;
        }
        var (known, etag) = await FindAsync(claim.Id, cancellationToken);
        var letter = known is null
            ? new DeadLetter(claim.Id, topic, cloudEvent, 1, now, now, null)
            : known with { Failures = known.Failures + 1, LastFailedAt = now, RedrivenAt = null };
        return await dapr.TrySaveAsync(Store, Key(letter.Id), letter, etag, s_lifetime, cancellationToken);
    }, cancellationToken);

    /// <summary>The newest first, those before a cursor.</summary>
    public async Task<Page<DeadLetter>> ListAsync(int limit, string? cursor, CancellationToken cancellationToken)
    {
        var letters = new List<DeadLetter>();
        await foreach (var batch in _index.NewestFirstAsync(All, cursor, cancellationToken))
        {
            var items = await dapr.GetBulkStateAsync<DeadLetter?>(Store, [.. batch.Select(Key)], parallelism: null, cancellationToken: cancellationToken);
            letters.AddRange(items.Select(i => i.Value).OfType<DeadLetter>().OrderByDescending(l => l.Id, StringComparer.Ordinal));
            if (letters.Count > limit)
                return new Page<DeadLetter>(letters[..limit], letters[limit - 1].Id);
        }
        return new Page<DeadLetter>(letters, null);
    }

    /// <summary>Publishes a dead letter to its topic again, under the same event id. Null when there is none of this id.</summary>
    public async Task<DeadLetter?> RedriveAsync(string id, CancellationToken cancellationToken)
    {
        var (letter, etag) = await FindAsync(id, cancellationToken);
        if (letter is null)
            return null;
        await dapr.PublishByteEventAsync(Topics.PubSub, letter.Topic, Encoding.UTF8.GetBytes(letter.Event.GetRawText()), CloudEvents, cancellationToken: cancellationToken);
        var redriven = letter with { RedrivenAt = time.GetUtcNow() };
        // If it has changed meanwhile it has failed again, which is what its reader must see.
        await dapr.TrySaveAsync(Store, Key(id), redriven, etag, s_lifetime, cancellationToken);
        return redriven;
    }

    private async Task<(DeadLetter? Letter, string ETag)> FindAsync(string id, CancellationToken cancellationToken) =>
        await dapr.GetStateAndETagAsync<DeadLetter?>(Store, Key(id), cancellationToken: cancellationToken);

    private static string Key(string id) => $"dead-letter:{id}";

    /// <summary>Under which id an event is kept.</summary>
    private sealed record Claim(string Id);
}
