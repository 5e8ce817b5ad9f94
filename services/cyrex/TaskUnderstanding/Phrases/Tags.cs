using System.Text.RegularExpressions;

namespace Deepiri.Cyrex.TaskUnderstanding.Phrases;

/// <summary><c>#work</c>, <c>#deep-work</c>.</summary>
internal static partial class Tags
{
    private const int Most = 20;

    public static IReadOnlyList<string> Take(Sentence sentence)
    {
        var tags = new List<string>();
        while (tags.Count < Most && sentence.Take(Tag(), "tag", m => m.Groups[1].Value) is { } tag)
        {
            if (!tags.Contains(tag, StringComparer.OrdinalIgnoreCase))
                tags.Add(tag);
        }
        return tags;
    }

    [GeneratedRegex(@"(?<![\w#])#([\p{L}\d](?:[\p{L}\d_-]{0,48}[\p{L}\d])?)", RegexOptions.None, 1000)]
    private static partial Regex Tag();
}
