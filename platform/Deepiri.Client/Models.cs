using System.Text.Json;

namespace Deepiri.Client;

/// <summary>A signed-in user's tokens.</summary>
public sealed record Session(string AccessToken, string RefreshToken, int ExpiresIn, UserInfo User);

/// <summary>A user.</summary>
public sealed record UserInfo(string Id, string Username, string Email);

/// <summary>A task.</summary>
public sealed record TaskInfo(string Id, string Title, string Status, string Priority);

/// <summary>The caller's game account.</summary>
public sealed record AccountInfo(string UserId, long Xp, int Level, int Streak);

/// <summary>One line of a leaderboard.</summary>
public sealed record LeaderboardEntry(int Rank, string UserId, string? Username, long Xp);

/// <summary>A leaderboard.</summary>
public sealed record Leaderboard(string Period, IReadOnlyList<LeaderboardEntry> Items);

/// <summary>A notification.</summary>
public sealed record NotificationInfo(string Id, string Type, string Title, string Body, bool Read);

/// <summary>A page of a list; <see cref="Next"/> is the cursor of the next page.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>A message that the realtime hub pushed: the client method's name and its first argument.</summary>
public sealed record HubMessage(string Target, JsonElement Payload);
