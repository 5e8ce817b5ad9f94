namespace Deepiri.ChallengeGrammar;

/// <summary>What templates draw: numbers, words, and the things that a challenge is about.</summary>
internal static class Draws
{
    private static readonly string[] s_words =
        ["amber", "birch", "cloud", "delta", "ember", "frost", "grove", "harbor", "island", "jade", "kite", "lemon", "maple", "north", "ocean", "pearl", "quartz", "river", "stone", "tiger"];

    private static readonly string[] s_measurements =
        ["sensor readings", "daily steps", "order totals", "game scores", "bus delays in minutes", "temperatures", "page views", "stock movements"];

    public static T OneOf<T>(this Random random, params T[] choices) => choices[random.Next(choices.Length)];

    public static string Measurements(this Random random) => random.OneOf(s_measurements);

    public static string Word(this Random random) => random.OneOf(s_words);

    public static string[] Words(this Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.Word())];

    public static int[] Integers(this Random random, int count, int from, int to) => [.. Enumerable.Range(0, count).Select(_ => random.Next(from, to + 1))];

    public static string Letters(this Random random, int count, string alphabet) => new([.. Enumerable.Range(0, count).Select(_ => alphabet[random.Next(alphabet.Length)])]);

    /// <summary>The named inputs and further drawn ones, up to eight in all.</summary>
    public static IReadOnlyList<object[]> Inputs(IEnumerable<object[]> named, Func<object[]> drawn)
    {
        const int All = 8;
        var inputs = named.ToList();
        while (inputs.Count < All)
            inputs.Add(drawn());
        return inputs;
    }
}
