using System.Globalization;
using System.Text;
using Deepiri.TaskOrchestrator.Tasks;

namespace Deepiri.TaskOrchestrator.Search;

/// <summary>
/// What somebody looks for: all of these words, each as the beginning of one, <c>"words in a row"</c>, and <c>-none</c> of those. Case and accents
/// make no difference.
/// </summary>
internal sealed class TextQuery
{
    public const int Longest = 200;

    private const int InTitle = 8;
    private const int InTags = 4;
    private const int InDescription = 1;

    private readonly List<Term> _wanted = [];
    private readonly List<Term> _unwanted = [];

    /// <summary>Whether there is nothing to look for.</summary>
    public bool IsEmpty => _wanted.Count == 0;

    public static TextQuery Parse(string text)
    {
        var query = new TextQuery();
        for (var at = 0; at < text.Length;)
        {
            var isUnwanted = text[at] == '-';
            var start = isUnwanted ? at + 1 : at;
            var isPhrase = start < text.Length && text[start] == '"';
            var end = isPhrase ? text.IndexOf('"', start + 1) : text.IndexOfAny([' ', '\t', '\n', '\r', '"'], start);
            if (end < 0)
                end = text.Length;
            var words = Words(text[Math.Min(text.Length, isPhrase ? start + 1 : start)..end]);
            if (words.Count > 0)
                (isUnwanted ? query._unwanted : query._wanted).Add(new Term(words, IsWhole: isPhrase));
            at = Math.Max(at + 1, isPhrase || (end < text.Length && text[end] != '"') ? end + 1 : end);
        }
        return query;
    }

    /// <summary>How well a task fits; null when it does not.</summary>
    public int? Score(TaskItem task)
    {
        var (title, description) = (Words(task.Title), Words(task.Description ?? ""));
        var tags = task.Tags.Select(Words).ToList();
        bool IsAnywhere(Term term) => term.CountIn(title) + tags.Sum(term.CountIn) + term.CountIn(description) > 0;
        if (_unwanted.Exists(IsAnywhere) || !_wanted.TrueForAll(IsAnywhere))
            return null;
        return _wanted.Sum(term => (InTitle * term.CountIn(title)) + (InTags * tags.Sum(term.CountIn)) + (InDescription * Math.Min(3, term.CountIn(description))));
    }

    /// <summary>The words of a text without case and accents.</summary>
    private static List<string> Words(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        // What is no character makes Normalize fail.
        var clean = text.AsSpan().IndexOf('\uFFFE') < 0 && !text.Any(char.IsSurrogate) ? text : string.Concat(text.EnumerateRunes().Select(r => r.Value == 0xFFFE ? " " : r.ToString()));
        foreach (var rune in clean.Normalize(NormalizationForm.FormKD).EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune))
                word.Append(Rune.ToLowerInvariant(rune).ToString());
            else if (Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark) && word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }
        if (word.Length > 0)
            words.Add(word.ToString());
        return words;
    }

    /// <param name="IsWhole">Whether the last word has to be a whole one, too.</param>
    private sealed record Term(List<string> Words, bool IsWhole)
    {
        /// <summary>How often it is there; a whole word counts twice.</summary>
        public int CountIn(List<string> text)
        {
            var count = 0;
            for (var start = 0; start + Words.Count <= text.Count; start++)
                count += MatchAt(text, start);
            return count;
        }

        private int MatchAt(List<string> text, int start)
        {
            for (var i = 0; i < Words.Count - 1; i++)
                if (text[start + i] != Words[i])
                    return 0;
            var last = text[start + Words.Count - 1];
            return last == Words[^1] ? 2 : !IsWhole && last.StartsWith(Words[^1], StringComparison.Ordinal) ? 1 : 0;
        }
    }
}
