using System.Globalization;
using Deepiri.Cyrex.TaskUnderstanding.Phrases;

namespace Deepiri.UnitTests;

/// <summary>What rules read in a task, on Wednesday, 4 March 2026, 10:15 in Berlin.</summary>
public sealed class TaskParserTests
{
    private static readonly TimeZoneInfo s_berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
    private static readonly LocalTime s_local = new(new DateTimeOffset(2026, 3, 4, 9, 15, 0, TimeSpan.Zero), s_berlin);

    [Theory]
    [InlineData("Finish the quarterly report by Friday 5pm, 2h, urgent #work", "Finish the quarterly report", "2026-03-06T17:00:00+01:00")]
    [InlineData("call mum tomorrow at 9:30", "Call mum", "2026-03-05T09:30:00+01:00")]
    [InlineData("call mum tomorrow morning", "Call mum", "2026-03-05T09:00:00+01:00")]
    [InlineData("dentist next tuesday 14:00", "Dentist", "2026-03-10T14:00:00+01:00")]
    [InlineData("dentist tuesday 14:00", "Dentist", "2026-03-10T14:00:00+01:00")]
    [InlineData("standup on wednesday", "Standup", "2026-03-11T23:59:00+01:00")]
    [InlineData("standup this wednesday at noon", "Standup", "2026-03-04T12:00:00+01:00")]
    [InlineData("pay rent on the 1st", "Pay rent", "2026-04-01T23:59:00+02:00")]
    [InlineData("tax return by 31.07.2026", "Tax return", "2026-07-31T23:59:00+02:00")]
    [InlineData("buy presents before Dec 24th", "Buy presents", "2026-12-24T23:59:00+01:00")]
    [InlineData("buy presents before 24 December 2027 at 8am", "Buy presents", "2027-12-24T08:00:00+01:00")]
    [InlineData("party on January 2", "Party", "2027-01-02T23:59:00+01:00")]
    [InlineData("release 2026-05-01 18:00", "Release", "2026-05-01T18:00:00+02:00")]
    [InlineData("take the bread out in 45 minutes", "Take the bread out", "2026-03-04T11:00:00+01:00")]
    [InlineData("take the bread out in half an hour", "Take the bread out", "2026-03-04T10:45:00+01:00")]
    [InlineData("renew passport in 3 weeks", "Renew passport", "2026-03-25T23:59:00+01:00")]
    [InlineData("report end of the month", "Report", "2026-03-31T23:59:00+02:00")]
    [InlineData("gym at 6", "Gym", "2026-03-04T18:00:00+01:00")]
    [InlineData("gym at 8", "Gym", "2026-03-05T08:00:00+01:00")]
    [InlineData("gym tonight", "Gym", "2026-03-04T23:59:00+01:00")]
    [InlineData("submit by eod", "Submit", "2026-03-04T17:00:00+01:00")]
    [InlineData("meeting 9am", "Meeting", "2026-03-05T09:00:00+01:00")]
    [InlineData("Fly to Porto 4/14", "Fly to Porto", "2026-04-14T23:59:00+02:00")]
    [InlineData("Fly to Porto 14/4/2026", "Fly to Porto", "2026-04-14T23:59:00+02:00")]
    public void A_due_time_is_read_in_the_users_time_zone(string text, string title, string due)
    {
        var sentence = new Sentence(text);
        Tags.Take(sentence);
        var found = Due.Take(sentence, s_local);
        Duration.Take(sentence);
        Urgency.Take(sentence);
        Assert.Equal((due, title), (found!.Value.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture), sentence.Title()));
        Assert.InRange(found.Confidence, 0.5, 1);
    }

    [Theory]
    [InlineData("read chapter 3")]
    [InlineData("buy 2 pizzas")]
    [InlineData("march for peace")]
    [InlineData("may I ask Anna")]
    [InlineData("fix bug 1234")]
    [InlineData("water plants every monday")]
    [InlineData("upgrade to 10.0.15")]
    [InlineData("call +49 30 1234567")]
    [InlineData("sun screen")]
    [InlineData("score at 5%")]
    [InlineData("31.02.2026 does not exist")]
    [InlineData("99/99")]
    [InlineData("13pm and 25:61")]
    [InlineData("in ٣ days ２０２６-１２-２４ at ٥")]
    public void What_is_no_due_time_is_not_taken_for_one(string text)
    {
        var sentence = new Sentence(text);
        Assert.Null(Due.Take(sentence, s_local));
        Assert.Empty(sentence.Understood);
    }

    [Theory]
    [InlineData("2026-03-29T02:30", "2026-03-29T03:30:00+02:00")]
    [InlineData("2026-10-25T02:30", "2026-10-25T02:30:00+02:00")]
    [InlineData("2026-10-25T03:30", "2026-10-25T03:30:00+01:00")]
    public void Hours_that_the_clocks_leave_out_or_repeat_are_still_a_moment(string local, string moment) =>
        Assert.Equal(moment, s_local.At(DateTime.Parse(local, CultureInfo.InvariantCulture)).ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture));

    [Fact]
    public void In_two_hours_is_two_hours_later_whatever_the_clocks_do()
    {
        var before = new DateTimeOffset(2026, 3, 29, 0, 30, 0, TimeSpan.Zero);
        Assert.Equal(before.AddHours(2), Due.Take(new Sentence("call in 2 hours"), new LocalTime(before, s_berlin))!.Value);
    }

    [Fact]
    public void A_date_in_the_past_is_read_and_doubted()
    {
        var found = Due.Take(new Sentence("hand in homework by 2020-01-01"), s_local)!;
        Assert.Equal(2020, found.Value.Year);
        Assert.True(found.Confidence < 0.5);
    }

    [Theory]
    [InlineData("write tests 2h", 120)]
    [InlineData("write tests 1h30", 90)]
    [InlineData("write tests 1h 30m", 90)]
    [InlineData("write tests for 1.5 hours", 90)]
    [InlineData("write tests ~45 min", 45)]
    [InlineData("write tests, takes half an hour", 30)]
    [InlineData("write tests about 20 minutes", 20)]
    public void A_duration_is_read(string text, int minutes)
    {
        var sentence = new Sentence(text);
        Assert.Equal(minutes, Duration.Take(sentence)!.Value);
        Assert.StartsWith("Write tests", sentence.Title());
    }

    [Theory]
    [InlineData("urgent: call the bank", "urgent", "Call the bank")]
    [InlineData("call the bank asap!!", "urgent", "Call the bank")]
    [InlineData("call the bank p2", "high", "Call the bank")]
    [InlineData("call the bank, low priority", "low", "Call the bank")]
    [InlineData("call the bank (not urgent)", "low", "Call the bank")]
    [InlineData("call the bank!!!", "urgent", "Call the bank")]
    public void A_stated_priority_is_read(string text, string priority, string title)
    {
        var sentence = new Sentence(text);
        Assert.Equal(priority, Urgency.Take(sentence)!.Value);
        Assert.Equal(title, sentence.Title());
    }

    [Fact]
    public void Tags_are_read_once_each_and_what_was_understood_is_told()
    {
        var sentence = new Sentence("Plan #deep-work #Work #work c# and issue#5 tomorrow");
        Assert.Equal(["deep-work", "Work"], Tags.Take(sentence));
        Due.Take(sentence, s_local);
        Assert.Equal("Plan c# and issue#5", sentence.Title());
        Assert.Equal([("#deep-work", "tag"), ("#Work", "tag"), ("#work", "tag"), ("tomorrow", "due")], sentence.Understood.Select(u => (u.Text, u.As)));
    }

    [Fact]
    public void Hostile_texts_are_read_in_no_time()
    {
        foreach (var text in (string[])[new string('1', 2000), new string('#', 2000), string.Concat(Enumerable.Repeat("by on by ", 220)), string.Concat(Enumerable.Repeat("in 1 ", 400)), string.Concat(Enumerable.Repeat("1/1", 600)), string.Concat(Enumerable.Repeat(", ;", 600)), "\0\u0001\uE000\uD800"])
        {
            var sentence = new Sentence(text);
            Tags.Take(sentence);
            Due.Take(sentence, s_local);
            Duration.Take(sentence);
            Urgency.Take(sentence);
            Assert.NotNull(sentence.Title());
        }
    }
}
