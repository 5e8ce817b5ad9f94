namespace Deepiri.Cyrex.CodeAnalysis;

/// <summary>A line of source.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Raw">As it was written.</param>
/// <param name="Code">The same with comments and the insides of texts blanked, so that rules do not see words in them.</param>
/// <param name="Indent">Columns of white space before it; a tab counts as four.</param>
/// <param name="Depth">How many brackets and braces are open at its beginning.</param>
internal sealed record CodeLine(int Number, string Raw, string Code, int Indent, int Depth)
{
    public bool IsBlank => string.IsNullOrWhiteSpace(Raw);

    public bool IsComment => !IsBlank && string.IsNullOrWhiteSpace(Code);
}
