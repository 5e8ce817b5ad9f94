using System.CommandLine;
using System.Text.Json;
using Deepiri.Runner.Running;

namespace Deepiri.Runner.Commands;

/// <summary><c>deepiri status</c>: exit code 0 when everything is healthy, 1 otherwise.</summary>
internal static class StatusCommand
{
    private static readonly Option<bool> s_json = new("--json") { Description = "Print JSON" };
    private static readonly JsonSerializerOptions s_indented = new(JsonSerializerOptions.Web) { WriteIndented = true };

    public static Command Create()
    {
        var command = new Command("status", "Show the apps of the running platform") { s_json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var directory = CommonOptions.DataDirectoryOf(parsed);
            using var client = RunClient.Find(directory);
            var status = client is null ? RunStatus.NotRunning : await client.StatusAsync(cancellationToken);
            if (parsed.GetValue(s_json))
                Console.WriteLine(JsonSerializer.Serialize(status, s_indented));
            else if (status.Running)
                StatusTable.Print(status);
            else
                Console.WriteLine($"No platform runs in {directory}. Start one with 'deepiri up'.");
            return status.Ready ? 0 : 1;
        });
        return command;
    }
}
