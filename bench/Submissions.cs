using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Deepiri.TestHost;

namespace Deepiri.Bench;

/// <summary>Judging of wrong solutions, one sandboxed run each, beside the same interpreter started without a sandbox.</summary>
internal static class Submissions
{
    private const int Users = 8;
    private const int Requests = 200;
    private const int Rounds = 3;

    private static readonly (string Language, string Code)[] s_solutions =
    [
        ("python", "def solve(*args):\n    return 42"),
        ("javascript", "function solve(...args) { return 42; }"),
    ];

    public static async Task RunAsync(Report report)
    {
        using var directory = new TemporaryDirectory();
        await using var platform = await PlatformProcess.StartAsync(directory.Path);
        var users = new List<HttpClient>();
        for (var i = 0; i < Users; i++)
        {
            var client = platform.Client();
            await client.RegisterAsync($"bench{i}", $"bench{i}@example.com", "correct horse battery");
            users.Add(client.Http);
        }
        report.Header("language", "verdict alone p50 ms", "p99 ms", $"{Users} users: submissions/s", "p50 ms", "bare run p50 ms");
        foreach (var (language, code) in s_solutions)
        {
            var challenge = await GenerateAsync(users[0], language);
            await Load.ClosedAsync(1, 20, _ => SubmitAsync(users[0], challenge, code));
            var alone = new List<Latencies>();
            var together = new List<(double PerSecond, Latencies Latencies)>();
            var bare = new List<Latencies>();
            for (var round = 0; round < Rounds; round++)
            {
                alone.Add((await Load.ClosedAsync(1, 50, _ => SubmitAsync(users[0], challenge, code))).Latencies);
                together.Add(await UsersAsync(users, challenge, code));
                bare.Add((await Load.ClosedAsync(1, 20, _ => BareAsync(language))).Latencies);
            }
            report.Row(language, Latencies.Text(Median(alone, l => l.P50)), Latencies.Text(Median(alone, l => l.P99)), Median(together, t => t.PerSecond).ToString("0.0"),
                Latencies.Text(Median(together, t => t.Latencies.P50)), Latencies.Text(Median(bare, l => l.P50)));
        }
        users.ForEach(u => u.Dispose());
    }

    /// <summary>One submission at a time per user, as the API allows.</summary>
    private static async Task<(double PerSecond, Latencies Latencies)> UsersAsync(List<HttpClient> users, string challenge, string code)
    {
        var began = Stopwatch.GetTimestamp();
        var each = await Task.WhenAll(users.Select(async user =>
        {
            var latencies = new List<double>();
            for (var i = 0; i < Requests / Users; i++)
            {
                var sent = Stopwatch.GetTimestamp();
                await SubmitAsync(user, challenge, code);
                latencies.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }
            return latencies;
        }));
        return (Requests / Stopwatch.GetElapsedTime(began).TotalSeconds, new Latencies(each.SelectMany(l => l)));
    }

    private static async Task<string> GenerateAsync(HttpClient http, string language)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/challenges/generate") { Content = JsonContent.Create(new { language }) };
        request.Headers.Add("Prefer", "wait=30");
        using var response = await http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetString()!;
    }

    private static async Task SubmitAsync(HttpClient http, string challenge, string code)
    {
        using var response = await http.PostAsJsonAsync($"/api/challenges/{challenge}/submissions", new { code });
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException($"{response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
    }

    private static Task<string> BareAsync(string language) => language == "python"
        ? Shell.RunAsync("/usr/bin/python3", "-I", "-S", "-B", "-c", "import json")
        : Shell.RunAsync("node", "-e", "require('vm').createContext({})");

    private static double Median<T>(List<T> rounds, Func<T, double> figure) => rounds.Select(figure).Order().ElementAt(rounds.Count / 2);
}
