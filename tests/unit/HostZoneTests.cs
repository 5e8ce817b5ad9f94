using System.Text.Json;
using Deepiri.ServiceDefaults;

namespace Deepiri.UnitTests;

/// <summary>The zone of the machine decides nothing about what a client sent.</summary>
public sealed class HostZoneTests : IDisposable
{
    public HostZoneTests() => SetZone("America/New_York");

    public void Dispose() => SetZone(null);

    [Theory]
    [InlineData("2026-03-05T17:00:00", "2026-03-05T17:00:00Z")]
    [InlineData("2026-03-05T17:00", "2026-03-05T17:00:00Z")]
    [InlineData("2026-03-05", "2026-03-05T00:00:00Z")]
    [InlineData("2026-03-08T02:30:00", "2026-03-08T02:30:00Z")]
    [InlineData("2026-03-05T17:00:00.5", "2026-03-05T17:00:00.5Z")]
    [InlineData("2026-03-05T17:00:00Z", "2026-03-05T17:00:00Z")]
    [InlineData("2026-03-05T17:00:00.1234567+02:00", "2026-03-05T15:00:00.1234567Z")]
    [InlineData("2026-03-05T17:00:00-11:00", "2026-03-06T04:00:00Z")]
    public void A_time_without_an_offset_is_in_UTC(string text, string time)
    {
        Assert.Equal(TimeSpan.FromHours(-5), TimeZoneInfo.Local.BaseUtcOffset);
        Assert.Equal(DateTimeOffset.Parse(time), JsonSerializer.Deserialize<DateTimeOffset>($"\"{text}\"", PlatformJson.Options));
        Assert.Equal(DateTimeOffset.Parse(time), JsonSerializer.Deserialize<DateTimeOffset?>($"\"{text.Replace("2026", "\\u0032026")}\"", PlatformJson.Options));
    }

    private static void SetZone(string? zone)
    {
        Environment.SetEnvironmentVariable("TZ", zone);
        TimeZoneInfo.ClearCachedData();
    }
}
