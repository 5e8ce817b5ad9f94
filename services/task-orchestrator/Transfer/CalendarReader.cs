using Ical.Net.CalendarComponents;
using Ical.Net.DataTypes;
using NodaTime;

namespace Deepiri.TaskOrchestrator.Transfer;

/// <summary>Reads the to-dos of an iCalendar file, and what they are to each other.</summary>
internal static class CalendarReader
{
    /// <summary>The tasks of a file; one that is brought in without a part of it comes with what that is.</summary>
    /// <exception cref="FormatException">This is not a calendar, or it is too large; the message is for the user.</exception>
    public static IReadOnlyList<(TransferTask? Task, string? Fault)> Read(ReadOnlySpan<byte> file, DateTimeZone zone)
    {
        var parts = CalendarText.Divide(file).ToList();
        if (parts.Count > ITaskFormat.Most)
            throw ITaskFormat.TooMany();
        var zones = new CalendarZones(parts.Where(p => p.Name == "VTIMEZONE").Select(Definition).OfType<VTimeZone>(), zone);
        var read = parts.Where(p => p.Name != "VTIMEZONE").Select(p => Attempt(() => ToDo(p, zone, zones))).ToList();
        var toDos = read.Select(r => r.Value).OfType<CalendarToDo>().ToList();
        var parents = toDos.SelectMany(t => t.Children.Select(c => (Child: c, Parent: t.Task.Uid))).GroupBy(r => r.Child).ToDictionary(g => g.Key, g => g.First().Parent);
        var replaced = toDos.Where(t => t.Replaces is not null).ToLookup(t => t.Task.Uid, t => t.Replaces!);
        return [.. read.Select(r => r.Value is null ? (null, r.Fault) : Connected(r.Value, parents, replaced))];
    }

    private static (TransferTask? Task, string? Fault) Connected(CalendarToDo toDo, Dictionary<string, string?> parents, ILookup<string?, CalDateTime> replaced)
    {
        var (task, fault) = Attempt(() => Connect(toDo, parents, replaced));
        return (task, fault ?? toDo.Doubts);
    }

    private static TransferTask Connect(CalendarToDo toDo, Dictionary<string, string?> parents, ILookup<string?, CalDateTime> replaced)
    {
        toDo.ComesUnder(parents.GetValueOrDefault(toDo.Task.Uid ?? ""));
        if (toDo.Replaces is null)
            toDo.LeaveOut(toDo.Task.Uid is null ? [] : replaced[toDo.Task.Uid]);
        else
            toDo.Detach();
        return toDo.Task;
    }

    private static CalendarToDo ToDo(CalendarPart part, DateTimeZone zone, CalendarZones zones) =>
        part.Name != "VTODO" ? throw new FormatException($"A {part.Name} is not brought in, only to-dos (VTODO) are.")
        : part.IsWhole ? new CalendarToDo(part.Lines, zone, zones) : throw new FormatException("The to-do has no END:VTODO.");

    private static VTimeZone? Definition(CalendarPart part) => Attempt(() => CalendarText.Read<VTimeZone>(part.Name, part.Lines, [])).Value;

    private static (T? Value, string? Fault) Attempt<T>(Func<T> read) where T : class
    {
        try
        {
            return (read(), null);
        }
        catch (FormatException e)
        {
            return (null, e.Message);
        }
    }
}
