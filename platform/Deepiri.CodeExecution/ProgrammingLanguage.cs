namespace Deepiri.CodeExecution;

/// <summary>The languages of challenges, as they are written on the wire.</summary>
public static class ProgrammingLanguage
{
    /// <summary>Python 3, run by <c>python3</c>. The solution defines <c>solve(...)</c>.</summary>
    public const string Python = "python";

    /// <summary>JavaScript, run by <c>node</c>. The solution defines <c>solve(...)</c>.</summary>
    public const string JavaScript = "javascript";

    /// <summary>C#, compiled here and run by <c>dotnet</c>. The solution defines <c>public static ... Solve(...)</c> in a class <c>Solution</c>.</summary>
    public const string CSharp = "csharp";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Python, JavaScript, CSharp];
}
