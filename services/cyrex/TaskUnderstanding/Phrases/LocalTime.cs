namespace Deepiri.Cyrex.TaskUnderstanding.Phrases;

/// <summary>Now, where the user is.</summary>
internal sealed class LocalTime(DateTimeOffset now, TimeZoneInfo zone)
{
    public DateTime Now { get; } = TimeZoneInfo.ConvertTime(now, zone).DateTime;

    /// <summary>A moment from now on: by the clock that no time zone turns.</summary>
    public DateTimeOffset In(TimeSpan time) => TimeZoneInfo.ConvertTime(now + time, zone);

    public DateOnly Today => DateOnly.FromDateTime(Now);

    /// <summary>A local time as a moment. An hour that the clocks leave out counts from its end; of one that they show twice, the first is taken.</summary>
    public DateTimeOffset At(DateTime local)
    {
        if (zone.IsInvalidTime(local))
        {
            // The offset before the change puts it behind the gap by as much as it lies in it.
            var before = zone.GetUtcOffset(local.AddHours(-3));
            return TimeZoneInfo.ConvertTime(new DateTimeOffset(local, before), zone);
        }
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset);
    }
}
