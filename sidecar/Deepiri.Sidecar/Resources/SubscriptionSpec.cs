namespace Deepiri.Sidecar.Resources;

/// <summary>A rule of a subscription: events that meet <see cref="Match"/> go to <see cref="Path"/>.</summary>
internal sealed record RouteRuleSpec(string Match, string Path);

/// <summary>A subscription, declared in YAML (v1alpha1, v2alpha1) or by the app (programmatic).</summary>
internal sealed record SubscriptionSpec(
    string PubsubName,
    string Topic,
    IReadOnlyList<RouteRuleSpec> Rules,
    string? DefaultPath,
    IReadOnlyDictionary<string, string> Metadata,
    string? DeadLetterTopic,
    IReadOnlyList<string> Scopes,
    string Origin)
{
    public const string Declarative = "DECLARATIVE";
    public const string Programmatic = "PROGRAMMATIC";

    public static IEnumerable<SubscriptionSpec> Read(YamlSection section, string apiVersion)
    {
        if (section.Section("spec") is not { } spec)
        {
            section.Fault("'spec' is missing");
            yield break;
        }
        section.Section("metadata");
        var (rules, fallback) = apiVersion switch
        {
            "dapr.io/v1alpha1" => ([], spec.Required("route")),
            "dapr.io/v2alpha1" => Routes(spec),
            _ => Unsupported(section, apiVersion),
        };
        yield return new SubscriptionSpec(spec.Required("pubsubname"), spec.Required("topic"), rules, fallback,
            spec.TextMap("metadata"), spec.Text("deadLetterTopic"), section.Texts("scopes"), Declarative);
        spec.RefuseOthers();
        section.RefuseOthers("apiVersion", "kind");
    }

    private static (IReadOnlyList<RouteRuleSpec> Rules, string? Fallback) Routes(YamlSection spec)
    {
        var routes = spec.Section("routes");
        if (routes is null)
        {
            spec.Fault("'spec.routes' is missing");
            return ([], null);
        }
        var rules = routes.Sections("rules").Select(r => new RouteRuleSpec(r.Required("match"), r.Required("path"))).ToList();
        var fallback = routes.Text("default");
        routes.RefuseOthers();
        return (rules, fallback);
    }

    private static (IReadOnlyList<RouteRuleSpec> Rules, string? Fallback) Unsupported(YamlSection section, string apiVersion)
    {
        section.Fault($"a Subscription of '{apiVersion}' is not supported; supported are dapr.io/v1alpha1, dapr.io/v2alpha1");
        return ([], null);
    }
}
