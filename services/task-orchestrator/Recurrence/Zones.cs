using NodaTime;
using NodaTime.Extensions;
using NodaTime.TimeZones;

namespace Deepiri.TaskOrchestrator.Recurrence;

/// <summary>Time zones by name, and the moments that their clocks show. The data is NodaTime's copy of the IANA database.</summary>
internal static class Zones
{
    /// <summary>Finds a zone by its IANA or Windows name, or by a name that only the operating system knows; null when there is none.</summary>
    public static DateTimeZone? Find(string name)
    {
        if (DateTimeZoneProviders.Tzdb.GetZoneOrNull(name) is { } zone)
            return zone;
        return TzdbDateTimeZoneSource.Default.WindowsMapping.PrimaryMapping.TryGetValue(name, out var id) ? DateTimeZoneProviders.Tzdb[id]
            : TimeZoneInfo.TryFindSystemTimeZoneById(name, out var known) ? BclDateTimeZone.FromTimeZoneInfo(known) : null;
    }

    /// <summary>Finds a zone that was checked when it was stored.</summary>
    public static DateTimeZone Get(string name) => Find(name) ?? throw new TimeZoneNotFoundException($"There is no time zone '{name}'.");

    /// <summary>
    /// The moment at which a clock shows a time. A time that is skipped becomes what it would have been without the change, and of a time
    /// that comes twice the first is meant (RFC 5545, section 3.3.5).
    /// </summary>
    public static DateTimeOffset Moment(DateTime local, DateTimeZone zone) =>
        LocalDateTime.FromDateTime(local).InZoneLeniently(zone).ToDateTimeOffset().ToUniversalTime();

    /// <summary>What a clock shows at a moment.</summary>
    public static DateTime Local(DateTimeOffset at, DateTimeZone zone) => at.ToInstant().InZone(zone).ToDateTimeUnspecified();
}
