using Deepiri.Bench;

// `target PORT` and `sdk-target PORT` are the apps that the scenarios call, in processes of their own.
if (args is ["target" or "sdk-target", var port])
{
    await (args[0] == "target" ? Target.RunAsync(int.Parse(port)) : SdkTarget.RunAsync(int.Parse(port)));
    return 0;
}

var scenarios = new (string Name, Func<Report, Task> Run)[]
{
    ("startup", Startup.RunAsync),
    ("invoke", Invocation.RunAsync),
    ("state", StateStore.RunAsync),
    ("publish", PublishToHandler.RunAsync),
    ("actors", Actors.RunAsync),
    ("workflows", Workflows.RunAsync),
    ("gateway", GatewayThroughput.RunAsync),
    ("notify", TaskToNotification.RunAsync),
    ("inference", Inference.RunAsync),
    ("generations", Generations.RunAsync),
    ("submissions", Submissions.RunAsync),
    ("graphs", TaskGraphs.RunAsync),
    ("leaderboards", Leaderboards.RunAsync),
};
var chosen = args.Length == 0 ? scenarios : [.. scenarios.Where(s => args.Contains(s.Name))];
if (chosen.Length == 0)
{
    Console.Error.WriteLine($"There is no such benchmark; there are {string.Join(", ", scenarios.Select(s => s.Name))}.");
    return 2;
}
var report = new Report();
foreach (var (name, run) in chosen)
{
    report.Section(name);
    await run(report);
}
return 0;
