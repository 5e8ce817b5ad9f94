using System.Text.RegularExpressions;
using Deepiri.TaskOrchestrator.Recurrence;
using Ical.Net;
using Ical.Net.CalendarComponents;
using Ical.Net.DataTypes;
using Ical.Net.Evaluation;
using NodaTime;
using NodaTime.Extensions;
using NodaTime.TimeZones;

namespace Deepiri.TaskOrchestrator.Transfer;

/// <summary>
/// The time zones of an iCalendar file. Files name them by an IANA name, by a Windows name, by a path that ends in an IANA name, or by any
/// name that a VTIMEZONE of the file spells out; all become IANA zones.
/// </summary>
/// <param name="definitions">The VTIMEZONEs of the file.</param>
/// <param name="preferred">The zone to choose when several fit a VTIMEZONE.</param>
internal sealed partial class CalendarZones(IEnumerable<VTimeZone> definitions, DateTimeZone preferred)
{
    private const int YearsAhead = 20;

    /// <summary>How long before and after a time a zone has to fit a VTIMEZONE.</summary>
    private const int DaysToCompare = 550;

    private static readonly EvaluationOptions s_options = new() { MaxUnmatchedIncrementsLimit = 1000 };
    private static readonly Instant s_earliest = Instant.FromUtc(1970, 1, 1, 0, 0);

    private readonly Dictionary<string, VTimeZone> _definitions = definitions.GroupBy(d => d.TzId ?? "").ToDictionary(g => g.Key, g => g.First());
    private readonly Dictionary<string, DateTimeZone?> _found = [];

    /// <summary>A property line with the IANA name of its zone in place of the file's own name.</summary>
    /// <exception cref="FormatException">The zone is not known.</exception>
    public string Resolve(string line)
    {
        if (ZoneParameter().Match(line) is not { Success: true, Groups: var groups })
            return line;
        var name = groups["zone"].Value.Trim('"');
        var year = Year().Match(line, groups["zone"].Index + groups["zone"].Length) is { Success: true } match ? int.Parse(match.ValueSpan[1..], System.Globalization.CultureInfo.InvariantCulture) : 1970;
        if (!_found.TryGetValue(name, out var zone))
            _found[name] = zone = Named(name) ?? (_definitions.TryGetValue(name, out var definition) ? Like(definition, year) : null);
        return zone is null ? throw new FormatException($"{groups["property"].Value.ToUpperInvariant()}: the time zone '{name}' is not known.")
            : $"{line[..groups["zone"].Index]}{zone.Id}{line[(groups["zone"].Index + groups["zone"].Length)..]}";
    }

    /// <summary>A VTIMEZONE that lists the changes of a zone's clocks since 1970 and for twenty years after a time.</summary>
    public static VTimeZone Define(DateTimeZone zone, DateTimeOffset at)
    {
        var definition = new VTimeZone { TzId = zone.Id };
        var intervals = zone.GetZoneIntervals(s_earliest, at.AddYears(YearsAhead).ToInstant()).ToList();
        foreach (var alike in intervals.Select((i, n) => (Interval: i, From: n == 0 ? i.WallOffset : intervals[n - 1].WallOffset)).GroupBy(i => (i.From, i.Interval.WallOffset, i.Interval.Name, i.Interval.Savings)))
        {
            // An observance begins at the time that the clocks showed before it.
            var starts = alike.Select(i => new CalDateTime((i.Interval.HasStart && i.Interval.Start > s_earliest ? i.Interval.Start : s_earliest).WithOffset(i.From).LocalDateTime.ToDateTimeUnspecified())).ToList();
            var observance = new VTimeZoneInfo(alike.Key.Savings > Offset.Zero ? "DAYLIGHT" : "STANDARD")
            {
                Start = starts[0],
                OffsetFrom = new UtcOffset(alike.Key.From.ToTimeSpan()),
                OffsetTo = new UtcOffset(alike.Key.WallOffset.ToTimeSpan()),
                TimeZoneName = alike.Key.Name,
            };
            observance.RecurrenceDates.AddRange(starts.Skip(1));
            definition.AddChild(observance);
        }
        return definition;
    }

    private static DateTimeZone? Named(string name)
    {
        // Older programs write paths, such as /mozilla.org/20050126_1/America/Argentina/Buenos_Aires.
        var steps = name.Split('/');
        return Enumerable.Range(0, name.StartsWith('/') ? steps.Length : 1).Select(n => Zones.Find(string.Join('/', steps[n..])))
            .FirstOrDefault(z => z is not null && DateTimeZoneProviders.Tzdb.GetZoneOrNull(z.Id) is not null);
    }

    /// <summary>The IANA zone whose clocks show the same as those of a definition around a year; null when there is none.</summary>
    private DateTimeZone? Like(VTimeZone definition, int year)
    {
        var middle = Instant.FromUtc(Math.Clamp(year, 1970, 2199), 7, 1, 0, 0);
        var (from, to) = (middle - NodaTime.Duration.FromDays(DaysToCompare), middle + NodaTime.Duration.FromDays(DaysToCompare));
        var changes = Changes(definition, from, to);
        // Places come before what has no place, as Etc/GMT+12 has none.
        var known = TzdbDateTimeZoneSource.Default.ZoneLocations!.Select(l => l.ZoneId).Concat(DateTimeZoneProviders.Tzdb.Ids).Select(id => DateTimeZoneProviders.Tzdb[id]);
        return changes.Count == 0 ? null
            : new[] { preferred, Named(definition.Location ?? "") }.OfType<DateTimeZone>().Concat(known)
                .FirstOrDefault(zone => zone.GetZoneIntervals(from, to).Skip(1).Select(i => (i.Start, i.WallOffset)).SequenceEqual(changes.Skip(1)) && zone.GetUtcOffset(from) == changes[0].Offset);
    }

    /// <summary>From when on which offset holds: before the first time, then at each change until the second.</summary>
    private static List<(Instant At, Offset Offset)> Changes(VTimeZone definition, Instant from, Instant to)
    {
        var all = new List<(Instant At, Offset Offset)>();
        foreach (var observance in definition.TimeZoneInfos)
        {
            // A rule that is not about a day of the year, as all of real zones are, could name millions of times.
            if (observance is not { Start: { } start, OffsetFrom: { } before, OffsetTo: { } after, RecurrenceRule: null or { Frequency: FrequencyType.Yearly, ByHour.Count: 0, ByMinute.Count: 0, BySecond.Count: 0 } })
                return [];
            var first = new CalDateTime(from.InUtc().ToDateTimeUtc().AddYears(-2), hasTime: true);
            all.AddRange(observance.Evaluator!.Evaluate(start, observance.RecurrenceRule is not null && start < first ? first : null, s_options)
                .Select(p => (At: LocalDateTime.FromDateTime(p.StartTime.Value).WithOffset(Offset.FromTimeSpan(before.Offset)).ToInstant(), Offset.FromTimeSpan(after.Offset))).TakeWhile(c => c.At < to));
            // Before that, at least its beginning counts.
            all.Add((LocalDateTime.FromDateTime(start.Value).WithOffset(Offset.FromTimeSpan(before.Offset)).ToInstant(), Offset.FromTimeSpan(after.Offset)));
        }
        all.Sort((a, b) => a.At.CompareTo(b.At));
        var current = all.FindLastIndex(c => c.At <= from);
        return current < 0 ? [] : [.. all[current..].Where(c => c.At < to).Distinct().Where((c, i) => i == 0 || c.At > from)];
    }

    [GeneratedRegex("^(?<property>DTSTART|DUE|COMPLETED|CREATED|EXDATE|RDATE|RECURRENCE-ID|TRIGGER)(;[^:;\"]+(\"[^\"]*\")?)*?;TZID=(?<zone>\"[^\"]*\"|[^;:\"]*)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 100)]
    private static partial Regex ZoneParameter();

    [GeneratedRegex(":[0-9]{4}", RegexOptions.None, 100)]
    private static partial Regex Year();
}
