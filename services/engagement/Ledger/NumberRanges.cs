namespace Deepiri.Engagement.Ledger;

/// <summary>Numbers from one to another, both included.</summary>
internal sealed record NumberRange(int From, int To);

/// <summary>A set of numbers, of days or of entries, as ranges in order with a gap between them; the newest <see cref="Most"/> of them.</summary>
internal sealed record NumberRanges(IReadOnlyList<NumberRange> Ranges)
{
    private const int Most = 150;

    public static NumberRanges None { get; } = new([]);

    /// <summary>The set with one more.</summary>
    public NumberRanges With(int number)
    {
        if (Contains(number))
            return this;
        var before = Ranges.LastOrDefault(r => r.To == number - 1);
        var after = Ranges.FirstOrDefault(r => r.From == number + 1);
        var joined = new NumberRange(before?.From ?? number, after?.To ?? number);
        return new NumberRanges([.. Ranges.Where(r => r != before && r != after).Append(joined).OrderBy(r => r.From).TakeLast(Most)]);
    }

    public bool Contains(int number)
    {
        for (var i = Ranges.Count - 1; i >= 0; i--)
            if (Ranges[i].From <= number)
                return number <= Ranges[i].To;
        return false;
    }
}
