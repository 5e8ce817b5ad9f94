using System.Text.Json;

namespace Deepiri.CodeExecution.Isolation;

/// <summary>Reads the lines of JSON with which a harness answers. The solution may have written them itself, so anything can be in them.</summary>
internal static class HarnessAnswers
{
    private const int MaxErrorLength = 500;

    public static RunReport Read(Transcript transcript, int inputs)
    {
        var calls = new List<CallResult>(inputs);
        foreach (var line in transcript.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Take(inputs))
        {
            if (Parse(line) is not { } answer)
                break;
            if (answer.TryGetProperty("fault", out var fault))
                return RunReport.Failed(Text(fault));
            calls.Add(ResultOf(answer));
        }
        while (calls.Count < inputs)
            calls.Add(new CallResult(null, transcript.Fault ?? "gave no answer"));
        return new RunReport(calls, null);
    }

    /// <summary>How a process ended, with the last line of its standard error.</summary>
    public static string Ended(int exitCode, string errors)
    {
        var last = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
        return $"ended with exit code {exitCode}{(last is null ? "" : $": {Cut(last)}")}";
    }

    private static CallResult ResultOf(JsonElement answer)
    {
        if (answer.TryGetProperty("output", out var output))
            return new CallResult(output.GetRawText(), null);
        return new CallResult(null, answer.TryGetProperty("error", out var error) ? Text(error) : "gave no answer");
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

    private static string Text(JsonElement value)
    {
        try
        {
            return Cut(value.ToString());
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair is not text.
            return "failed with a message that is not text";
        }
    }

    private static string Cut(string text) => text.Length > MaxErrorLength ? text[..MaxErrorLength] : text;
}
