namespace Deepiri.Training.Networks;

internal enum HeadKind
{
    /// <summary>One of several classes; the target is its number.</summary>
    Softmax,

    /// <summary>Yes or no; the target is 0 or 1.</summary>
    Sigmoid,

    /// <summary>A number.</summary>
    Linear,
}

/// <summary>An output of a network.</summary>
/// <param name="Weight">How much its loss counts beside that of the others.</param>
internal sealed record Head(string Name, HeadKind Kind, int Size, float Weight = 1);
