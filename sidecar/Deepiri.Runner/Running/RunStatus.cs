namespace Deepiri.Runner.Running;

/// <summary>What <c>deepiri status --json</c> prints.</summary>
/// <param name="ReloadFaults">What is wrong with resources that were changed while the platform runs; those before stay in use.</param>
internal sealed record RunStatus(bool Running, bool Ready, int? Pid, string? DataDirectory, IReadOnlyList<AppStatus> Apps, IReadOnlyList<string> ReloadFaults)
{
    public static RunStatus NotRunning { get; } = new(false, false, null, null, [], []);
}

/// <summary>The state of one app.</summary>
/// <param name="State">starting, healthy, unhealthy, restarting, stopped, or sidecar-only (an app without a command).</param>
/// <param name="LastExit">How the app ended last, when it did.</param>
/// <param name="Problems">What the app's health says is wrong with its components, as <c>component: reason</c>.</param>
internal sealed record AppStatus(string AppId, string State, int? Pid, string? Url, string DaprUrl, int Restarts, string? LastExit, IReadOnlyList<string> Problems);

/// <summary>What the runner leaves in <c>run.json</c> so that the other commands find it.</summary>
internal sealed record RunFile(int Pid, string ControlUrl, string ControlToken)
{
    public static string PathIn(string dataDirectory) => Path.Combine(dataDirectory, "run.json");
}
