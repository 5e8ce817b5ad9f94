namespace Deepiri.Sidecar.Resources;

/// <summary>An HTTP server outside the run that apps invoke by name (https://docs.dapr.io/reference/resource-specs/httpendpoints-schema/).</summary>
internal sealed record HttpEndpointSpec(string Name, string BaseUrl, IReadOnlyDictionary<string, string> Headers, IReadOnlyList<string> Scopes)
{
    public static HttpEndpointSpec Read(YamlSection section)
    {
        var spec = section.Section("spec");
        var url = spec?.Required("baseUrl") ?? "";
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            section.Fault($"'spec.baseUrl' must be an http or https URL, not '{url}'");
        var headers = (spec?.Sections("headers") ?? []).ToDictionary(h => h.Required("name"), h => h.Required("value"));
        var endpoint = new HttpEndpointSpec(section.Section("metadata")?.Required("name") ?? "", url.TrimEnd('/'), headers, section.Texts("scopes"));
        spec?.RefuseOthers();
        section.RefuseOthers("apiVersion", "kind");
        return endpoint;
    }
}
