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
    private readonly CronExpression? _expression;
    private readonly TimeSpan _period;

    public CronBinding(ComponentContext context)
    {
        _time = context.Run.Time;
        var text = context.Metadata.Required("schedule");
        try
        {
            (_zone, var schedule) = CronExpression.SplitZone(text.Trim());
            if (schedule.StartsWith("@every ", StringComparison.Ordinal))
            {
                if (!GoDuration.TryParse(schedule["@every ".Length..].Trim(), out _period) || _period < TimeSpan.FromSeconds(1))
                    throw new FormatException("'@every' needs a duration of at least 1s");
            }
            else
            {
                var fields = schedule.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
                _expression = CronExpression.Parse($"TZ={_zone.Id} {(fields == 5 ? "0 " : "")}{schedule}");
            }
        }
        catch (FormatException e)
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

    private DateTimeOffset? Next(DateTimeOffset now) => _expression is null ? now + _period : _expression.After(now);
}
