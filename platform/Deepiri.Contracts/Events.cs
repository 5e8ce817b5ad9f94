namespace Deepiri.Contracts;

/// <summary>What every event carries: the request that caused it (<c>X-Request-ID</c>).</summary>
public interface IIntegrationEvent
{
    /// <summary>The id of the request at the gateway that began it all.</summary>
    string? RequestId { get; }
}

/// <summary>A user as other services know them.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Username">Their name.</param>
/// <param name="ChangedAt">When it became that; what is older than what one knows already is out of date.</param>
/// <param name="RequestId">The request that changed it.</param>
public sealed record UserChanged(string UserId, string Username, DateTimeOffset ChangedAt, string? RequestId) : IIntegrationEvent;

/// <summary>A task after a change.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="UserId">Its owner.</param>
/// <param name="Title">Its title.</param>
/// <param name="Status">todo, in_progress or done.</param>
/// <param name="Priority">low, medium, high or urgent.</param>
/// <param name="EstimateMinutes">The estimate, when there is one.</param>
/// <param name="OccurredAt">When it changed.</param>
/// <param name="RequestId">The request that changed it.</param>
/// <param name="Version">Counts its changes, from 1.</param>
/// <param name="Due">When it is due, if it is.</param>
public sealed record TaskChanged(string TaskId, string UserId, string Title, string Status, string Priority, int? EstimateMinutes, DateTimeOffset OccurredAt, string? RequestId, int Version = 1, DateTimeOffset? Due = null) : IIntegrationEvent;

/// <summary>A task that waited for others can be begun.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="UserId">Its owner.</param>
/// <param name="Title">Its title.</param>
/// <param name="CompletedTaskId">The task that it waited for last.</param>
/// <param name="CompletedTitle">The title of that one.</param>
/// <param name="CompletedVersion">The version in which that one was completed; one completion is told once.</param>
/// <param name="RequestId">The request that completed it.</param>
public sealed record TaskUnblocked(string TaskId, string UserId, string Title, string CompletedTaskId, string CompletedTitle, int CompletedVersion, string? RequestId) : IIntegrationEvent;

/// <summary>A task was shared with a user.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="UserId">With whom.</param>
/// <param name="Title">Its title.</param>
/// <param name="Role">viewer or editor.</param>
/// <param name="Version">The version of the task with which it was shared; it is told once.</param>
/// <param name="RequestId">The request that shared it.</param>
public sealed record TaskShared(string TaskId, string UserId, string Title, string Role, int Version, string? RequestId) : IIntegrationEvent;

/// <summary>A task will soon be due.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="UserId">Its owner.</param>
/// <param name="Title">Its title.</param>
/// <param name="Due">When it is due.</param>
/// <param name="MinutesBefore">How long before that its owner wanted to know, 0 for when it is due.</param>
/// <param name="RequestId">None: time did it.</param>
public sealed record TaskReminder(string TaskId, string UserId, string Title, DateTimeOffset Due, int MinutesBefore, string? RequestId) : IIntegrationEvent;

/// <summary>Points that a user has got.</summary>
/// <param name="AwardId">The award; one per cause, however often the cause is told.</param>
/// <param name="UserId">Who got them.</param>
/// <param name="Points">How many; none when the cap of the day was reached.</param>
/// <param name="Reason">Why, in words for the user.</param>
/// <param name="TotalXp">The user's XP with them.</param>
/// <param name="Level">The user's level with them.</param>
/// <param name="AwardedAt">When they were earned.</param>
/// <param name="RequestId">The request that led to them.</param>
/// <param name="Kind">What they were given for: task, challenge or quest.</param>
/// <param name="Number">The place in the user's ledger, from 1.</param>
public sealed record PointsAwarded(string AwardId, string UserId, int Points, string Reason, long TotalXp, int Level, DateTimeOffset AwardedAt, string? RequestId, string Kind = "task", int Number = 0) : IIntegrationEvent;

/// <summary>An achievement that a user has unlocked.</summary>
/// <param name="UserId">Who.</param>
/// <param name="AchievementId">Which, as the rules of the game name it.</param>
/// <param name="Title">Its title.</param>
/// <param name="Description">What it took.</param>
/// <param name="XpEarned">What it gave.</param>
/// <param name="UnlockedAt">When.</param>
/// <param name="RequestId">The request that led to it.</param>
public sealed record AchievementUnlocked(string UserId, string AchievementId, string Title, string Description, int XpEarned, DateTimeOffset UnlockedAt, string? RequestId) : IIntegrationEvent;

/// <summary>A user has added another as a friend.</summary>
/// <param name="UserId">Who was added.</param>
/// <param name="ByUserId">Who added them.</param>
/// <param name="ByUsername">The name of that one.</param>
/// <param name="IsMutual">Whether they are friends now, since both have added each other.</param>
/// <param name="RequestId">The request.</param>
public sealed record FriendAdded(string UserId, string ByUserId, string? ByUsername, bool IsMutual, string? RequestId) : IIntegrationEvent;

/// <summary>A party has come further in its quest.</summary>
/// <param name="PartyId">The party.</param>
/// <param name="QuestId">The quest.</param>
/// <param name="Title">Its title.</param>
/// <param name="UserIds">The members of the party.</param>
/// <param name="Progress">How far it is.</param>
/// <param name="Target">How far it is to go.</param>
/// <param name="IsCompleted">Whether it has got there.</param>
/// <param name="XpReward">What each contributor gets then.</param>
/// <param name="Contributors">The users who have added something.</param>
/// <param name="OccurredAt">When.</param>
/// <param name="RequestId">The request that led to it.</param>
public sealed record QuestProgressed(string PartyId, string QuestId, string Title, IReadOnlyList<string> UserIds, long Progress, long Target, bool IsCompleted, int XpReward, IReadOnlyList<string> Contributors, DateTimeOffset OccurredAt, string? RequestId) : IIntegrationEvent;

/// <summary>A party after a change of its members or its quest.</summary>
public sealed record PartyUpdated(string PartyId, string Name, IReadOnlyList<string> UserIds, string? RequestId) : IIntegrationEvent;

/// <summary>A level that a user has reached.</summary>
public sealed record LevelReached(string UserId, int Level, long TotalXp, DateTimeOffset ReachedAt, string? RequestId) : IIntegrationEvent;

/// <summary>A user's account after a change; leaderboards move with it. Of one that is not public only its owner is told.</summary>
public sealed record AccountUpdated(string UserId, string? Username, long Xp, int Level, string? RequestId, bool IsPublic = true) : IIntegrationEvent;

/// <summary>A challenge that was generated.</summary>
/// <param name="ChallengeId">The challenge.</param>
/// <param name="GenerationId">The generation that made it.</param>
/// <param name="UserId">For whom.</param>
/// <param name="Title">One line.</param>
/// <param name="Topic">For example <c>arrays</c>.</param>
/// <param name="Difficulty">easy, medium or hard.</param>
/// <param name="Language">python, javascript or csharp.</param>
/// <param name="XpReward">What solving it earns.</param>
/// <param name="Source">One of <see cref="AnswerSources"/>.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="RequestId">The request that asked for it.</param>
public sealed record ChallengeGenerated(string ChallengeId, string GenerationId, string UserId, string Title, string Topic, string Difficulty, string Language, int XpReward, string Source, DateTimeOffset CreatedAt, string? RequestId) : IIntegrationEvent;

/// <summary>A user has tried a challenge.</summary>
/// <param name="SubmissionId">The try; one event for each.</param>
/// <param name="ChallengeId">The challenge.</param>
/// <param name="UserId">Who tried.</param>
/// <param name="Title">Its title.</param>
/// <param name="Topic">Its topic.</param>
/// <param name="Difficulty">Its difficulty.</param>
/// <param name="Succeeded">Whether all tests passed.</param>
/// <param name="Attempt">Which try of this user at this challenge it was, from 1.</param>
/// <param name="IsFirstSuccess">Whether this user had not solved it before.</param>
/// <param name="XpReward">What solving it earns, once.</param>
/// <param name="OccurredAt">When.</param>
/// <param name="RequestId">The request.</param>
public sealed record ChallengeCompleted(string SubmissionId, string ChallengeId, string UserId, string Title, string Topic, string Difficulty, bool Succeeded, int Attempt, bool IsFirstSuccess, int XpReward, DateTimeOffset OccurredAt, string? RequestId) : IIntegrationEvent;

/// <summary>A generation has come further. Until it has ended these come at least once and are for showing only.</summary>
/// <param name="GenerationId">The generation.</param>
/// <param name="UserId">For whom.</param>
/// <param name="Status">running, completed or failed.</param>
/// <param name="Step">The step that it is at.</param>
/// <param name="Number">The step's number, from 1.</param>
/// <param name="Of">How many steps there are.</param>
/// <param name="ChallengeId">The challenge, once it is there.</param>
/// <param name="RequestId">The request that asked for it.</param>
public sealed record GenerationProgressed(string GenerationId, string UserId, string Status, string Step, int Number, int Of, string? ChallengeId, string? RequestId) : IIntegrationEvent;

/// <summary>A notification.</summary>
/// <param name="Id">The notification.</param>
/// <param name="UserId">For whom.</param>
/// <param name="Number">Its place in the user's inbox, from 1 and without gaps: a client that sees 6 before 5 knows that one is still to come.</param>
/// <param name="Type">What it is about: an event type.</param>
/// <param name="Title">One line.</param>
/// <param name="Body">A sentence or two.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Read">Whether the user has read it.</param>
/// <param name="RequestId">The request that led to it.</param>
public sealed record NotificationCreated(string Id, string UserId, long Number, string Type, string Title, string Body, DateTimeOffset CreatedAt, bool Read, string? RequestId) : IIntegrationEvent;

/// <summary>How many notifications a user has not read.</summary>
public sealed record InboxUpdated(string UserId, int Unread, string? RequestId) : IIntegrationEvent;
