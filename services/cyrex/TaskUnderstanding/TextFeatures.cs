using System.Globalization;
using System.Text;

namespace Deepiri.Cyrex.TaskUnderstanding;

/// <summary>
/// A text as the task model reads it: its words, pairs of words and parts of words, hashed into a fixed number of buckets, so that it can
/// make something of words that it has never seen (Bojanowski et al., 2017, https://arxiv.org/abs/1607.04606).
/// </summary>
internal static class TextFeatures
{
    /// <summary>Bucket 0 is padding.</summary>
    public const int Buckets = 8192;

    /// <summary>What comes after is cut off.</summary>
    public const int LongestInTokens = 160;

    private const int PartLength = 4;
    private const int LongestText = 2000;
    private const uint FnvOffset = 2166136261;
    private const uint FnvPrime = 16777619;

    /// <summary>Writes a text's buckets, and gives how many there are: at least one, at most <see cref="LongestInTokens"/>.</summary>
    public static int Write(string text, Span<long> into)
    {
        var words = Words(text);
        var writer = new Writer(into[..Math.Min(into.Length, LongestInTokens)]);
        foreach (var word in words)
            writer.Add('w', word);
        for (var i = 0; i + 1 < words.Count; i++)
            writer.Add('p', words[i], words[i + 1]);
        foreach (var word in words)
        {
            var bounded = $"<{word}>";
            for (var i = 0; i + PartLength <= bounded.Length; i++)
                writer.Add('c', bounded.AsSpan(i, PartLength));
        }
        if (writer.Count == 0)
            writer.Add('w', "<empty>");
        return writer.Count;
    }

    /// <summary>Lower-case words and marks of emphasis; numbers are all one word, since a model of this size cannot count.</summary>
    private static List<string> Words(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (var c in Clean(text).Normalize(NormalizationForm.FormKC).ToLower(CultureInfo.InvariantCulture))
        {
            if (char.IsLetterOrDigit(c))
            {
                word.Append(c);
                continue;
            }
            Flush();
            if (c is '!' or '?')
                words.Add(c.ToString());
        }
        Flush();
        return words;

        void Flush()
        {
            if (word.Length == 0)
                return;
            words.Add(char.IsDigit(word[0]) ? "<number>" : word.ToString());
            word.Clear();
        }
    }

    /// <summary>The beginning of a text, without what is no character: half of a surrogate pair, and the two that Unicode leaves out.</summary>
    private static string Clean(string text)
    {
        var clean = (text.Length > LongestText ? text[..LongestText] : text).ToCharArray();
        for (var i = 0; i < clean.Length; i++)
        {
            if (char.IsHighSurrogate(clean[i]) && i + 1 < clean.Length && char.IsLowSurrogate(clean[i + 1]))
                i++;
            else if (char.IsSurrogate(clean[i]) || clean[i] is '\uFFFE' or '\uFFFF')
                clean[i] = ' ';
        }
        return new string(clean);
    }

    private ref struct Writer(Span<long> into)
    {
        private readonly Span<long> _into = into;

        public int Count { get; private set; }

        public void Add(char kind, ReadOnlySpan<char> first, ReadOnlySpan<char> second = default)
        {
            if (Count == _into.Length)
                return;
            var hash = Hash(Hash(FnvOffset, [kind]), first);
            if (second.Length > 0)
                hash = Hash(Hash(hash, " "), second);
            _into[Count++] = 1 + hash % (Buckets - 1);
        }

        private static uint Hash(uint hash, ReadOnlySpan<char> text)
        {
            foreach (var c in text)
                hash = (hash ^ c) * FnvPrime;
            return hash;
        }
    }
}
