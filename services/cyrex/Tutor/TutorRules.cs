namespace Deepiri.Cyrex.Tutor;

/// <summary>A tutor's answer and what to ask next.</summary>
internal sealed record TutorAnswer(string Response, IReadOnlyList<string> Suggestions);

/// <summary>The tutor without a text model: knows what kind of help is asked for, and helps without giving the solution away.</summary>
internal static class TutorRules
{
    private const int Beginner = 3;
    private const int Advanced = 9;

    private static readonly (string Kind, string[] Signs)[] s_kinds =
    [
        ("solution", ["solution", "solve it for me", "full code", "give me the answer", "just the answer", "write the code"]),
        ("error", ["error", "exception", "traceback", "crash", "does not work", "doesn't work", "wrong answer", "fails", "bug", "undefined", "null"]),
        ("speed", ["too slow", "timeout", "time limit", "complexity", "big o", "faster", "optimize", "efficient", "performance"]),
        ("hint", ["hint", "stuck", "help", "how do i start", "where do i start", "how to begin", "clue", "idea"]),
        ("explain", ["what is", "what are", "explain", "how does", "how do", "why", "understand", "mean", "difference"]),
    ];

    public static TutorAnswer Answer(string message, string? topic, string? title, int level)
    {
        var text = message.ToLowerInvariant();
        var lesson = Knowledge.Find(message, topic);
        var kind = s_kinds.FirstOrDefault(k => k.Signs.Any(text.Contains)).Kind ?? "explain";
        var of = title is null ? "" : $" of \"{title}\"";
        return kind switch
        {
            "solution" => new($"The solution{of} is worth more when it is yours. {Hint(lesson, level)}", ["Give me one more hint", "Explain the idea", "Check my code"]),
            "error" => new($"Find the smallest input for which it goes wrong, and follow your code line by line with it.{Pitfalls(lesson)}", ["What are typical mistakes here?", "Explain the idea", "Give me a hint"]),
            "speed" => new($"Count how often the innermost line runs for 1,000 values. If that is a million, look for something you compute again and again. {lesson?.Explanation}".TrimEnd(), ["Give me a hint", "What is a good complexity here?"]),
            "hint" => new(Hint(lesson, level), ["Give me one more hint", "Explain the idea", "What are typical mistakes here?"]),
            _ => new(lesson is null
                ? "Tell me the topic, or show me the line where you are stuck; then I can be of more help. Known topics are " + string.Join(", ", Knowledge.Lessons.Select(l => l.Topic)) + "."
                : lesson.Explanation + Pitfalls(lesson), ["Give me a hint", "Show me a small example", "What should I practise next?"]),
        };
    }

    /// <summary>Beginners get the strongest hint, the advanced only a nudge.</summary>
    private static string Hint(Lesson? lesson, int level) => lesson is null
        ? "Solve the first example by hand, and write down each step: that is your program."
        : level <= Beginner ? $"{lesson.Hints[0]} {lesson.Hints[^1]}" : level >= Advanced ? lesson.Hints[0] : lesson.Hints[1];

    private static string Pitfalls(Lesson? lesson) => lesson is null ? "" : $" Look out for {string.Join(", ", lesson.Pitfalls[..^1])} and {lesson.Pitfalls[^1]}.";
}
