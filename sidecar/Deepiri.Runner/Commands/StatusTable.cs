using Deepiri.Runner.Running;
using Spectre.Console;

namespace Deepiri.Runner.Commands;

/// <summary>The table of apps that <c>up</c> and <c>status</c> print.</summary>
internal static class StatusTable
{
    private const int WidthOfFiles = 160;

    public static void Print(RunStatus status)
    {
        if (Console.IsOutputRedirected)
        {
            // A file or a pipe has no width to fit and no colours.
            AnsiConsole.Profile.Width = WidthOfFiles;
            AnsiConsole.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
        }
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("app", "state", "url", "dapr", "pid", "restarts");
        foreach (var app in status.Apps.OrderBy(a => a.Url, StringComparer.Ordinal))
        {
            table.AddRow(app.AppId, Coloured(app.State), app.Url ?? "", app.DaprUrl, app.Pid?.ToString() ?? "",
                app.Restarts == 0 ? "" : $"{app.Restarts} ({Markup.Escape(app.LastExit ?? "")})");
        }
        AnsiConsole.Write(table);
        foreach (var app in status.Apps)
        {
            foreach (var problem in app.Problems)
                AnsiConsole.MarkupLine($"[yellow]{app.AppId} is {Markup.Escape(app.State == "healthy" ? "degraded" : app.State)}:[/] {Markup.Escape(problem)}");
        }
        foreach (var fault in status.ReloadFaults)
            AnsiConsole.MarkupLine($"[red]Resources have changed and cannot be used; those before stay in use:[/]{Environment.NewLine}{Markup.Escape(fault)}");
    }

    private static string Coloured(string state) => state switch
    {
        "healthy" or "sidecar-only" => $"[green]{state}[/]",
        "starting" => $"[yellow]{state}[/]",
        _ => $"[red]{state}[/]",
    };
}
