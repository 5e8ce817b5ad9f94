using Deepiri.Sidecar.Resources;

namespace Deepiri.Sidecar.Components;

/// <summary>What a component is made from: its YAML with every value resolved, the app it serves, and the run.</summary>
internal sealed record ComponentContext(ComponentSpec Spec, ComponentMetadata Metadata, string AppId, RunContext Run)
{
    /// <summary>A path of the metadata, relative to the run's data directory. URI options are not part of a path.</summary>
    public string DataFile(string path)
    {
        if (path.StartsWith(":memory:", StringComparison.Ordinal) || path.Contains('?'))
            throw new ComponentException($"'{path}' must be the path of a file");
        var plain = path.StartsWith("file:", StringComparison.Ordinal) ? path["file:".Length..] : path;
        return Path.GetFullPath(plain, Run.DataDirectory);
    }
}
