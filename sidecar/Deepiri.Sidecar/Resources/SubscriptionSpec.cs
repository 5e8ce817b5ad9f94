using Deepiri.Sidecar.Cel;

namespace Deepiri.Sidecar.Resources;

/// <summary>A rule of a subscription: events that meet <see cref="Match"/> go to <see cref="Path"/>.</summary>
internal sealed record RouteRuleSpec(string Match, string Path);

/// <summary>Events are delivered many at a time: so many at most, and none waits longer than this for others.</summary>
internal sealed record BulkSubscribeSpec(int MaxMessages, TimeSpan MaxWait)
{
    /// <summary>Dapr's defaults: 100 events, 1 s.</summary>
    public static BulkSubscribeSpec Of(int? maxMessagesCount, int? maxAwaitDurationMs) =>
        new(maxMessagesCount is > 0 and var count ? count : 100, TimeSpan.FromMilliseconds(maxAwaitDurationMs is > 0 and var milliseconds ? milliseconds : 1000));
}

/// <summary>A subscription, declared in YAML (v1alpha1, v2alpha1) or by the app (programmatic).</summary>
internal sealed record SubscriptionSpec(
    string PubsubName,
    string Topic,
    IReadOnlyList<RouteRuleSpec> Rules,
    string? DefaultPath,
    IReadOnlyDictionary<string, string> Metadata,
    string? DeadLetterTopic,
    BulkSubscribeSpec? Bulk,
    IReadOnlyList<string> Scopes,
    string Origin)
{
    public const string Declarative = "DECLARATIVE";
    public const string Programmatic = "PROGRAMMATIC";
    public const string Streaming = "STREAMING";

    /// <summary>Messages are no CloudEvents, but anything.</summary>
    public bool IsRaw => Metadata.TryGetValue("rawPayload", out var raw) && raw.Equals("true", StringComparison.OrdinalIgnoreCase);

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
            spec.TextMap("metadata"), spec.Text("deadLetterTopic"), ReadBulk(spec.Section("bulkSubscribe")), section.Texts("scopes"), Declarative);
        spec.RefuseOthers();
        section.RefuseOthers("apiVersion", "kind");
    }

    private static RouteRuleSpec ReadRule(YamlSection section)
    {
        var rule = new RouteRuleSpec(section.Required("match"), section.Required("path"));
        section.RefuseOthers();
        try
        {
            CelExpression.Compile(rule.Match, "event");
        }
        catch (CelException e) when (rule.Match.Length > 0)
        {
            section.Fault($"'match': {e.Message}");
        }
        return rule;
    }

    private static BulkSubscribeSpec? ReadBulk(YamlSection? section)
    {
        if (section is null)
            return null;
        var bulk = BulkSubscribeSpec.Of(section.Number("maxMessagesCount"), section.Number("maxAwaitDurationMs"));
        var isEnabled = section.Flag("enabled");
        section.RefuseOthers();
        return isEnabled ? bulk : null;
    }

    private static (IReadOnlyList<RouteRuleSpec> Rules, string? Fallback) Routes(YamlSection spec)
    {
        var routes = spec.Section("routes");
        if (routes is null)
        {
            spec.Fault("'spec.routes' is missing");
            return ([], null);
        }
        var rules = routes.Sections("rules").Select(ReadRule).ToList();
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
