namespace Deepiri.Cyrex.Models;

/// <summary>Words that a model knows by their place.</summary>
internal static class Labels
{
    /// <exception cref="ArgumentOutOfRangeException">The model does not know the word.</exception>
    public static int IndexOf(IReadOnlyList<string> labels, string label)
    {
        for (var i = 0; i < labels.Count; i++)
        {
            if (labels[i] == label)
                return i;
        }
        throw new ArgumentOutOfRangeException(nameof(label), label, $"Known are {string.Join(", ", labels)}.");
    }
}
