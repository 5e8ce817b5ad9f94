namespace Deepiri.Auth.Users;

/// <summary>A user as the store keeps them.</summary>
internal sealed record User(
    string Id,
    string Username,
    string Email,
    string PasswordHash,
    Preferences Preferences,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt);

/// <summary>What a user likes.</summary>
/// <param name="Language">The language of the UI and of the tutor, as BCP 47 has it: <c>en</c>, <c>pt-BR</c>.</param>
/// <param name="TutorPersonality">How the tutor speaks.</param>
/// <param name="LearningStyle">How the user learns best.</param>
internal sealed record Preferences(string Language = "en", TutorPersonality TutorPersonality = TutorPersonality.Friendly, LearningStyle LearningStyle = LearningStyle.Practice);

internal enum TutorPersonality
{
    Friendly,
    Strict,
    Socratic,
    Playful,
}

internal enum LearningStyle
{
    Practice,
    Reading,
    Visual,
    Discussion,
}
