using System.Collections.Concurrent;
using Deepiri.CodeExecution.Isolation;
using Deepiri.CodeExecution.Toolchains;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Deepiri.CodeExecution.Checks;

/// <summary>
/// Knows whether the sandbox holds. The checks run for each language of this machine before its first untrusted code (as a hosted service: at
/// startup), again when the sandbox's programs or the kernel have changed, and once a day. A check that fails is repeated after five minutes.
/// </summary>
public sealed partial class SandboxMonitor : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_validity = TimeSpan.FromDays(1);
    private static readonly TimeSpan s_retryInterval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_maxWait = TimeSpan.FromSeconds(10);

    private readonly CodeExecutionOptions _limits;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _checking = new(1);
    private readonly CancellationTokenSource _disposed = new();
    private readonly ConcurrentDictionary<string, Verdict> _verdicts = new(StringComparer.Ordinal);
    private volatile Start? _start;

    /// <summary>Checks nothing yet.</summary>
    public SandboxMonitor(IOptions<CodeExecutionOptions> options, TimeProvider time, ILogger<SandboxMonitor> log)
        : this(new Sandbox(options.Value), options.Value, time, log)
    {
    }

    internal SandboxMonitor(Sandbox sandbox, CodeExecutionOptions limits, TimeProvider time, ILogger log)
    {
        (Sandbox, _limits, _time, _log) = (sandbox, limits, time, log);
        if (sandbox.Missing is { } missing)
            Log.Unavailable(log, missing);
    }

    internal Sandbox Sandbox { get; }

    /// <summary>The languages of this machine, for which the sandbox is checked.</summary>
    public static IReadOnlyList<string> Languages => [.. ProgrammingLanguage.All.Where(Toolchain.Available.ContainsKey)];

    /// <summary>Returns when the sandbox holds for code in this language.</summary>
    /// <exception cref="SandboxUnavailableException">There is no sandbox, it does not hold, or the checks take longer than 10 s.</exception>
    public async Task RequireAsync(string language, CancellationToken cancellationToken)
    {
        if (Sandbox.Missing is { } missing)
            throw Unavailable(missing);
        try
        {
            await CheckAsync(language).WaitAsync(s_maxWait, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new SandboxUnavailableException("Untrusted code requires a sandbox, which is still being checked. Try again in a few seconds.", isTemporary: true);
        }
        if (ProblemFor(language) is { } problem)
            throw Unavailable(problem);
    }

    /// <summary>Why no sandbox can be started on this machine; null when one can.</summary>
    public async Task<string?> FindStartFaultAsync(CancellationToken cancellationToken)
    {
        if (Sandbox.Missing is { } missing)
            return missing;
        if (_start is { } known && IsValid(known.Fingerprint, known.At, known.Fault is null))
            return known.Fault;
        var fingerprint = Sandbox.Fingerprint;
        var fault = await new SolutionRun(Sandbox, _limits, _log).TryStartAsync(cancellationToken).ConfigureAwait(false);
        if (fault is not null)
            Log.Unavailable(_log, fault);
        _start = new Start(fault, fingerprint, _time.GetTimestamp());
        return fault;
    }

    /// <summary>Why code from users is refused, as far as it is known; null when it is not. Does not wait for checks.</summary>
    public async Task<string?> FindProblemAsync(CancellationToken cancellationToken) =>
        await FindStartFaultAsync(cancellationToken).ConfigureAwait(false) ?? _verdicts.Values.Select(v => v.Report.Problem).FirstOrDefault(p => p is not null);

    /// <summary>Carries out all checks for one language now.</summary>
    public async Task<SandboxReport> CheckNowAsync(string language, CancellationToken cancellationToken)
    {
        var fault = await FindStartFaultAsync(cancellationToken).ConfigureAwait(false);
        return fault is not null
            ? new SandboxReport(language, [], fault)
            : await new SandboxCheck(Sandbox, _limits, _log).RunAsync(Toolchain.Available[language], SandboxCheck.ProbesOf(language), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _disposed.Cancel();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval, _time);
        do
        {
            foreach (var language in Sandbox.Missing is null ? Languages : [])
                await CheckAsync(language).WaitAsync(stoppingToken).ConfigureAwait(false);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    /// <summary>Checks a language unless it has a verdict that is still valid; one check at a time.</summary>
    private async Task CheckAsync(string language)
    {
        if (HasVerdict(language))
            return;
        await _checking.WaitAsync(_disposed.Token).ConfigureAwait(false);
        try
        {
            if (HasVerdict(language))
                return;
            var fingerprint = Sandbox.Fingerprint;
            var report = await CheckNowAsync(language, _disposed.Token).ConfigureAwait(false);
            _verdicts[language] = new Verdict(report, fingerprint, _time.GetTimestamp());
            if (report.Problem is { } problem)
                Log.DoesNotHold(_log, problem);
            else
                Log.Holds(_log, language);
        }
        finally
        {
            _checking.Release();
        }
    }

    private bool HasVerdict(string language) => _verdicts.TryGetValue(language, out var verdict) && IsValid(verdict.Fingerprint, verdict.At, verdict.Report.Holds);

    private bool IsValid(string fingerprint, long at, bool isGood) =>
        _time.GetElapsedTime(at) < (isGood ? s_validity : s_retryInterval) && fingerprint == Sandbox.Fingerprint;

    /// <summary>What got out in one language is a reason to refuse them all.</summary>
    private string? ProblemFor(string language) =>
        _verdicts[language].Report.Problem ?? _verdicts.Values.FirstOrDefault(v => v.Report.Breaches.Count > 0)?.Report.Problem;

    private static SandboxUnavailableException Unavailable(string reason) => new($"Untrusted code requires a sandbox, which is unavailable on this machine: {reason}.");

    private sealed record Verdict(SandboxReport Report, string Fingerprint, long At);

    private sealed record Start(string? Fault, string Fingerprint, long At);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "No sandbox on this machine, code from users is refused: {Reason}")]
        public static partial void Unavailable(ILogger log, string reason);

        [LoggerMessage(Level = LogLevel.Error, Message = "The sandbox does not hold, code from users is refused: {Problem}")]
        public static partial void DoesNotHold(ILogger log, string problem);

        [LoggerMessage(Level = LogLevel.Information, Message = "The sandbox holds for {Language}")]
        public static partial void Holds(ILogger log, string language);
    }
}
