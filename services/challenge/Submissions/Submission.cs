namespace Deepiri.Challenge.Submissions;

/// <summary>A user's try at a challenge.</summary>
/// <param name="Attempt">Which of this user's tries at this challenge it is, from 1.</param>
/// <param name="Code">What they handed in.</param>
internal sealed record Submission(string Id, string ChallengeId, string UserId, int Attempt, string Code, Verdict Verdict, int XpReward, DateTimeOffset SubmittedAt);

/// <summary>What came of a try.</summary>
/// <param name="Shown">The tests that the learner sees, with what their solution gave; none when it could not be run.</param>
/// <param name="HiddenPassed">How many of the hidden tests passed; they are run when all others pass.</param>
/// <param name="Hidden">How many hidden tests there are.</param>
/// <param name="Fault">Why the solution could not be run.</param>
internal sealed record Verdict(bool Succeeded, IReadOnlyList<TestResult> Shown, int HiddenPassed, int Hidden, string? Fault);

/// <summary>What came of a test.</summary>
/// <param name="Input">The arguments, a JSON array.</param>
/// <param name="ExpectedOutput">The expected result as JSON.</param>
/// <param name="Output">The solution's, cut after 2,000 characters; null when there is none.</param>
/// <param name="Error">Why there is none.</param>
internal sealed record TestResult(string Input, string ExpectedOutput, string? Output, string? Error, bool Passed);

/// <summary>What a user has tried at a challenge.</summary>
/// <param name="Count">How often.</param>
/// <param name="SolvedAt">When it was solved for the first time.</param>
/// <param name="Newest">The newest submissions, the newest last; at most <see cref="Kept"/>.</param>
internal sealed record Tries(int Count, DateTimeOffset? SolvedAt, IReadOnlyList<KeptSubmission> Newest)
{
    /// <summary>How many submissions of a user at a challenge are kept.</summary>
    public const int Kept = 50;

    public static Tries None { get; } = new(0, null, []);

    public string? KeyOf(string submissionId) => Newest.FirstOrDefault(s => s.Id == submissionId)?.Key;

    public Tries With(Submission submission, string key) =>
        new(submission.Attempt, SolvedAt ?? (submission.Verdict.Succeeded ? submission.SubmittedAt : null), [.. Newest.TakeLast(Kept - 1), new KeptSubmission(submission.Id, key)]);
}

/// <summary>A submission and the key under which it is stored: of two that come under one id at once, each has its own, and the one that counts is known here.</summary>
internal sealed record KeptSubmission(string Id, string Key);

/// <summary>A submission as the API shows it to its author.</summary>
internal sealed record SubmissionView(string Id, string ChallengeId, int Attempt, bool Succeeded, IReadOnlyList<TestResult> Tests, int HiddenPassed, int HiddenTests, string? Error, int XpReward, string Code, DateTimeOffset SubmittedAt)
{
    public static SubmissionView Of(Submission s) =>
        new(s.Id, s.ChallengeId, s.Attempt, s.Verdict.Succeeded, s.Verdict.Shown, s.Verdict.HiddenPassed, s.Verdict.Hidden, s.Verdict.Fault, s.XpReward, s.Code, s.SubmittedAt);
}
