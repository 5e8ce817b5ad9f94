using Deepiri.Sidecar.Resources;

namespace Deepiri.Sidecar.Components;

/// <summary>Refuses what the embedded sidecar does not have, by name and before anything starts.</summary>
internal static class ComponentValidator
{
    public static void Validate(IEnumerable<ComponentSpec> components, ResourceFaults faults)
    {
        foreach (var spec in components.Where(s => s.Type.Length > 0))
        {
            if (ComponentCatalog.Find(spec.Type) is not { } definition)
            {
                faults.Add(spec.File, spec.Line, $"component type '{spec.Type}' is not supported by the embedded sidecar; supported are {string.Join(", ", ComponentCatalog.Types)}. Use one of these, or run beside the real Dapr: dapr run -f .");
                continue;
            }
            if (spec.Version != definition.Version)
                faults.Add(spec.File, spec.Line, $"version '{spec.Version}' of '{spec.Type}' is not supported; supported is {definition.Version}");
            foreach (var item in spec.Metadata.Where(item => !definition.MetadataNames.Contains(item.Name, StringComparer.OrdinalIgnoreCase)))
                faults.Add(spec.File, item.Line, $"'{spec.Type}' has no metadata '{item.Name}'; supported are {string.Join(", ", definition.MetadataNames)}");
        }
    }
}
