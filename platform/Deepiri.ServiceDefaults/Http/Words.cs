using System.Text.Json;

namespace Deepiri.ServiceDefaults.Http;

/// <summary>Enum values as the API writes them: snake_case words.</summary>
public static class Words<T> where T : struct, Enum
{
    private static readonly Dictionary<string, T> s_values = Enum.GetValues<T>().ToDictionary(Of, StringComparer.Ordinal);

    /// <summary>The word of a value.</summary>
    public static string Of(T value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>The value of a word; null when there is none.</summary>
    public static T? Find(string word) => s_values.TryGetValue(word, out var value) ? value : null;

    /// <summary>The value of a query parameter; null when it is left out. An unknown word is recorded as a fault of its field.</summary>
    public static T? Parse(string? word, string field, Dictionary<string, string[]> faults)
    {
        if (word is null)
            return null;
        if (Find(word) is { } value)
            return value;
        faults[field] = [$"One of {string.Join(", ", s_values.Keys)}."];
        return null;
    }
}
