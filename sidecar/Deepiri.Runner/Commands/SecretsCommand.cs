using System.CommandLine;
using Deepiri.Runner.Secrets;
using Deepiri.Runner.Template;
using Deepiri.Sidecar.Resources;

namespace Deepiri.Runner.Commands;

/// <summary><c>deepiri secrets</c>: makes the development secrets without starting anything, for a run beside daprd.</summary>
internal static class SecretsCommand
{
    public static Command Create()
    {
        var command = new Command("secrets", "Make the development secrets that are missing, and print the file's path") { CommonOptions.RunFile };
        command.SetAction(parsed =>
        {
            try
            {
                Console.WriteLine(DevelopmentSecrets.Ensure(CommonOptions.DataDirectoryOf(parsed), RunTemplateReader.Read([CommonOptions.RunFileOf(parsed)]).Secrets));
                return 0;
            }
            catch (Exception e) when (e is ResourceException or IOException or UnauthorizedAccessException or InvalidOperationException or System.Text.Json.JsonException)
            {
                Console.Error.WriteLine(e.Message);
                return 1;
            }
        });
        return command;
    }
}
