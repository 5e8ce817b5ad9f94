namespace Deepiri.Cyrex.Tutor;

/// <summary>What the tutor knows of a topic without a text model.</summary>
/// <param name="Words">By which a question is known to be about it.</param>
/// <param name="Explanation">The idea in a few sentences.</param>
/// <param name="Hints">From a nudge to nearly the answer.</param>
/// <param name="Pitfalls">What often goes wrong.</param>
internal sealed record Lesson(string Topic, string[] Words, string Explanation, string[] Hints, string[] Pitfalls);

/// <summary>The tutor's lessons, one per topic of challenges.</summary>
internal static class Knowledge
{
    public static IReadOnlyList<Lesson> Lessons { get; } =
    [
        new("arrays", ["array", "arrays", "list", "index", "window", "subarray", "prefix"],
            "An array keeps values in order, and reading the one at a place costs the same wherever it is. Many problems about neighbours get fast when you carry something along, such as a running sum, instead of computing it anew for each place.",
            ["Walk through the first example by hand and write down what you had to remember.", "Which number could you carry along from one place to the next, so that you never look back?", "Keep a running sum; the sum of a stretch is the difference of two running sums."],
            ["an empty list", "the first and last place", "negative numbers"]),
        new("strings", ["string", "strings", "text", "character", "letters", "substring", "palindrome"],
            "A text is a sequence of characters. Building one by adding to it again and again copies it each time in many languages, so collect parts and join them once.",
            ["Say in words what happens to the first three characters.", "Two places in the text are often enough: where a stretch begins and where it ends.", "Count characters in a map, and move the beginning forward when a count becomes too large."],
            ["the empty text", "capital letters", "a run that ends with the text"]),
        new("math", ["math", "prime", "primes", "modulo", "digits", "power", "remainder", "divisible", "number"],
            "Remainders can be taken early: the remainder of a product is that of the product of remainders. Whether a number is prime shows before its square root.",
            ["Try the numbers 0, 1 and 2 first.", "What does the remainder of dividing by ten tell you, and what does dividing by it leave?", "Square and halve: a power needs as many steps as its exponent has bits."],
            ["zero and one", "numbers that get too large", "negative remainders"]),
        new("hash-maps", ["hash", "map", "dictionary", "dict", "count", "frequency", "lookup", "set", "anagram"],
            "A hash map finds what belongs to a key in constant time on average. Whenever you search for something in a loop, ask whether you could have remembered it.",
            ["What would you like to look up at once instead of searching?", "Walk through the list once; at each place, ask the map for what would complete it.", "Let the key be what makes two things equal, such as the sorted letters of a word."],
            ["keys that are not there yet", "counting a thing with itself", "the order among equals"]),
        new("sorting", ["sort", "sorting", "sorted", "order", "comparator", "interval", "merge", "largest", "smallest"],
            "Sorting costs about n log n steps and often makes the rest easy: equals stand together, and neighbours are close. A comparator tells of two values which comes first; give it a second criterion for equals.",
            ["What would be easy if the values were in order?", "Sort by the first criterion, then by the second one among equals.", "After sorting by start, only the last of what you have merged can touch the next."],
            ["equal values", "sorting numbers as texts", "changing the list that was given to you"]),
        new("recursion", ["recursion", "recursive", "backtracking", "permutation", "permutations", "queens", "base"],
            "A recursive function solves a smaller one of the same problem and makes the answer of it. It needs a case that is so small that its answer is known, and each call must come nearer to it.",
            ["What is the smallest input, and its answer?", "Suppose the function already worked for everything smaller: how would you use it?", "Choose one thing, solve the rest, take the choice back, choose the next."],
            ["a missing smallest case", "changing what other calls share", "doing the same work twice"]),
        new("dynamic-programming", ["dynamic", "programming", "dp", "memo", "memoization", "coins", "stairs", "edit", "subproblem", "optimal"],
            "When a recursive solution solves the same smaller problems again and again, keep their answers: in a table from small to large, or in a memo. What you need is a rule that makes an answer of smaller ones.",
            ["Write the recursive rule first, however slow it is.", "Which few numbers tell two subproblems apart? They are the places of your table.", "Fill the table from the smallest, so that what you need is always there already."],
            ["the first row of the table", "subproblems without an answer", "an order in which something is not there yet"]),
        new("graphs", ["graph", "graphs", "node", "edge", "bfs", "dfs", "path", "grid", "component", "shortest", "tree"],
            "A graph is nodes and the edges between them; a grid is one, too. Breadth-first search reaches nodes in the order of their distance, so the first way that it finds is a shortest one.",
            ["Draw the smallest example and mark what you have visited.", "Keep a queue of what to visit next, and a set of what you have seen.", "Mark a node when you put it into the queue, not when you take it out."],
            ["nodes that nothing leads to", "visiting a node twice", "the edge of the grid"]),
    ];

    /// <summary>The lesson that a question is about; the topic at hand when it names none.</summary>
    public static Lesson? Find(string question, string? topic)
    {
        var words = question.ToLowerInvariant().Split([' ', '\n', '\t', '?', '.', ',', '!', ':', ';', '\'', '"', '(', ')', '`', '-'], StringSplitOptions.RemoveEmptyEntries);
        var best = Lessons.Select(l => (Lesson: l, Score: words.Count(l.Words.Contains))).MaxBy(s => s.Score);
        return best.Score > 0 ? best.Lesson : Lessons.FirstOrDefault(l => l.Topic == topic);
    }
}
