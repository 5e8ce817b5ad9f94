using Deepiri.Sidecar.Scheduling;

namespace Deepiri.UnitTests;

/// <summary>When something is due.</summary>
public sealed class ScheduleTests
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 1, 12, 30, 15, TimeSpan.Zero);

    [Theory]
    [InlineData("0 0 * * * *", "2026-01-01T13:00:00Z")]
    [InlineData("*/10 * * * * *", "2026-01-01T12:30:20Z")]
    [InlineData("15 30 12 * * *", "2026-01-02T12:30:15Z")]
    [InlineData("0 0 0 29 2 *", "2028-02-29T00:00:00Z")]
    [InlineData("0 0 9 * * mon-fri", "2026-01-02T09:00:00Z")]
    [InlineData("0 0 9 * * 7", "2026-01-04T09:00:00Z")]
    [InlineData("0 0 0 13 * fri", "2026-01-02T00:00:00Z")]
    [InlineData("5,10 0 0 1 jan,jul ?", "2026-07-01T00:00:05Z")]
    [InlineData("0 10/20 * * * *", "2026-01-01T12:50:00Z")]
    [InlineData("0 0 0 */2 * tue", "2026-01-03T00:00:00Z")]
    [InlineData("0 0 0 */1 * tue", "2026-01-06T00:00:00Z")]
    [InlineData("TZ=Europe/Berlin 0 0 9 * * *", "2026-01-02T08:00:00Z")]
    [InlineData("CRON_TZ=America/New_York 0 0 8 * * *", "2026-01-01T13:00:00Z")]
    [InlineData("TZ=Asia/Kolkata @daily", "2026-01-01T18:30:00Z")]
    [InlineData("@daily", "2026-01-02T00:00:00Z")]
    [InlineData("@yearly", "2027-01-01T00:00:00Z")]
    public void Cron_names_the_next_time(string expression, string next) => Assert.Equal(DateTimeOffset.Parse(next), CronExpression.Parse(expression).After(s_now));

    [Theory]
    [InlineData("")]
    [InlineData("* * * * *")]
    [InlineData("60 * * * * *")]
    [InlineData("* * 24 * * *")]
    [InlineData("* * * 0 * *")]
    [InlineData("* * * * 13 *")]
    [InlineData("* * * * * someday")]
    [InlineData("5-1 * * * * *")]
    [InlineData("*/0 * * * * *")]
    [InlineData("1-2-3 * * * * *")]
    [InlineData("TZ=Mars/Olympus 0 0 9 * * *")]
    [InlineData("TZ=Europe/Berlin")]
    public void Cron_refuses_what_is_none(string expression) => Assert.Throws<FormatException>(() => CronExpression.Parse(expression));

    [Fact]
    public void What_was_missed_is_made_up_for_once_and_the_row_goes_on()
    {
        var schedule = Schedule.Parse("10s", "1m", null, s_now);
        var first = schedule.First;
        Assert.Equal(first.AddMinutes(1), schedule.After(first, first));
        Assert.Equal(first.AddMinutes(6), schedule.After(first, first.AddMinutes(5.5)));
        Assert.Equal(first.AddMinutes(5), schedule.After(first, first.AddMinutes(5)));
    }

    [Theory]
    [InlineData("R5/PT10S", 10, 5)]
    [InlineData("R3", 0, 3)]
    [InlineData("PT1M30S", 90, null)]
    [InlineData("1h2m3s", 3723, null)]
    [InlineData("@every 90s", 90, null)]
    public void Periods_are_read_as_Go_and_iso_write_them(string text, int seconds, int? repeats)
    {
        var schedule = Schedule.Parse(null, text, null, s_now);
        Assert.Equal((TimeSpan.FromSeconds(seconds), repeats), (schedule.Period, schedule.Repeats));
    }

    /// <summary>What dapr/kit reads: Go durations, ISO 8601 with its months as Go counts them, and RFC 3339.</summary>
    [Theory]
    [InlineData("10s", "2026-01-31T12:30:25Z")]
    [InlineData("PT90S", "2026-01-31T12:31:45Z")]
    [InlineData("P2W", "2026-02-14T12:30:15Z")]
    [InlineData("P1M", "2026-03-03T12:30:15Z")]
    [InlineData("P1Y2M3DT4H5M6S", "2027-04-03T16:35:21Z")]
    [InlineData("2026-03-05T17:00:00Z", "2026-03-05T17:00:00Z")]
    [InlineData("2026-03-05T17:00:00.123456789+01:00", "2026-03-05T16:00:00.1234568Z")]
    public void A_due_time_is_read_as_dapr_reads_it(string text, string due) =>
        Assert.Equal(DateTimeOffset.Parse(due), Schedule.Parse(text, null, null, new DateTimeOffset(2026, 1, 31, 12, 30, 15, TimeSpan.Zero)).First);

    [Theory]
    [InlineData("2026-03-05")]
    [InlineData("2026-03-05 17:00:00Z")]
    [InlineData("2026-03-05T17:00:00")]
    [InlineData("5 March 2026")]
    [InlineData("17:00")]
    [InlineData("P9999Y")]
    [InlineData("P")]
    [InlineData("PT")]
    [InlineData("R5/PT10S")]
    [InlineData("10")]
    public void A_due_time_that_dapr_would_refuse_is_refused(string text) => Assert.Throws<FormatException>(() => Schedule.Parse(text, null, null, s_now));

    [Fact]
    public void A_job_needs_time_between_its_runs() => Assert.Throws<FormatException>(() => Schedule.ParseJob("@every 0s", null, null, null, s_now));
}
