using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Deepiri.TestHost;

namespace Deepiri.Bench;

/// <summary>100 users ask for a challenge at once: workflow, model, two runs of the solution in the sandbox, store, events, notification.</summary>
internal static partial class Generations
{
    private const int AtOnce = 100;
    private static readonly string[] s_languages = ["python", "javascript", "csharp"];

    public static async Task RunAsync(Report report)
    {
        using var directory = new TemporaryDirectory();
        await using var platform = await PlatformProcess.StartAsync(directory.Path);
        using var ada = platform.Client();
        await ada.RegisterAsync("bench", "bench@example.com", "correct horse battery");
        report.Header("language", "one at a time p50 ms", $"{AtOnce} at once: challenges/s", "p50 ms", "p99 ms");
        foreach (var language in s_languages)
        {
            await Load.ClosedAsync(4, 40, _ => GenerateAsync(ada.Http, language));
            var (_, alone) = await Load.ClosedAsync(1, 20, _ => GenerateAsync(ada.Http, language));
            var (perSecond, together) = await Load.ClosedAsync(AtOnce, AtOnce, _ => GenerateAsync(ada.Http, language));
            report.Row(language, Latencies.Text(alone.P50), perSecond.ToString("0.0"), Latencies.Text(together.P50), Latencies.Text(together.P99));
        }
        using var cyrex = new HttpClient { BaseAddress = new Uri(platform.App("cyrex").GetProperty("url").GetString()!) };
        var metrics = await cyrex.GetStringAsync("/metrics");
        report.Note("Requests of a run of the selection model (24 choices for each learner):\n");
        report.Header("at most", "runs");
        var before = 0L;
        foreach (Match bucket in Bucket().Matches(metrics))
        {
            var runs = long.Parse(bucket.Groups["count"].Value);
            report.Row(bucket.Groups["le"].Value, (runs - before).ToString());
            before = runs;
        }
    }

    private static async Task GenerateAsync(HttpClient http, string language)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/challenges/generate") { Content = JsonContent.Create(new { language }) };
        request.Headers.Add("Prefer", "wait=30");
        using var answer = await http.SendAsync(request);
        if (answer.StatusCode != HttpStatusCode.Created)
            throw new InvalidOperationException($"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }

    [GeneratedRegex("""cyrex_inference_batch_size_bucket\{[^}]*model="challenge-selection"[^}]*le="(?<le>[^"]+)"[^}]*\} (?<count>\d+)""")]
    private static partial Regex Bucket();
}
