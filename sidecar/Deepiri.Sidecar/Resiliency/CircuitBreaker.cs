using Deepiri.Sidecar.Cel;
using Deepiri.Sidecar.Resources;
using Polly;

namespace Deepiri.Sidecar.Resiliency;

/// <summary>
/// A circuit breaker that counts as Dapr's does (sony/gobreaker): closed until its trip expression holds after a failure; then open for
/// <c>timeout</c>; then half open for <c>maxRequests</c>, which close it if all succeed.
/// </summary>
internal sealed class CircuitBreaker(CircuitBreakerSpec spec, TimeProvider time) : ResilienceStrategy
{
    private enum State
    {
        Closed,
        HalfOpen,
        Open,
    }

    private readonly Lock _lock = new();
    private State _state;
    private Counts _counts;
    private long _generation;
    private DateTimeOffset? _expires = spec.Interval > TimeSpan.Zero ? time.GetUtcNow() + spec.Interval : null;

    protected override async ValueTask<Outcome<TResult>> ExecuteCore<TResult, TState>(Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
    {
        if (!TryEnter(out var generation, out var refusal))
            return Outcome.FromException<TResult>(refusal);
        var outcome = await callback(context, state).ConfigureAwait(context.ContinueOnCapturedContext);
        // Nothing is known of a target whose caller left; what was asked wrongly says that it answers.
        Leave(generation, outcome.Exception is OperationCanceledException ? null : outcome.Exception is null || Failures.IsPermanent(outcome.Exception));
        return outcome;
    }

    private bool TryEnter(out long generation, out PolicyException refusal)
    {
        lock (_lock)
        {
            Refresh();
            generation = _generation;
            refusal = null!;
            if (_state == State.Open)
                refusal = PolicyException.Open();
            else if (_state == State.HalfOpen && _counts.Requests >= spec.MaxRequests)
                refusal = PolicyException.TooMany();
            else
                _counts.Requests++;
            return refusal is null;
        }
    }

    private void Leave(long generation, bool? result)
    {
        lock (_lock)
        {
            Refresh();
            // It began under another state; what it says is out of date.
            if (generation != _generation)
                return;
            if (result is not { } isSuccess)
            {
                _counts.Requests--;
                return;
            }
            _counts.Add(isSuccess);
            if (isSuccess && _state == State.HalfOpen && _counts.ConsecutiveSuccesses >= spec.MaxRequests)
                MoveTo(State.Closed);
            else if (!isSuccess && (_state == State.HalfOpen || Trips()))
                MoveTo(State.Open);
        }
    }

    /// <summary>An expression that has no answer yet, such as a ratio of nothing, does not trip.</summary>
    private bool Trips()
    {
        try
        {
            return spec.Trip.EvaluatesToTrue(_counts.Variable);
        }
        catch (CelException)
        {
            return false;
        }
    }

    private void Refresh()
    {
        if (_expires is not { } expires || time.GetUtcNow() < expires)
            return;
        MoveTo(_state == State.Open ? State.HalfOpen : _state);
    }

    private void MoveTo(State state)
    {
        _state = state;
        _counts = default;
        _generation++;
        var lasts = state switch
        {
            State.Open => spec.Timeout,
            State.Closed => spec.Interval,
            _ => TimeSpan.Zero,
        };
        _expires = lasts > TimeSpan.Zero ? time.GetUtcNow() + lasts : null;
    }

    private struct Counts
    {
        public long Requests;
        private long _successes;
        private long _failures;
        private long _consecutiveFailures;

        public long ConsecutiveSuccesses { get; private set; }

        public void Add(bool isSuccess)
        {
            if (isSuccess)
            {
                _successes++;
                ConsecutiveSuccesses++;
                _consecutiveFailures = 0;
                return;
            }
            _failures++;
            _consecutiveFailures++;
            ConsecutiveSuccesses = 0;
        }

        public readonly object? Variable(string name) => name switch
        {
            "requests" => Requests,
            "totalSuccesses" => _successes,
            "totalFailures" => _failures,
            "consecutiveSuccesses" => ConsecutiveSuccesses,
            _ => _consecutiveFailures,
        };
    }
}
