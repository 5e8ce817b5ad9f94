using System.Security.Cryptography;
using System.Text;
using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.Notification.Inbox;

/// <summary>
/// Users' inboxes. A notification and the head that counts it are one transaction, so numbers have no gaps and a client that
/// asks for what came since a notification misses nothing.
/// </summary>
internal sealed class InboxStore(DaprClient dapr, StateTransactions transactions, TimeProvider time)
{
    /// <summary>With the outbox to <see cref="Topics.Notifications"/>.</summary>
    public const string Store = "notificationstore";

    /// <summary>
    /// Adds a notification and gives its id. The id comes from what happened, not from the delivery: however often it is told, it is one
    /// notification.
    /// </summary>
    public async Task<string> AddAsync(string userId, string cause, string type, string title, string body, string? requestId, CancellationToken cancellationToken)
    {
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(cause)).AsSpan(0, 16));
        await AddOnceAsync(id, userId, type, title, body, requestId, cancellationToken);
        return id;
    }

    private Task AddOnceAsync(string id, string userId, string type, string title, string body, string? requestId, CancellationToken cancellationToken) => Contention.RetryAsync(async () =>
    {
        var ((known, _), (found, etag)) = await dapr.GetTwoAsync<NotificationItem, InboxHead>(Store, ItemKey(id), HeadKey(userId), cancellationToken);
        if (known is not null)
            return true;
        var head = await RollAsync(found ?? InboxHead.Empty(userId), cancellationToken);
        var item = new NotificationItem(id, userId, head.Count + 1, type, title, body, time.GetUtcNow(), Read: false);
        var next = head with { Count = item.Number, Unread = head.Unread + 1, Newest = [.. head.Newest, id] };
        return await transactions.TryCommitAsync(new StateTransaction(Store, Topics.Notifications)
            .Save(ItemKey(id), item, "", EventTypes.NotificationCreated, Created(item, requestId))
            .Save(HeadKey(userId), next, etag, EventTypes.InboxUpdated, new InboxUpdated(userId, next.Unread, requestId)), cancellationToken);
    }, cancellationToken);

    /// <summary>Marks one notification as read; null when the user has none of this id.</summary>
    public async Task<NotificationItem?> ReadAsync(string userId, string id, string? requestId, CancellationToken cancellationToken)
    {
        NotificationItem? read = null;
        await Contention.RetryAsync(async () =>
        {
            var (item, itemETag) = await FindAsync(id, cancellationToken);
            if (item is null || item.UserId != userId)
                return true;
            read = item with { Read = true };
            var (head, headETag) = await HeadAsync(userId, cancellationToken);
            if (head.IsRead(item))
                return true;
            var next = head with { Unread = head.Unread - 1 };
            return await transactions.TryCommitAsync(new StateTransaction(Store, Topics.Notifications)
                .Save(ItemKey(id), read, itemETag, EventTypes.NotificationRead, Created(read, requestId))
                .Save(HeadKey(userId), next, headETag, EventTypes.InboxUpdated, new InboxUpdated(userId, next.Unread, requestId)), cancellationToken);
        }, cancellationToken);
        return read;
    }

    /// <summary>Marks every notification as read.</summary>
    public Task ReadAllAsync(string userId, string? requestId, CancellationToken cancellationToken) => Contention.RetryAsync(async () =>
    {
        var (head, etag) = await HeadAsync(userId, cancellationToken);
        var next = head with { Unread = 0, ReadUpTo = head.Count };
        return head.Unread == 0
            || await transactions.TryCommitAsync(new StateTransaction(Store, Topics.Notifications).Save(HeadKey(userId), next, etag, EventTypes.InboxUpdated, new InboxUpdated(userId, 0, requestId)), cancellationToken);
    }, cancellationToken);

    public async Task<int> UnreadAsync(string userId, CancellationToken cancellationToken) => (await HeadAsync(userId, cancellationToken)).Head.Unread;

    /// <summary>The newest first, those before a number (exclusive).</summary>
    public async Task<Page<NotificationItem>> ListAsync(string userId, int limit, long? before, CancellationToken cancellationToken)
    {
        var (head, _) = await HeadAsync(userId, cancellationToken);
        var last = Math.Min(before is null ? head.Count : before.Value - 1, head.Count);
        var first = Math.Max(1, last - limit + 1);
        var items = await RangeAsync(head, first, last, cancellationToken);
        items.Reverse();
        return new Page<NotificationItem>(items, first > 1 && items.Count > 0 ? first.ToString() : null);
    }

    /// <summary>What came after a notification, the oldest first; null when the user has none of this id.</summary>
    public async Task<Page<NotificationItem>?> SinceAsync(string userId, string id, int limit, CancellationToken cancellationToken)
    {
        var (known, _) = await FindAsync(id, cancellationToken);
        if (known is null || known.UserId != userId)
            return null;
        var (head, _) = await HeadAsync(userId, cancellationToken);
        var last = Math.Min(known.Number + limit, head.Count);
        var items = await RangeAsync(head, known.Number + 1, last, cancellationToken);
        return new Page<NotificationItem>(items, last < head.Count && items.Count > 0 ? items[^1].Id : null);
    }

    private async Task<List<NotificationItem>> RangeAsync(InboxHead head, long first, long last, CancellationToken cancellationToken)
    {
        var ids = new List<string>();
        for (var page = (first - 1) / InboxHead.PageSize; page * InboxHead.PageSize < last; page++)
        {
            var inPage = page == head.CurrentPage ? head.Newest : await dapr.GetStateAsync<List<string>?>(Store, PageKey(head.UserId, page), cancellationToken: cancellationToken) ?? [];
            var start = page * InboxHead.PageSize;
            ids.AddRange(inPage.Where((_, i) => start + i + 1 >= first && start + i + 1 <= last));
        }
        if (ids.Count == 0)
            return [];
        var items = await dapr.GetBulkStateAsync<NotificationItem?>(Store, [.. ids.Select(ItemKey)], parallelism: null, cancellationToken: cancellationToken);
        return [.. items.Select(i => i.Value).OfType<NotificationItem>().OrderBy(i => i.Number).Select(i => i with { Read = head.IsRead(i) })];
    }

    /// <summary>A full page is written before the head lets go of it; doing so twice writes the same page.</summary>
    private async Task<InboxHead> RollAsync(InboxHead head, CancellationToken cancellationToken)
    {
        if (head.Newest.Count < InboxHead.PageSize)
            return head;
        await dapr.SaveStateAsync(Store, PageKey(head.UserId, head.CurrentPage), head.Newest, cancellationToken: cancellationToken);
        return head with { Newest = [] };
    }

    private async Task<(InboxHead Head, string ETag)> HeadAsync(string userId, CancellationToken cancellationToken)
    {
        var (head, etag) = await dapr.GetStateAndETagAsync<InboxHead?>(Store, HeadKey(userId), cancellationToken: cancellationToken);
        return (head ?? InboxHead.Empty(userId), etag);
    }

    private async Task<(NotificationItem? Item, string ETag)> FindAsync(string id, CancellationToken cancellationToken) =>
        await dapr.GetStateAndETagAsync<NotificationItem?>(Store, ItemKey(id), cancellationToken: cancellationToken);

    private static NotificationCreated Created(NotificationItem item, string? requestId) =>
        new(item.Id, item.UserId, item.Number, item.Type, item.Title, item.Body, item.CreatedAt, item.Read, requestId);

    private static string HeadKey(string userId) => $"inbox:{userId}";

    private static string PageKey(string userId, long page) => $"inbox:{userId}:{page}";

    private static string ItemKey(string id) => $"notification:{id}";
}
