using System.Text.RegularExpressions;

namespace Deepiri.UnitTests;

/// <summary>A swap of components is the name of a folder: each has what the services know by name, within the same scopes.</summary>
public sealed partial class ComponentFolderTests
{
    [Theory]
    [InlineData("in-memory")]
    [InlineData("redis")]
    [InlineData("rabbitmq")]
    [InlineData("postgres")]
    [InlineData("")]
    public void Every_folder_has_the_components_of_the_embedded_one(string folder) => Assert.Superset(Names("embedded"), Names(folder));

    private static HashSet<string> Names(string folder) =>
        [.. Directory.GetFiles(Repository.PathOf("components", folder), "*.yaml").SelectMany(f => Component().Matches(File.ReadAllText(f))).Select(m => m.Groups[1].Value)];

    [GeneratedRegex(@"^metadata:\n  name: (\S+)$", RegexOptions.Multiline)]
    private static partial Regex Component();
}
