using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Deepiri.Runner.Running;

/// <summary>Talks to the run of a data directory.</summary>
internal sealed class RunClient : IDisposable
{
    private readonly HttpClient _http;

    private RunClient(RunFile file)
    {
        Pid = file.Pid;
        _http = new HttpClient { BaseAddress = new Uri(file.ControlUrl), Timeout = TimeSpan.FromSeconds(5) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", file.ControlToken);
    }

    public int Pid { get; }

    /// <summary>The run of this directory; null when none has got as far as writing its run.json.</summary>
    public static RunClient? Find(string dataDirectory)
    {
        var path = RunFile.PathIn(dataDirectory);
        return File.Exists(path) ? new RunClient(JsonSerializer.Deserialize<RunFile>(File.ReadAllText(path), JsonSerializerOptions.Web)!) : null;
    }

    /// <summary>The status; not running when nobody answers any more.</summary>
    public async Task<RunStatus> StatusAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _http.GetFromJsonAsync<RunStatus>("/status", cancellationToken).ConfigureAwait(false) ?? RunStatus.NotRunning;
        }
        catch (HttpRequestException)
        {
            return RunStatus.NotRunning;
        }
    }

    /// <summary>Asks the run to end; false when it has ended already.</summary>
    public async Task<bool> RequestStopAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.PostAsync("/down", null, cancellationToken).ConfigureAwait(false);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    public void Dispose() => _http.Dispose();
}
