using System.Globalization;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.PubSub;
using Deepiri.Sidecar.Resources;
using Deepiri.Sidecar.Scheduling;

namespace Deepiri.Sidecar.Bindings;

/// <summary>
/// <c>bindings.cron</c>: an event without data at the times of its <c>schedule</c>: five fields, six with seconds, <c>@every 1h</c>, <c>@daily</c>;
/// <c>TZ=Europe/Berlin</c> before it names another time zone than UTC. What fell due while nobody listened is not made up for, as with daprd.
/// </summary>
internal sealed class CronBinding : IInputBinding
{
    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time;
    private readonly TimeZoneInfo _zone;
    private readonly TimeSpan[] _offsets = [];
    private readonly CronExpression? _expression;
    private readonly TimeSpan _period;

    public CronBinding(ComponentContext context)
    {
        _time = context.Run.Time;
        var text = context.Metadata.Required("schedule");
        try
        {
            (_zone, var schedule) = Zone(text.Trim());
            if (schedule.StartsWith("@every ", StringComparison.Ordinal))
            {
                if (!GoDuration.TryParse(schedule["@every ".Length..].Trim(), out _period) || _period < TimeSpan.FromSeconds(1))
                    throw new FormatException("'@every' needs a duration of at least 1s");
            }
            else
            {
                var fields = schedule.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
                _expression = CronExpression.Parse(fields == 5 ? "0 " + schedule : schedule);
                _offsets = [.. _zone.GetAdjustmentRules().SelectMany(r => new[] { r.BaseUtcOffsetDelta, r.BaseUtcOffsetDelta + r.DaylightDelta }).Append(TimeSpan.Zero).Select(d => _zone.BaseUtcOffset + d).Distinct()];
            }
        }
        catch (Exception e) when (e is FormatException or TimeZoneNotFoundException)
        {
            throw new ComponentException($"metadata 'schedule' '{text}' is not valid: {e.Message}", e);
        }
    }

    public IAsyncDisposable Read(BindingHandler handler)
    {
        var (stop, abort) = (new CancellationTokenSource(), new CancellationTokenSource());
        var loop = Task.Run(() => RunAsync(handler, stop.Token, abort.Token));
        return new Subscription(async () =>
        {
            await stop.CancelAsync().ConfigureAwait(false);
            abort.CancelAfter(s_drain);
            await loop.ConfigureAwait(false);
        });
    }

    private async Task RunAsync(BindingHandler handler, CancellationToken stop, CancellationToken abort)
    {
        try
        {
            // From tick to tick, so that none drifts; what has been missed meanwhile is left out.
            for (var due = Next(_time.GetUtcNow()); due is { } at; due = Next(at) is { } next && next > _time.GetUtcNow() ? next : Next(_time.GetUtcNow()))
            {
                await Wait.UntilAsync(at, _time, stop).ConfigureAwait(false);
                await TickAsync(handler, abort).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopped between two ticks, or while the app was at one for too long.
        }
    }

    private async Task TickAsync(BindingHandler handler, CancellationToken abort)
    {
        try
        {
            await handler(default, new Dictionary<string, string>
            {
                ["timeZone"] = _zone.Id,
                ["readTimeUTC"] = _time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fffffff '+0000 UTC'", CultureInfo.InvariantCulture),
            }, abort).ConfigureAwait(false);
        }
        catch (DeliveryException)
        {
            // It is logged where it failed; cron has no second delivery.
        }
    }

    private DateTimeOffset? Next(DateTimeOffset now)
    {
        if (_expression is null)
            return now + _period;
        DateTimeOffset? first = null;
        // The offset of now finds a time soon, which bounds the search under the others.
        foreach (var offset in _offsets.OrderByDescending(o => o == _zone.GetUtcOffset(now)))
            first = Next(now, offset, first) ?? first;
        return first;
    }

    /// <summary>The first time whose clock shows this offset then; null when there is none before another.</summary>
    private DateTimeOffset? Next(DateTimeOffset now, TimeSpan offset, DateTimeOffset? before)
    {
        for (var at = now; _expression!.After(new DateTimeOffset(at.ToOffset(offset).DateTime, TimeSpan.Zero)) is { } wall;)
        {
            at = new DateTimeOffset(wall.DateTime, offset).ToUniversalTime();
            if (at >= before)
                return null;
            // A time of the hour that a change to summer time leaves out comes an hour later; one of the hour that comes twice, twice.
            if (_zone.GetUtcOffset(at) == offset || (offset == _zone.BaseUtcOffset && _zone.IsInvalidTime(wall.DateTime)))
                return at;
        }
        return null;
    }

    private static (TimeZoneInfo Zone, string Schedule) Zone(string text)
    {
        foreach (var prefix in (string[])["CRON_TZ=", "TZ="])
        {
            if (text.StartsWith(prefix, StringComparison.Ordinal) && text.IndexOf(' ') is > 0 and var space)
                return (TimeZoneInfo.FindSystemTimeZoneById(text[prefix.Length..space]), text[space..].Trim());
        }
        return (TimeZoneInfo.Utc, text);
    }
}
