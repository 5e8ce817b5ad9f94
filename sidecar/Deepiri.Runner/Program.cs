using System.CommandLine;
using System.Runtime.Versioning;
using Deepiri.Runner.Commands;

[assembly: SupportedOSPlatform("linux")]

var root = new RootCommand("Deepiri: work and learning as a game, on Dapr")
{
    CommonOptions.DataDirectory,
    UpCommand.Create(),
    DownCommand.Create(),
    StatusCommand.Create(),
    LogsCommand.Create(),
    DemoCommand.Create(),
    DoctorCommand.Create(),
    SecretsCommand.Create(),
};
// Ctrl-C is for 'up' to handle, which has apps to end first.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
