namespace Deepiri.Contracts;

/// <summary>The pub/sub component and its topics. Each service publishes to one topic; the CloudEvent <c>type</c> tells its events apart.</summary>
public static class Topics
{
    /// <summary>The pub/sub component.</summary>
    public const string PubSub = "pubsub";

    /// <summary>auth-service's events.</summary>
    public const string Users = "users";

    /// <summary>task-orchestrator's events.</summary>
    public const string Tasks = "tasks";

    /// <summary>engagement-service's events.</summary>
    public const string Engagement = "engagement";

    /// <summary>challenge-service's events.</summary>
    public const string Challenges = "challenges";

    /// <summary>notification-service's events.</summary>
    public const string Notifications = "notifications";
}

/// <summary>CloudEvent types.</summary>
public static class EventTypes
{
    /// <summary>A user has registered: <see cref="UserChanged"/>.</summary>
    public const string UserRegistered = "user.registered";

    /// <summary>A user has changed their profile: <see cref="UserChanged"/>.</summary>
    public const string UserUpdated = "user.updated";

    /// <summary>A task was created: <see cref="TaskChanged"/>.</summary>
    public const string TaskCreated = "task.created";

    /// <summary>A task was edited or reopened: <see cref="TaskChanged"/>.</summary>
    public const string TaskUpdated = "task.updated";

    /// <summary>A task was completed: <see cref="TaskChanged"/>.</summary>
    public const string TaskCompleted = "task.completed";

    /// <summary>A task was deleted: <see cref="TaskChanged"/>.</summary>
    public const string TaskDeleted = "task.deleted";

    /// <summary>A task that waited for others can be begun: <see cref="Contracts.TaskUnblocked"/>.</summary>
    public const string TaskUnblocked = "task.unblocked";

    /// <summary>A task was shared with a user: <see cref="Contracts.TaskShared"/>.</summary>
    public const string TaskShared = "task.shared";

    /// <summary>A task will soon be due: <see cref="Contracts.TaskReminder"/>.</summary>
    public const string TaskReminder = "task.reminder";

    /// <summary>A user has got points: <see cref="Contracts.PointsAwarded"/>.</summary>
    public const string PointsAwarded = "points.awarded";

    /// <summary>A user has unlocked an achievement: <see cref="Contracts.AchievementUnlocked"/>.</summary>
    public const string AchievementUnlocked = "achievement.unlocked";

    /// <summary>A user has added another as a friend: <see cref="Contracts.FriendAdded"/>.</summary>
    public const string FriendAdded = "friend.added";

    /// <summary>A user has taken another out of their friends: <see cref="Contracts.FriendAdded"/>, which nobody is told.</summary>
    public const string FriendRemoved = "friend.removed";

    /// <summary>A party has changed: <see cref="Contracts.PartyUpdated"/>.</summary>
    public const string PartyUpdated = "party.updated";

    /// <summary>A party has come further in its quest: <see cref="Contracts.QuestProgressed"/>.</summary>
    public const string QuestProgressed = "quest.progressed";

    /// <summary>A party has completed its quest: <see cref="Contracts.QuestProgressed"/>.</summary>
    public const string QuestCompleted = "quest.completed";

    /// <summary>A user has reached a level: <see cref="Contracts.LevelReached"/>.</summary>
    public const string LevelReached = "level.reached";

    /// <summary>A user's account has changed: <see cref="Contracts.AccountUpdated"/>.</summary>
    public const string AccountUpdated = "account.updated";

    /// <summary>A challenge was generated and can be tried: <see cref="Contracts.ChallengeGenerated"/>.</summary>
    public const string ChallengeGenerated = "challenge.generated";

    /// <summary>A challenge was taken back, since its generation failed in the end: <see cref="Contracts.ChallengeGenerated"/>.</summary>
    public const string ChallengeWithdrawn = "challenge.withdrawn";

    /// <summary>A user has tried a challenge: <see cref="Contracts.ChallengeCompleted"/>.</summary>
    public const string ChallengeCompleted = "challenge.completed";

    /// <summary>A generation has come further: <see cref="Contracts.GenerationProgressed"/>.</summary>
    public const string GenerationProgressed = "challenge.generation.progressed";

    /// <summary>A generation has failed in the end, and left nothing: <see cref="Contracts.GenerationProgressed"/>.</summary>
    public const string GenerationFailed = "challenge.generation.failed";

    /// <summary>A user has a new notification: <see cref="Contracts.NotificationCreated"/>.</summary>
    public const string NotificationCreated = "notification.created";

    /// <summary>A notification was read: <see cref="Contracts.NotificationCreated"/>, with <c>Read</c> true.</summary>
    public const string NotificationRead = "notification.read";

    /// <summary>A user's inbox has changed: <see cref="Contracts.InboxUpdated"/>.</summary>
    public const string InboxUpdated = "inbox.updated";
}
