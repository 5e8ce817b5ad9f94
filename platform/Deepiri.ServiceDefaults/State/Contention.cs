using Deepiri.ServiceDefaults.Errors;

namespace Deepiri.ServiceDefaults.State;

/// <summary>Repeats a compare-and-set that somebody else may win.</summary>
public static class Contention
{
    private const int Attempts = 50;
    private const int LongestPauseMilliseconds = 100;

    /// <summary>Runs an attempt until it returns true, with a growing random pause between attempts.</summary>
    /// <exception cref="ApiException">409 after 50 attempts.</exception>
    public static async Task RetryAsync(Func<Task<bool>> attempt, CancellationToken cancellationToken)
    {
        for (var i = 0; i < Attempts; i++)
        {
            if (await attempt().ConfigureAwait(false))
                return;
            await Task.Delay(Random.Shared.Next(1, Math.Min(5 * (i + 1), LongestPauseMilliseconds)), cancellationToken).ConfigureAwait(false);
        }
        throw ApiException.Conflict();
    }
}
