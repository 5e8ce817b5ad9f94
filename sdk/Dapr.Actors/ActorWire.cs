using System.Globalization;

namespace Dapr.Actors;

/// <summary>Names and forms on the wire between app and sidecar.</summary>
internal static class ActorWire
{
    /// <summary>A caller that understands <see cref="ErrorHeader"/> sends it.</summary>
    public const string RequestHeader = "X-DaprRequestHeader";

    /// <summary>The answer's body is the actor's exception.</summary>
    public const string ErrorHeader = "X-DaprErrorResponseHeader";

    /// <summary>The chain of calls.</summary>
    public const string ReentrancyHeader = "Dapr-Reentrancy-Id";

    private static readonly AsyncLocal<string?> s_reentrancyId = new();

    /// <summary>The chain that the running turn belongs to; calls made in it carry it on.</summary>
    public static string? ReentrancyId
    {
        get => s_reentrancyId.Value;
        set => s_reentrancyId.Value = value;
    }

    /// <summary>A duration as Go writes it; a negative one, which means none, is empty.</summary>
    public static string Duration(TimeSpan time) => time < TimeSpan.Zero
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours}h{time.Minutes}m{time.Seconds}s{time.Milliseconds}ms");

    /// <summary>A period, with a number of repetitions as ISO 8601 writes it.</summary>
    public static string Period(TimeSpan period, int? repetitions) => repetitions is { } count
        ? $"R{count}/{System.Xml.XmlConvert.ToString(period < TimeSpan.Zero ? TimeSpan.Zero : period)}"
        : Duration(period);

    public static string Path(string actorType, ActorId id) => $"v1.0/actors/{Uri.EscapeDataString(actorType)}/{Uri.EscapeDataString(id.GetId())}";
}

/// <summary>How an actor's exception is told.</summary>
internal sealed record ActorFault(string Type, string Message);
