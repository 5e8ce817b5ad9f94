using System.Buffers;
using System.Runtime.Serialization;
using System.Text;
using Ical.Net.CalendarComponents;
using Ical.Net.Serialization;

namespace Deepiri.TaskOrchestrator.Transfer;

/// <summary>A component of an iCalendar file, as text: a to-do with its alarms, a time zone, an event.</summary>
/// <param name="Lines">What stands between BEGIN and END.</param>
/// <param name="IsWhole">False when there is no END.</param>
internal sealed record CalendarPart(string Name, IReadOnlyList<string> Lines, bool IsWhole);

/// <summary>
/// Divides an iCalendar file (RFC 5545, section 3.1) into its components and lets Ical.Net read each alone, because Ical.Net refuses a whole
/// file for one line that it cannot read.
/// </summary>
internal static class CalendarText
{
    private static readonly string[] s_names = ["VTODO", "VEVENT", "VJOURNAL", "VFREEBUSY", "VTIMEZONE"];

    /// <summary>The components of a file, in its order.</summary>
    /// <exception cref="FormatException">This is no calendar; the message is for the user.</exception>
    public static IEnumerable<CalendarPart> Divide(ReadOnlySpan<byte> file)
    {
        var lines = Unfold(file);
        if (lines.Count == 0 || !Is(lines[0].TrimStart('\uFEFF'), "BEGIN:VCALENDAR"))
            throw new FormatException("A calendar begins with BEGIN:VCALENDAR.");
        return Divide(lines);
    }

    /// <summary>Reads the lines of one component. A line that cannot be read is left out and added to the others.</summary>
    /// <exception cref="FormatException">Nothing can be read; the message is for the user.</exception>
    public static T Read<T>(string name, IReadOnlyList<string> lines, ICollection<string> unreadable) where T : class, ICalendarComponent
    {
        if (Component(name, lines) is T whole)
            return whole;
        var readable = new List<string>();
        foreach (var line in lines)
        {
            if (IsFrame(line) || Component(name, [line]) is not null)
                readable.Add(line);
            else
                unreadable.Add($"This cannot be read: {(line.Length > 60 ? $"{line[..60]}…" : line)}");
        }
        return (Component(name, readable) ?? Component(name, [.. Own(readable)])) as T ?? throw new FormatException("This cannot be read.");
    }

    /// <summary>The lines of a component that are not those of a component inside it.</summary>
    public static IEnumerable<string> Own(IReadOnlyList<string> lines)
    {
        var depth = 0;
        foreach (var line in lines)
        {
            depth += line.StartsWith("BEGIN:", StringComparison.OrdinalIgnoreCase) ? 1 : 0;
            if (depth == 0)
                yield return line;
            depth -= line.StartsWith("END:", StringComparison.OrdinalIgnoreCase) ? 1 : 0;
        }
    }

    private static List<CalendarPart> Divide(List<string> lines)
    {
        var parts = new List<CalendarPart>();
        string? name = null;
        var content = new List<string>();
        void Close(bool isWhole)
        {
            if (name is not null)
                parts.Add(new CalendarPart(name, [.. content], isWhole));
            content.Clear();
            name = null;
        }
        foreach (var line in lines)
        {
            if (name is not null && Is(line, $"END:{name}"))
                Close(isWhole: true);
            else if (Array.Find(s_names, n => Is(line, $"BEGIN:{n}")) is { } begun)
            {
                // None of these stands inside another, so the one before has no end.
                Close(isWhole: false);
                name = begun;
            }
            else if (Is(line, "END:VCALENDAR"))
                Close(isWhole: false);
            else if (name is not null)
                content.Add(line);
        }
        Close(isWhole: false);
        return parts;
    }

    /// <summary>The lines of a file. Bytes are unfolded before they are decoded, because some programs fold inside a character.</summary>
    private static List<string> Unfold(ReadOnlySpan<byte> file)
    {
        var lines = new List<string>();
        var line = new ArrayBufferWriter<byte>();
        while (!file.IsEmpty)
        {
            var end = file.IndexOfAny((byte)'\r', (byte)'\n');
            line.Write(end < 0 ? file : file[..end]);
            file = end < 0 ? [] : file[(file[end..].StartsWith("\r\n"u8) ? end + 2 : end + 1)..];
            if (file is [(byte)' ' or (byte)'\t', ..])
            {
                file = file[1..];
                continue;
            }
            if (line.WrittenCount > 0)
                lines.Add(Encoding.UTF8.GetString(line.WrittenSpan));
            line.ResetWrittenCount();
        }
        if (line.WrittenCount > 0)
            lines.Add(Encoding.UTF8.GetString(line.WrittenSpan));
        return lines;
    }

    private static ICalendarComponent? Component(string name, IReadOnlyList<string> lines)
    {
        try
        {
            return SimpleDeserializer.Default.Deserialize(new StringReader(string.Join("\r\n", [$"BEGIN:{name}", .. lines, $"END:{name}"]))).Single();
        }
        // All of these come from Ical.Net for a line that it cannot read.
        catch (Exception e) when (e is SerializationException or ArgumentException or FormatException or OverflowException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool IsFrame(string line) => line.StartsWith("BEGIN:", StringComparison.OrdinalIgnoreCase) || line.StartsWith("END:", StringComparison.OrdinalIgnoreCase);

    private static bool Is(string line, string expected) => line.AsSpan().TrimEnd().Equals(expected, StringComparison.OrdinalIgnoreCase);
}
