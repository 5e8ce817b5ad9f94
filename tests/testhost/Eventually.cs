using System.Diagnostics;

namespace Deepiri.TestHost;

/// <summary>Polls with a deadline: no test sleeps for a fixed time.</summary>
public static class Eventually
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    /// <summary>Repeats an assertion until it holds; at the deadline its own failure is the test's.</summary>
    public static async Task AssertAsync(Func<Task> assertion, TimeSpan? patience = null, int everyMilliseconds = 10)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await assertion();
                return;
            }
            catch (Exception) when (waited.Elapsed < (patience ?? s_patience))
            {
                await Task.Delay(everyMilliseconds);
            }
        }
    }

    /// <summary>Repeats a synchronous assertion until it holds.</summary>
    public static Task AssertAsync(Action assertion, TimeSpan? patience = null) => AssertAsync(() =>
    {
        assertion();
        return Task.CompletedTask;
    }, patience);
}
