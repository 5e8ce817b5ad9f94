using System.Collections.Concurrent;
using Deepiri.Cyrex.Batching;
using Deepiri.Cyrex.Models;
using Deepiri.ServiceDefaults.Errors;

namespace Deepiri.UnitTests;

public sealed class BatcherTests
{
    private readonly ManualTimeProvider _clock = new(new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero));
    private readonly SquareModel _model = new();

    [Fact]
    public void A_request_that_is_alone_runs_at_once_on_its_callers_thread()
    {
        var answer = Batcher().RunAsync(7, CancellationToken.None);
        Assert.True(answer.IsCompletedSuccessfully);
        Assert.Equal([1], _model.Sizes);
    }

    [Fact]
    public async Task Those_that_come_while_the_model_is_busy_share_runs_of_ten_at_most()
    {
        var batcher = Batcher();
        var first = HoldAsync(batcher);
        var others = Enumerable.Range(1, 25).Select(i => batcher.RunAsync(i, CancellationToken.None).AsTask()).ToList();
        _model.Gate.Set();
        await first;
        Assert.Equal(Enumerable.Range(1, 25).Select(i => i * i), await PassingTimeAsync(Task.WhenAll(others)));
        Assert.Equal(26, _model.Sizes.Sum());
        Assert.Equal([1, 10, 10, 5], _model.Sizes);
    }

    [Fact]
    public async Task A_few_wait_for_the_window_and_no_longer()
    {
        var batcher = Batcher(o => o.Window = TimeSpan.FromMilliseconds(50));
        var first = HoldAsync(batcher);
        var others = Enumerable.Range(1, 3).Select(i => batcher.RunAsync(i, CancellationToken.None).AsTask()).ToList();
        _model.Gate.Set();
        await first;
        await Eventually.AssertAsync(() => Assert.True(_clock.IsDueIn(TimeSpan.FromMilliseconds(50))));
        Assert.All(others, o => Assert.False(o.IsCompleted));
        _clock.Advance(TimeSpan.FromMilliseconds(50));
        await Task.WhenAll(others).WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal([1, 3], _model.Sizes);
    }

    [Fact]
    public async Task The_tenth_ends_the_window()
    {
        var batcher = Batcher(o => o.Window = TimeSpan.FromMilliseconds(500));
        var first = HoldAsync(batcher);
        var others = Enumerable.Range(1, 2).Select(i => batcher.RunAsync(i, CancellationToken.None).AsTask()).ToList();
        _model.Gate.Set();
        await first;
        await Eventually.AssertAsync(() => Assert.True(_clock.IsDueIn(TimeSpan.FromMilliseconds(500))));
        others.AddRange(Enumerable.Range(3, 8).Select(i => batcher.RunAsync(i, CancellationToken.None).AsTask()));
        await Task.WhenAll(others).WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal([1, 10], _model.Sizes);
    }

    [Fact]
    public async Task One_that_waits_alone_does_not_wait_for_the_window()
    {
        var batcher = Batcher(o => o.Window = TimeSpan.FromSeconds(1));
        var first = HoldAsync(batcher);
        var second = batcher.RunAsync(2, CancellationToken.None).AsTask();
        _model.Gate.Set();
        await first;
        Assert.Equal(4, await second.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task A_full_queue_refuses_and_serves_again_afterwards()
    {
        var batcher = Batcher(o => o.QueueLength = 3);
        var first = HoldAsync(batcher);
        var others = Enumerable.Range(1, 3).Select(i => batcher.RunAsync(i, CancellationToken.None).AsTask()).ToList();
        var refused = await Assert.ThrowsAsync<ApiException>(async () => await batcher.RunAsync(9, CancellationToken.None));
        Assert.Equal((503, TimeSpan.FromSeconds(1)), (refused.Status, refused.RetryAfter));
        _model.Gate.Set();
        await first;
        await PassingTimeAsync(Task.WhenAll(others));
        await Eventually.AssertAsync(() => Assert.True(batcher.RunAsync(5, CancellationToken.None).IsCompleted));
    }

    [Fact]
    public async Task One_that_is_cancelled_is_not_run_and_a_failed_run_fails_its_requests_only()
    {
        var batcher = Batcher();
        var first = HoldAsync(batcher);
        using var cancel = new CancellationTokenSource();
        var cancelled = batcher.RunAsync(3, cancel.Token).AsTask();
        var bad = batcher.RunAsync(SquareModel.Bad, CancellationToken.None).AsTask();
        await cancel.CancelAsync();
        _model.Gate.Set();
        await first;
        await Assert.ThrowsAsync<InvalidOperationException>(() => PassingTimeAsync(bad));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.Equal([1, 1], _model.Sizes);
        Assert.Equal(16, await batcher.RunAsync(4, CancellationToken.None));
    }

    [Fact]
    public async Task One_bad_request_of_a_batch_fails_alone()
    {
        var batcher = Batcher();
        var first = HoldAsync(batcher);
        var requests = new[] { 1, SquareModel.Bad, 3 }.Select(i => batcher.RunAsync(i, CancellationToken.None).AsTask()).ToList();
        _model.Gate.Set();
        await first;
        await Assert.ThrowsAsync<InvalidOperationException>(() => PassingTimeAsync(requests[1]));
        Assert.Equal((1, 9), (await requests[0], await requests[2]));
        Assert.Equal([1, 3, 1, 1, 1], _model.Sizes);
    }

    [Fact]
    public async Task Several_of_one_caller_are_run_together()
    {
        var batcher = Batcher();
        int[] squares = await batcher.RunAllAsync([1, 2, 3], CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(new[] { 1, 4, 9 }, squares);
        Assert.Equal(24, (await batcher.RunAllAsync([.. Enumerable.Range(0, 24)], CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10))).Length);
        await Assert.ThrowsAsync<ApiException>(() => batcher.RunAllAsync(new int[10_000], CancellationToken.None));
        Assert.Equal([3, 10, 10, 4], _model.Sizes);
    }

    [Fact]
    public async Task Nothing_is_lost_or_mixed_up_under_load()
    {
        _model.Gate.Set();
        var batcher = new Batcher<int, int>("load", _model, new BatchingOptions(), TimeProvider.System);
        await Parallel.ForEachAsync(Enumerable.Range(0, 20_000), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, stop) => Assert.Equal(i * i, await batcher.RunAsync(i, stop)));
        Assert.Equal(20_000, _model.Sizes.Sum());
        Assert.All(_model.Sizes, s => Assert.InRange(s, 1, 10));
    }

    /// <summary>Waits while the clock goes on: when the window begins is up to the batcher.</summary>
    private async Task<T> PassingTimeAsync<T>(Task<T> answer)
    {
        await Eventually.AssertAsync(() =>
        {
            _clock.Advance(TimeSpan.FromMilliseconds(1));
            Assert.True(answer.IsCompleted);
        });
        return await answer;
    }

    /// <summary>Keeps the model busy with one request until the gate is set.</summary>
    private Task<int> HoldAsync(Batcher<int, int> batcher)
    {
        _model.Gate.Reset();
        var held = Task.Run(async () => await batcher.RunAsync(0, CancellationToken.None));
        _model.Entered.Wait(TimeSpan.FromSeconds(10));
        return held;
    }

    private Batcher<int, int> Batcher(Action<BatchingOptions>? configure = null)
    {
        var options = new BatchingOptions();
        configure?.Invoke(options);
        _model.Gate.Set();
        return new Batcher<int, int>("test", _model, options, _clock);
    }

    private sealed class SquareModel : IBatchModel<int, int>
    {
        public const int Bad = -1;

        public ConcurrentQueue<int> Sizes { get; } = new();

        public ManualResetEventSlim Gate { get; } = new(true);

        public ManualResetEventSlim Entered { get; } = new();

        public void Run(ReadOnlySpan<int> requests, Span<int> results)
        {
            Sizes.Enqueue(requests.Length);
            Entered.Set();
            Gate.Wait(TimeSpan.FromSeconds(10));
            for (var i = 0; i < requests.Length; i++)
                results[i] = requests[i] == Bad ? throw new InvalidOperationException("bad") : requests[i] * requests[i];
        }
    }
}
