using System.Text.Json;
using Deepiri.Sidecar.Resources;

namespace Deepiri.Sidecar.Actors;

/// <summary>How the actors of a type are run; Dapr's defaults where the app does not say (https://docs.dapr.io/developing-applications/building-blocks/actors/actors-runtime-config/).</summary>
internal sealed record ActorTypeConfig(TimeSpan IdleTimeout, TimeSpan DrainTimeout, bool IsReentrant, int MaxStackDepth);

/// <summary>The actor types that an app hosts: its answer to <c>GET /dapr/config</c>.</summary>
internal sealed class ActorConfig
{
    private static readonly ActorTypeConfig s_default = new(TimeSpan.FromMinutes(60), TimeSpan.FromMinutes(1), false, 32);

    private readonly Dictionary<string, ActorTypeConfig> _types = new(StringComparer.Ordinal);

    public static ActorConfig None { get; } = new();

    public IReadOnlyCollection<string> Types => _types.Keys;

    public ActorTypeConfig this[string type] => _types[type];

    /// <exception cref="FormatException">The answer is not such a configuration.</exception>
    public static ActorConfig Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            var answer = JsonSerializer.Deserialize<Answer>(body.Span, JsonSerializerOptions.Web);
            var config = new ActorConfig();
            var common = Merge(s_default, answer?.ActorIdleTimeout, answer?.DrainOngoingCallTimeout, answer?.Reentrancy);
            foreach (var type in answer?.Entities ?? [])
                config._types[type] = common;
            foreach (var own in answer?.EntitiesConfig ?? [])
            {
                foreach (var type in (own.Entities ?? []).Where(config._types.ContainsKey))
                    config._types[type] = Merge(common, own.ActorIdleTimeout, own.DrainOngoingCallTimeout, own.Reentrancy);
            }
            return config;
        }
        catch (JsonException e)
        {
            throw new FormatException($"GET /dapr/config did not answer a configuration of actors: {e.Message}", e);
        }
    }

    private static ActorTypeConfig Merge(ActorTypeConfig from, string? idle, string? drain, Reentrancy? reentrancy) => new(
        Duration(idle, from.IdleTimeout, "actorIdleTimeout"), Duration(drain, from.DrainTimeout, "drainOngoingCallTimeout"),
        reentrancy?.Enabled ?? from.IsReentrant, reentrancy?.MaxStackDepth ?? from.MaxStackDepth);

    private static TimeSpan Duration(string? text, TimeSpan fallback, string name) => text switch
    {
        null or "" => fallback,
        _ when TimeSpan.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var clock) && text.Contains(':') => clock,
        _ when GoDuration.TryParse(text, out var duration) => duration,
        _ => throw new FormatException($"GET /dapr/config: '{name}' must be a duration such as 1h or 30s, not '{text}'"),
    };

    private sealed record Answer(string[]? Entities, string? ActorIdleTimeout, string? DrainOngoingCallTimeout, Reentrancy? Reentrancy, EntityConfig[]? EntitiesConfig);

    private sealed record EntityConfig(string[]? Entities, string? ActorIdleTimeout, string? DrainOngoingCallTimeout, Reentrancy? Reentrancy);

    private sealed record Reentrancy(bool Enabled, int? MaxStackDepth);
}
