namespace Deepiri.Training;

/// <summary>Measures of predictions.</summary>
internal static class Metrics
{
    private const int Bins = 10;

    public static double Accuracy(IEnumerable<bool> right) => right.Average(r => r ? 1.0 : 0.0);

    /// <summary>The mean of the classes' F1 scores: a rare class counts as much as a frequent one.</summary>
    public static double MacroF1(IReadOnlyList<(int Truth, int Predicted)> pairs) =>
        pairs.Select(p => p.Truth).Distinct().Average(c =>
        {
            var right = pairs.Count(p => p.Truth == c && p.Predicted == c);
            return right == 0 ? 0 : 2.0 * right / (pairs.Count(p => p.Truth == c) + pairs.Count(p => p.Predicted == c));
        });

    /// <summary>Expected calibration error: by how much probabilities and what comes true differ, in ten bins (Guo et al., 2017, https://arxiv.org/abs/1706.04599).</summary>
    public static double CalibrationError(IReadOnlyList<(double Probability, bool CameTrue)> pairs) =>
        pairs.GroupBy(p => Math.Min(Bins - 1, (int)(p.Probability * Bins))).Sum(bin => Math.Abs(bin.Average(p => p.Probability) - bin.Average(p => p.CameTrue ? 1.0 : 0.0)) * bin.Count()) / pairs.Count;

    /// <summary>The area under the ROC curve: how often a yes is ranked above a no.</summary>
    public static double Auc(IReadOnlyList<(double Probability, bool CameTrue)> pairs)
    {
        var ordered = pairs.OrderBy(p => p.Probability).ToList();
        double positives = pairs.Count(p => p.CameTrue), negatives = pairs.Count - positives, ranks = 0;
        for (var i = 0; i < ordered.Count; i++)
            ranks += ordered[i].CameTrue ? i + 1 : 0;
        return (ranks - positives * (positives + 1) / 2) / (positives * negatives);
    }

    /// <summary>The median of a/b or b/a, whichever is larger: 1 is exact, 2 is off by a factor of two.</summary>
    public static double MedianFactor(IEnumerable<(double Truth, double Predicted)> pairs)
    {
        var factors = pairs.Select(p => Math.Exp(Math.Abs(Math.Log(p.Truth / p.Predicted)))).Order().ToList();
        return factors[factors.Count / 2];
    }
}
