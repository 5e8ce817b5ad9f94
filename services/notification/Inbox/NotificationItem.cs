namespace Deepiri.Notification.Inbox;

/// <summary>A notification as the store keeps it.</summary>
/// <param name="Id">Made from the event that caused it, so that one event makes one notification.</param>
/// <param name="UserId">For whom.</param>
/// <param name="Number">Its place in the user's inbox, from 1; the order in which a client gets to see them.</param>
/// <param name="Type">What it is about: an event type.</param>
/// <param name="Title">One line.</param>
/// <param name="Body">A sentence.</param>
/// <param name="CreatedAt">When.</param>
/// <param name="Read">Whether it was read by itself; see also <see cref="InboxHead.ReadUpTo"/>.</param>
internal sealed record NotificationItem(string Id, string UserId, long Number, string Type, string Title, string Body, DateTimeOffset CreatedAt, bool Read);

/// <summary>A user's inbox: the ids of its newest notifications; older ids stand in pages of <see cref="PageSize"/>.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Count">How many notifications there have ever been: the number of the newest.</param>
/// <param name="Unread">How many are not read.</param>
/// <param name="ReadUpTo">All up to this number are read.</param>
/// <param name="Newest">Ids of the last, unfinished page, the oldest first.</param>
internal sealed record InboxHead(string UserId, long Count, int Unread, long ReadUpTo, IReadOnlyList<string> Newest)
{
    public const int PageSize = 100;

    public static InboxHead Empty(string userId) => new(userId, 0, 0, 0, []);

    /// <summary>The number of the page that <see cref="Newest"/> is.</summary>
    public long CurrentPage => (Count - Newest.Count) / PageSize;

    public bool IsRead(NotificationItem item) => item.Read || item.Number <= ReadUpTo;
}
