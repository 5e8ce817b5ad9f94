using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Deepiri.CodeExecution.Toolchains;
using Microsoft.Extensions.Logging;

namespace Deepiri.CodeExecution.Isolation;

/// <summary>Runs one solution in a process of its own, and reads its answers.</summary>
internal sealed class SolutionRun(Sandbox sandbox, CodeExecutionOptions limits, ILogger log)
{
    /// <summary>Calls a solution with each of its inputs.</summary>
    public async Task<RunReport> ExecuteAsync(IToolchain toolchain, CodeToRun code, bool isIsolated, CancellationToken cancellationToken)
    {
        using var directory = new RunDirectory(limits.Directory, log);
        try
        {
            var command = await toolchain.PrepareAsync(directory.Solution, code, limits, cancellationToken).ConfigureAwait(false);
            var start = await sandbox.WrapAsync(command, directory, isIsolated).ConfigureAwait(false);
            return HarnessAnswers.Read(await ExecuteAsync(start, code.Inputs, cancellationToken).ConfigureAwait(false), code.Inputs.Count);
        }
        catch (CompilationException e)
        {
            return RunReport.Failed(e.Message);
        }
    }

    /// <summary>Tries to start a program that does nothing; gives what went wrong, or null.</summary>
    public async Task<string?> TryStartAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var directory = new RunDirectory(limits.Directory, log);
            var nothing = new Command(Programs.Find("true") ?? "true", [], new Dictionary<string, string>());
            var transcript = await ExecuteAsync(await sandbox.WrapAsync(nothing, directory, isIsolated: true).ConfigureAwait(false), [], cancellationToken).ConfigureAwait(false);
            return transcript.Fault;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Win32Exception)
        {
            return e.Message;
        }
    }

    private async Task<Transcript> ExecuteAsync(ProcessStartInfo start, IReadOnlyList<string> inputs, CancellationToken cancellationToken)
    {
        using var process = Process.Start(start)!;
        using var standardInput = process.StandardInput;
        using var standardOutput = process.StandardOutput;
        using var standardError = process.StandardError;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(limits.WallTime);
        var output = new StringBuilder();
        var errors = new StringBuilder();
        try
        {
            var reading = Task.WhenAll(ReadAsync(standardOutput, output, timeout.Token), ReadAsync(standardError, errors, timeout.Token));
            await WriteAsync(standardInput, inputs, timeout.Token).ConfigureAwait(false);
            await reading.ConfigureAwait(false);
            await process.WaitForExitAsync(timeout.Token).ConfigureAwait(false);
            return new Transcript(output.ToString(), process.ExitCode == 0 ? null : HarnessAnswers.Ended(process.ExitCode, errors.ToString()));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Transcript(output.ToString(), $"took longer than {limits.WallTime.TotalSeconds:0.#} s");
        }
        catch (OutputLimitException)
        {
            return new Transcript(output.ToString(), $"wrote more than {limits.OutputBytes} bytes");
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
            if (into.Length > limits.OutputBytes)
                throw new OutputLimitException();
        }
    }

    private sealed class OutputLimitException : Exception;
}

/// <summary>What a run has written, and how it failed, if it did.</summary>
internal sealed record Transcript(string Output, string? Fault);
