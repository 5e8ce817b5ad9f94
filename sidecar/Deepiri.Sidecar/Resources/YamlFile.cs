using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Deepiri.Sidecar.Resources;

/// <summary>Reads the documents of a YAML file.</summary>
internal static class YamlFile
{
    public static IReadOnlyList<YamlSection> Read(string file, ResourceFaults faults)
    {
        using var reader = new StreamReader(file);
        return Read(reader, file, faults);
    }

    public static IReadOnlyList<YamlSection> Read(TextReader reader, string file, ResourceFaults faults)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(reader);
        }
        catch (YamlException e)
        {
            faults.Add(file, e.Start.Line, $"not valid YAML: {e.InnerException?.Message ?? e.Message}");
            return [];
        }

        var sections = new List<YamlSection>();
        foreach (var document in stream.Documents)
        {
            if (document.RootNode is YamlMappingNode mapping)
                sections.Add(new YamlSection(mapping, "", file, faults));
            else if (document.RootNode is not YamlScalarNode { Value: null or "" })
                faults.Add(file, document.RootNode.Start.Line, "a document must be a mapping");
        }
        return sections;
    }
}
