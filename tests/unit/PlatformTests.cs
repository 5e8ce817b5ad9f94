using Deepiri.Sidecar.Invocation;
using Deepiri.Sidecar.Resources;

namespace Deepiri.UnitTests;

public sealed class GoDurationTests
{
    [Theory]
    [InlineData("5s", 5000)]
    [InlineData("500ms", 500)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1.5s", 1500)]
    [InlineData("10", 10_000)]
    [InlineData("0", 0)]
    public void Durations_are_read(string text, double milliseconds)
    {
        Assert.True(GoDuration.TryParse(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5 s")]
    [InlineData("soon")]
    [InlineData("5d")]
    public void Others_are_not(string text) => Assert.False(GoDuration.TryParse(text, out _));
}

public sealed class InvokePathTests
{
    [Theory]
    [InlineData("/a/b", "/a/b", "/a/b")]
    [InlineData("/a%20b", "/a b", "/a%20b")]
    [InlineData("/a%2Fb", "/a/b", "/a/b")]
    [InlineData("/a/%2e%2e/b", "/b", "/b")]
    [InlineData("/a/%252e%252e/b", "/a/%2e%2e/b", "/a/%252e%252e/b")]
    [InlineData("/ü", "/ü", "/%C3%BC")]
    public void What_is_judged_is_what_is_sent(string escaped, string decoded, string sent)
    {
        Assert.True(InvokePath.TryParse(escaped, out var path, out _));
        Assert.Equal((decoded, sent), (path.Decoded, path.Escaped));
    }
}
