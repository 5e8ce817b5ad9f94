using System.Globalization;
using Deepiri.Sidecar.Cel;

namespace Deepiri.Sidecar.Resources;

/// <summary>Status codes such as <c>429,500-599</c>.</summary>
internal sealed record StatusCodes(IReadOnlyList<(int First, int Last)> Ranges)
{
    public bool Contains(int code) => Ranges.Any(r => code >= r.First && code <= r.Last);
}

/// <summary>A retry policy; a negative <see cref="MaxRetries"/> never gives up.</summary>
internal sealed record RetrySpec(bool IsExponential, TimeSpan Duration, TimeSpan MaxInterval, int MaxRetries, StatusCodes? HttpCodes);

/// <summary>A circuit breaker; an <see cref="Interval"/> of 0 never forgets while it is closed.</summary>
internal sealed record CircuitBreakerSpec(string Name, int MaxRequests, TimeSpan Interval, TimeSpan Timeout, CelExpression Trip)
{
    /// <summary>What a trip expression may ask for.</summary>
    public static readonly string[] Variables = ["requests", "totalSuccesses", "totalFailures", "consecutiveSuccesses", "consecutiveFailures"];
}

/// <summary>The policies of a target, by name.</summary>
internal sealed record PolicyNames(string? Timeout, string? Retry, string? CircuitBreaker, int CacheSize = 0, string Scope = "type");

/// <summary>A Dapr Resiliency resource (https://docs.dapr.io/operations/resiliency/policies/); <c>inbound</c> and <c>outbound</c> of a component are targets named <c>name/inbound</c> and <c>name/outbound</c>.</summary>
internal sealed record ResiliencySpec(
    IReadOnlyDictionary<string, TimeSpan> Timeouts,
    IReadOnlyDictionary<string, RetrySpec> Retries,
    IReadOnlyDictionary<string, CircuitBreakerSpec> CircuitBreakers,
    IReadOnlyDictionary<string, PolicyNames> Apps,
    IReadOnlyDictionary<string, PolicyNames> Actors,
    IReadOnlyDictionary<string, PolicyNames> Components,
    IReadOnlyList<string> Scopes)
{
    private const int AppBreakers = 100;
    private const int ActorBreakers = 5000;

    public static ResiliencySpec Read(YamlSection section)
    {
        section.Section("metadata");
        var spec = section.Section("spec");
        var policies = spec?.Section("policies");
        var targets = spec?.Section("targets");
        var timeouts = policies?.Section("timeouts") is { } named ? named.Keys.ToDictionary(k => k, k => Duration(named, k, TimeSpan.Zero)) : [];
        var retries = Map(policies, "retries", (_, retry) => ReadRetry(retry));
        var breakers = Map(policies, "circuitBreakers", ReadBreaker);
        PolicyNames Names(YamlSection target, bool isTimed = true) => new(isTimed ? Known(target, "timeout", timeouts.Keys) : null, Known(target, "retry", retries.Keys), Known(target, "circuitBreaker", breakers.Keys));
        var apps = Map(targets, "apps", (_, app) => Whole(app, Names(app) with { CacheSize = CacheSize(app, AppBreakers) }));
        var actors = Map(targets, "actors", (_, actor) => Whole(actor, Names(actor) with { CacheSize = CacheSize(actor, ActorBreakers), Scope = Scope(actor) }));
        var components = new Dictionary<string, PolicyNames>();
        foreach (var name in targets?.Section("components")?.Keys ?? [])
        {
            var component = targets!.Section("components")!.Section(name);
            foreach (var direction in (string[])["inbound", "outbound"])
            {
                if (component?.Section(direction) is { } target)
                    components[$"{name}/{direction}"] = Whole(target, Names(target));
            }
            component?.RefuseOthers();
        }
        policies?.RefuseOthers();
        targets?.RefuseOthers();
        spec?.RefuseOthers();
        var scopes = section.Texts("scopes");
        section.RefuseOthers("apiVersion", "kind");
        return new ResiliencySpec(timeouts, retries, breakers, apps, actors, components, scopes);
    }

    private static RetrySpec ReadRetry(YamlSection retry)
    {
        var kind = retry.Text("policy") ?? "constant";
        if (kind is not ("constant" or "exponential"))
            retry.Fault($"'policy' must be constant or exponential, not '{kind}'");
        var matching = retry.Section("matching");
        var spec = new RetrySpec(kind == "exponential", Duration(retry, "duration", TimeSpan.FromSeconds(5)), Duration(retry, "maxInterval", TimeSpan.FromSeconds(60)),
            retry.Number("maxRetries") ?? -1, Codes(matching, "httpStatusCodes", 100, 599));
        // Apps are called over HTTP; what is said of gRPC is only checked.
        Codes(matching, "gRPCStatusCodes", 0, 16);
        matching?.RefuseOthers();
        return Whole(retry, spec);
    }

    private static CircuitBreakerSpec ReadBreaker(string name, YamlSection breaker)
    {
        var timeout = Duration(breaker, "timeout", TimeSpan.Zero);
        CelExpression? trip = null;
        try
        {
            trip = CelExpression.Compile(breaker.Text("trip") ?? "consecutiveFailures > 5", CircuitBreakerSpec.Variables);
        }
        catch (CelException e)
        {
            breaker.Fault($"'trip': {e.Message}");
        }
        return Whole(breaker, new CircuitBreakerSpec(name, Math.Max(1, breaker.Number("maxRequests") ?? 1), Duration(breaker, "interval", TimeSpan.Zero),
            timeout > TimeSpan.Zero ? timeout : TimeSpan.FromSeconds(60), trip ?? CelExpression.Compile("false")));
    }

    /// <summary>Durations as Go writes them; here a bare number is milliseconds.</summary>
    private static TimeSpan Duration(YamlSection section, string key, TimeSpan fallback)
    {
        if (section.Text(key) is not { Length: > 0 } text)
            return fallback;
        if (int.TryParse(text, CultureInfo.InvariantCulture, out var milliseconds))
            return TimeSpan.FromMilliseconds(milliseconds);
        if (GoDuration.TryParse(text, out var duration))
            return duration;
        section.Fault($"'{key}' must be a duration such as 500ms or 2s, not '{text}'");
        return fallback;
    }

    private static StatusCodes? Codes(YamlSection? section, string key, int lowest, int highest)
    {
        if (section?.Text(key) is not { Length: > 0 } text)
            return null;
        var ranges = new List<(int, int)>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-', StringSplitOptions.TrimEntries);
            if (ends.Length <= 2 && int.TryParse(ends[0], CultureInfo.InvariantCulture, out var first) && int.TryParse(ends[^1], CultureInfo.InvariantCulture, out var last) && first >= lowest && last <= highest && first <= last)
                ranges.Add((first, last));
            else
                section.Fault($"'{key}' must be codes from {lowest} to {highest} such as {lowest}-{highest}, not '{part}'");
        }
        return new StatusCodes(ranges);
    }

    private static string? Known(YamlSection target, string key, IEnumerable<string> names)
    {
        if (target.Text(key) is not { Length: > 0 } name)
            return null;
        if (!names.Contains(name))
            target.Fault($"'{key}' names a policy '{name}' that this resource does not define");
        return name;
    }

    private static int CacheSize(YamlSection target, int fallback) => target.Number("circuitBreakerCacheSize") is > 0 and var size ? size : fallback;

    private static string Scope(YamlSection actor)
    {
        var scope = actor.Text("circuitBreakerScope");
        if (scope is not (null or "type" or "id" or "both"))
            actor.Fault($"'circuitBreakerScope' must be type, id or both, not '{scope}'");
        if (scope is null && actor.Text("circuitBreaker") is not null)
            actor.Fault("'circuitBreakerScope' is missing: type, id or both");
        return scope ?? "type";
    }

    private static Dictionary<string, T> Map<T>(YamlSection? parent, string key, Func<string, YamlSection, T> read)
    {
        var map = new Dictionary<string, T>();
        if (parent?.Section(key) is not { } section)
            return map;
        foreach (var name in section.Keys)
        {
            if (section.Section(name) is { } item)
                map[name] = read(name, item);
        }
        return map;
    }

    private static T Whole<T>(YamlSection section, T value)
    {
        section.RefuseOthers();
        return value;
    }
}
