using Deepiri.TaskOrchestrator.Search;
using Deepiri.TaskOrchestrator.Tasks;

namespace Deepiri.UnitTests;

public sealed class TextQueryTests
{
    [Theory]
    [InlineData("report", true)]
    [InlineData("REP", true)]
    [InlineData("quarterly report", true)]
    [InlineData("report quarterly", true)]
    [InlineData("\"quarterly report\"", true)]
    [InlineData("\"report quarterly\"", false)]
    [InlineData("\"quarterly rep\"", false)]
    [InlineData("report -draft", true)]
    [InlineData("report -finance", false)]
    [InlineData("-\"fuer bosse\" report", true)]
    [InlineData("cafe", true)]
    [InlineData("CAFÉ", true)]
    [InlineData("eport", false)]
    [InlineData("life/fin", true)]
    [InlineData("bosse fur", true)]
    [InlineData("report missing", false)]
    public void It_finds_words_by_their_beginnings(string query, bool fits)
    {
        var task = TaskItem.New("ada", DateTimeOffset.UnixEpoch) with { Title = "Finish the quarterly report", Description = "At the café, für Boße & bosse", Tags = ["work", "life-finance"] };
        Assert.Equal(fits, TextQuery.Parse(query).Score(task) is not null);
    }

    [Fact]
    public void What_stands_in_the_title_and_as_a_whole_word_comes_first()
    {
        static int? Score(string title, string? description = null, params string[] tags) => TextQuery.Parse("plan").Score(TaskItem.New("ada", DateTimeOffset.UnixEpoch) with { Title = title, Description = description, Tags = tags });
        Assert.True(Score("plan") > Score("planning"));
        Assert.True(Score("planning") > Score("x", null, "planning"));
        Assert.True(Score("x", null, "planning") > Score("x", "planning"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("-x")]
    [InlineData("\"\"")]
    [InlineData("\"")]
    [InlineData("!?")]
    [InlineData("-")]
    public void Nothing_to_look_for_is_known_as_such(string query) => Assert.True(TextQuery.Parse(query).IsEmpty);
}
