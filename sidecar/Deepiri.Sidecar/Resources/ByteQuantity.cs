using System.Globalization;

namespace Deepiri.Sidecar.Resources;

/// <summary>Numbers of bytes as Kubernetes writes quantities: <c>4194304</c>, <c>4Mi</c>, <c>4M</c>.</summary>
internal static class ByteQuantity
{
    public static bool TryParse(string text, out long bytes)
    {
        var digits = text.TrimEnd('i', 'K', 'M', 'G', 'k');
        long? unit = text[digits.Length..] switch { "" => 1, "k" or "K" => 1000, "Ki" => 1L << 10, "M" => 1_000_000, "Mi" => 1L << 20, "G" => 1_000_000_000, "Gi" => 1L << 30, _ => null };
        bytes = 0;
        if (unit is not { } factor || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > long.MaxValue / factor)
            return false;
        bytes = number * factor;
        return true;
    }
}
