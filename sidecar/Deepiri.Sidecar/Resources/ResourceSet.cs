namespace Deepiri.Sidecar.Resources;

/// <summary>The resources of a folder: what <c>resourcesPaths</c> of dapr.yaml names.</summary>
internal sealed record ResourceSet(
    IReadOnlyList<ComponentSpec> Components,
    IReadOnlyList<SubscriptionSpec> Subscriptions,
    IReadOnlyList<HttpEndpointSpec> HttpEndpoints,
    IReadOnlyList<ResiliencySpec> Resiliencies)
{
    private const string SupportedKinds = "Component, HTTPEndpoint, Resiliency, Subscription";

    /// <summary>Reads every .yaml and .yml file directly inside the folders, as daprd does.</summary>
    public static ResourceSet Load(IEnumerable<string> folders, ResourceFaults faults)
    {
        var components = new List<ComponentSpec>();
        var subscriptions = new List<SubscriptionSpec>();
        var endpoints = new List<HttpEndpointSpec>();
        var resiliencies = new List<ResiliencySpec>();
        foreach (var section in folders.SelectMany(Files).SelectMany(file => YamlFile.Read(file, faults)))
        {
            // As daprd does: what is not Dapr's is not our business.
            if (section.Text("apiVersion") is not { } apiVersion || !apiVersion.StartsWith("dapr.io/", StringComparison.Ordinal))
                continue;
            switch (section.Text("kind"))
            {
                case "Component":
                    components.Add(ComponentSpec.Read(section));
                    break;
                case "Subscription":
                    subscriptions.AddRange(SubscriptionSpec.Read(section, apiVersion));
                    break;
                case "HTTPEndpoint":
                    endpoints.Add(HttpEndpointSpec.Read(section));
                    break;
                case "Resiliency":
                    resiliencies.Add(ResiliencySpec.Read(section));
                    break;
                case var kind:
                    section.Fault($"kind '{kind}' is not supported by the embedded sidecar; supported are {SupportedKinds}. Move the file out of this folder, or run the app beside the real Dapr");
                    break;
            }
        }
        foreach (var twice in components.GroupBy(c => c.Name).Where(g => g.Count() > 1).SelectMany(g => g.Skip(1)))
            faults.Add(twice.File, twice.Line, $"a component named '{twice.Name}' exists already");
        return new ResourceSet(components, subscriptions, endpoints, resiliencies);
    }

    private static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder).Where(f => Path.GetExtension(f) is ".yaml" or ".yml").Order(StringComparer.Ordinal);
}
