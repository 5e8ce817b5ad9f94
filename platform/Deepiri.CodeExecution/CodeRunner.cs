using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Deepiri.CodeExecution.Toolchains;
using Deepiri.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Deepiri.CodeExecution;

/// <summary>Runs solutions of challenges, each in a process of its own, with limits, and in a sandbox where the machine has one.</summary>
public sealed class CodeRunner : IDisposable
{
    private const int LongestFault = 500;

    private readonly CodeExecutionOptions _limits;
    private readonly SemaphoreSlim _slots;
    private readonly Sandbox _sandbox;
    private readonly ILogger _log;
    private int _runs;
    private readonly Dictionary<string, IToolchain> _toolchains =
        new IToolchain[] { ScriptToolchain.Python, ScriptToolchain.JavaScript, new CSharpToolchain() }.Where(t => t.IsAvailable).ToDictionary(t => t.Language, StringComparer.Ordinal);

    /// <summary>Removes what killed services left in the directory of the runs.</summary>
    public CodeRunner(IOptions<CodeExecutionOptions> options, TimeProvider time, ILogger<CodeRunner> log)
    {
        _limits = options.Value;
        _slots = new(_limits.Concurrency);
        _sandbox = new(_limits, time, log);
        _log = log;
        RunDirectory.Sweep(_limits.Directory, time, log);
    }

    /// <summary>The languages whose programs this machine has.</summary>
    public IReadOnlyCollection<string> Languages => _toolchains.Keys;

    /// <summary>The language for whoever has no wish.</summary>
    public string PreferredLanguage => ProgrammingLanguage.All.First(_toolchains.ContainsKey);

    /// <summary>Whether code that is not trusted can be run: bubblewrap is installed and works for this user.</summary>
    public Task<bool> IsSandboxedAsync() => _sandbox.IsAvailableAsync();

    /// <summary>Calls a solution with each of the inputs.</summary>
    /// <exception cref="NotSupportedException">The machine cannot run this language, or has no sandbox for code that is not trusted.</exception>
    /// <exception cref="ApiException">503 when too many runs wait.</exception>
    public async Task<RunReport> RunAsync(CodeToRun code, CancellationToken cancellationToken)
    {
        if (!_toolchains.TryGetValue(code.Language, out var toolchain))
            throw new NotSupportedException($"This machine cannot run {code.Language}; it can run {string.Join(", ", Languages)}.");
        if (!code.IsTrusted && !await IsSandboxedAsync().ConfigureAwait(false))
            throw new NotSupportedException("Code of others is run in a sandbox only, and this machine has none: see './deepiri doctor'.");
        if (Interlocked.Increment(ref _runs) > _limits.Concurrency + _limits.QueueLength)
        {
            Interlocked.Decrement(ref _runs);
            throw new ApiException(StatusCodes.Status503ServiceUnavailable, "RUNNER_BUSY", "Too many solutions wait to be run.", retryable: true, retryAfter: TimeSpan.FromSeconds(5));
        }
        try
        {
            await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await RunWithAsync(toolchain, code, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _slots.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _runs);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _slots.Dispose();
        _sandbox.Dispose();
    }

    private async Task<RunReport> RunWithAsync(IToolchain toolchain, CodeToRun code, CancellationToken cancellationToken)
    {
        using var directory = new RunDirectory(_limits.Directory, _log);
        try
        {
            var command = await toolchain.PrepareAsync(directory.Path, code, _limits, cancellationToken).ConfigureAwait(false);
            return Report(await ExecuteAsync(await _sandbox.WrapAsync(command, directory.Path).ConfigureAwait(false), code.Inputs, cancellationToken).ConfigureAwait(false), code.Inputs.Count);
        }
        catch (CompilationException e)
        {
            return RunReport.Failed(e.Message);
        }
    }

    private async Task<Transcript> ExecuteAsync(ProcessStartInfo start, IReadOnlyList<string> inputs, CancellationToken cancellationToken)
    {
        using var process = Process.Start(start)!;
        using var standardInput = process.StandardInput;
        using var standardOutput = process.StandardOutput;
        using var standardError = process.StandardError;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(_limits.WallTime);
        var output = new StringBuilder();
        var errors = new StringBuilder();
        try
        {
            var reading = Task.WhenAll(ReadAsync(standardOutput, output, patience.Token), ReadAsync(standardError, errors, patience.Token));
            await WriteAsync(standardInput, inputs, patience.Token).ConfigureAwait(false);
            await reading.ConfigureAwait(false);
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
            return new Transcript(output.ToString(), process.ExitCode == 0 ? null : Ended(process.ExitCode, errors));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Transcript(output.ToString(), $"took longer than {_limits.WallTime.TotalSeconds:0.#} s");
        }
        catch (OutputLimitException)
        {
            return new Transcript(output.ToString(), $"wrote more than {_limits.OutputBytes} bytes");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static async Task WriteAsync(StreamWriter to, IReadOnlyList<string> inputs, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var input in inputs)
                await to.WriteAsync((input + "\n").AsMemory(), cancellationToken).ConfigureAwait(false);
            await to.FlushAsync(cancellationToken).ConfigureAwait(false);
            to.Close();
        }
        catch (IOException)
        {
            // The process has ended before it read everything; what it wrote tells why.
        }
    }

    private async Task ReadAsync(StreamReader from, StringBuilder into, CancellationToken cancellationToken)
    {
        var buffer = new char[4096];
        while (await from.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var read and > 0)
        {
            into.Append(buffer, 0, read);
            if (into.Length > _limits.OutputBytes)
                throw new OutputLimitException();
        }
    }

    private static string Ended(int code, StringBuilder errors)
    {
        var last = errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
        return $"ended with exit code {code}{(last is null ? "" : $": {Cut(last)}")}";
    }

    private static RunReport Report(Transcript transcript, int inputs)
    {
        var calls = new List<CallResult>(inputs);
        foreach (var line in transcript.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Take(inputs))
        {
            if (Parse(line) is not { } answer)
                break;
            if (answer.TryGetProperty("fault", out var fault))
                return RunReport.Failed(Text(fault));
            calls.Add(answer.TryGetProperty("output", out var output) ? new CallResult(output.GetRawText(), null) : new CallResult(null, answer.TryGetProperty("error", out var error) ? Text(error) : "gave no answer"));
        }
        while (calls.Count < inputs)
            calls.Add(new CallResult(null, transcript.Fault ?? "gave no answer"));
        return new RunReport(calls, null);
    }

    /// <summary>An answer; null when the line was cut off, or is something that the solution has written in the harness's place.</summary>
    private static JsonElement? Parse(string line)
    {
        try
        {
            var answer = JsonElement.Parse(line);
            return answer.ValueKind == JsonValueKind.Object ? answer : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What a solution says of its fault, as far as it is text.</summary>
    private static string Text(JsonElement said)
    {
        try
        {
            return Cut(said.ToString());
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair is no text.
            return "failed with something that is no text";
        }
    }

    private static string Cut(string text) => text.Length > LongestFault ? text[..LongestFault] : text;

    private sealed record Transcript(string Output, string? Fault);

    private sealed class OutputLimitException : Exception;
}
