using System.Globalization;

namespace Deepiri.Engagement.Accounts;

/// <summary>Names of days and ISO weeks in UTC, which sort as they follow each other.</summary>
internal static class Periods
{
    public static string DayOf(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string WeekOf(DateTimeOffset at) => $"{ISOWeek.GetYear(at.UtcDateTime):0000}-W{ISOWeek.GetWeekOfYear(at.UtcDateTime):00}";
}
