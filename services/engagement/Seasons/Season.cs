using System.Globalization;
using Deepiri.Engagement.Rules;

namespace Deepiri.Engagement.Seasons;

/// <summary>A season of the game.</summary>
/// <param name="Number">From 1 by the rules as they are; 0 is all that was before the first.</param>
/// <param name="End">The moment after it.</param>
internal readonly record struct Season(int Number, DateTimeOffset Begin, DateTimeOffset End)
{
    /// <summary>
    /// The day on which it begins: sorts as seasons follow each other, and means the same when the rules get seasons of another length.
    /// </summary>
    public string Id => Begin.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>The season in which something happens.</summary>
    public static Season At(DateTimeOffset at, SeasonRules rules)
    {
        var months = (12 * (at.UtcDateTime.Year - rules.Begin.Year)) + at.UtcDateTime.Month - rules.Begin.Month;
        return months < 0 ? new Season(0, DateTimeOffset.MinValue, Start(rules, 1)) : Of((months / rules.Months) + 1, rules);
    }

    /// <summary>A season by its number, from 1.</summary>
    public static Season Of(int number, SeasonRules rules) => new(number, Start(rules, number), Start(rules, number + 1));

    private static DateTimeOffset Start(SeasonRules rules, int number) => new(rules.Begin.AddMonths((number - 1) * rules.Months), TimeOnly.MinValue, TimeSpan.Zero);
}
