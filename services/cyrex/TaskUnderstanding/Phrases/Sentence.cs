using System.Text.RegularExpressions;

namespace Deepiri.Cyrex.TaskUnderstanding.Phrases;

/// <summary>A part of the text and what it was understood as.</summary>
internal sealed record Understood(string Text, string As);

/// <summary>A text from which phrases are taken one after the other, until only the title is left.</summary>
internal sealed partial class Sentence(string text)
{
    /// <summary>Stands where something was taken: no phrase reaches across.</summary>
    private const char Taken = '\uE000';

    private readonly char[] _rest = text.Replace(Taken, ' ').ToCharArray();
    private readonly List<(int At, Understood What)> _understood = [];

    public IReadOnlyList<Understood> Understood => [.. _understood.OrderBy(u => u.At).Select(u => u.What)];

    /// <summary>Takes the first match that <paramref name="read"/> makes something of; what it rejects stays.</summary>
    public T? Take<T>(Regex phrase, string meaning, Func<Match, T?> read) where T : class
    {
        try
        {
            foreach (Match match in phrase.Matches(new string(_rest)))
            {
                if (read(match) is not { } value)
                    continue;
                _understood.Add((match.Index, new Understood(match.Value.Trim(' ', ',', ';', '(', ')'), meaning)));
                Array.Fill(_rest, Taken, match.Index, match.Length);
                return value;
            }
        }
        catch (RegexMatchTimeoutException)
        {
            // Nobody writes a task like this; the phrase is not looked for any further.
        }
        return null;
    }

    /// <summary>What is left, tidied up.</summary>
    public string Title()
    {
        var left = Brackets().Replace(Spaces().Replace(new string(_rest).Replace(Taken, ' '), " "), "");
        left = Dangling().Replace(left, "$1").Trim(' ', ',', ';', ':', '-', '.', '–', '|');
        return left.Length == 0 ? left : char.ToUpperInvariant(left[0]) + left[1..];
    }

    [GeneratedRegex(@"[\s\p{Cc}]+", RegexOptions.NonBacktracking)]
    private static partial Regex Spaces();

    [GeneratedRegex(@"\s?\(\s?\)", RegexOptions.NonBacktracking)]
    private static partial Regex Brackets();

    /// <summary>Commas that nothing stands between any more.</summary>
    [GeneratedRegex(@"\s*([,;])(?:\s*[,;])+|\s+(?=[,;.!?])", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Dangling();
}
