using System.Text;

namespace Deepiri.TaskOrchestrator.Transfer;

/// <summary>A line of iCalendar (RFC 5545, section 3.1): a name, parameters and a value, which is still escaped.</summary>
internal sealed record ContentLine(string Name, IReadOnlyDictionary<string, string> Parameters, string Value)
{
    private const int LongestLine = 75;

    /// <summary>The lines of a text, unfolded.</summary>
    /// <exception cref="FormatException">Names the line.</exception>
    public static IEnumerable<ContentLine> Read(string text)
    {
        var lines = new List<StringBuilder>();
        foreach (var line in text.Split('\n').Select(l => l.TrimEnd('\r')))
        {
            if (lines.Count > 0 && line is [' ' or '\t', ..])
                lines[^1].Append(line.AsSpan(1));
            else if (line.Length > 0)
                lines.Add(new StringBuilder(line));
        }
        return lines.Select(l => Parse(l.ToString()));
    }

    private static ContentLine Parse(string line)
    {
        var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var at = line.AsSpan().IndexOfAny(';', ':');
        if (at <= 0)
            throw new FormatException($"'{Short(line)}' is not a line of iCalendar.");
        var name = line[..at].ToUpperInvariant();
        while (line[at] == ';')
        {
            var equals = line.IndexOf('=', at);
            var isQuoted = equals > 0 && equals + 1 < line.Length && line[equals + 1] == '"';
            var end = equals < 0 ? -1 : isQuoted ? line.IndexOf('"', equals + 2) + 1 : line.AsSpan(equals).IndexOfAny(';', ':') is var next and >= 0 ? equals + next : -1;
            if (end <= 0 || end >= line.Length || line[end] is not (';' or ':'))
                throw new FormatException($"'{Short(line)}' is not a line of iCalendar.");
            parameters[line[(at + 1)..equals]] = isQuoted ? line[(equals + 2)..(end - 1)] : line[(equals + 1)..end];
            at = end;
        }
        return new ContentLine(name, parameters, line[(at + 1)..]);
    }

    /// <summary>A line as it is written, folded to 75 octets.</summary>
    public static string Write(string name, string value)
    {
        var folded = new StringBuilder();
        var octets = 0;
        foreach (var rune in $"{name}:{value}".EnumerateRunes())
        {
            if (octets + rune.Utf8SequenceLength > LongestLine)
            {
                folded.Append("\r\n ");
                octets = 1;
            }
            folded.Append(rune.ToString());
            octets += rune.Utf8SequenceLength;
        }
        return folded.Append("\r\n").ToString();
    }

    /// <summary>A text as a value has it.</summary>
    public static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(";", "\\;", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal).Replace("\r\n", "\\n", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\n", StringComparison.Ordinal);

    /// <summary>The texts of a value, which commas separate.</summary>
    public static IReadOnlyList<string> Unescape(string value)
    {
        var texts = new List<StringBuilder> { new() };
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == ',')
                texts.Add(new StringBuilder());
            else
                texts[^1].Append(value[i] == '\\' && i + 1 < value.Length ? value[++i] is 'n' or 'N' ? '\n' : value[i] : value[i]);
        }
        return [.. texts.Select(t => t.ToString())];
    }

    private static string Short(string line) => line.Length > 60 ? $"{line[..60]}…" : line;
}
