using System.Net;
using System.Text.Json;

namespace Deepiri.IntegrationTests;

public sealed class TaskVersionTests : TaskServiceBase
{
    [Fact]
    public async Task Every_change_is_a_version_with_who_when_and_what()
    {
        var id = await CreateAsync("ada", """{"title":"One","tags":["a"]}""");
        Tasks.Time.Advance(TimeSpan.FromMinutes(1));
        await OkAsync("ada", HttpMethod.Put, $"/api/tasks/{id}", """{"title":"Two","tags":["a"],"estimateMinutes":30}""");
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{id}/complete");
        var versions = await PagesAsync("ada", $"/api/tasks/{id}/versions?limit=2");
        Assert.Equal([3, 2, 1], versions.Select(v => v.GetProperty("version").GetInt32()));
        Assert.All(versions, v => Assert.Equal("ada", v.GetProperty("by").GetString()));
        Assert.Equal(["""{"field":"status","from":"todo","to":"done"}"""], Changes(versions[0]));
        Assert.Equal(["""{"field":"title","from":"One","to":"Two"}""", """{"field":"estimateMinutes","from":null,"to":30}"""], Changes(versions[1]));
        Assert.Equal("2026-03-02T10:01:00+00:00", versions[1].GetProperty("at").GetString());
        var first = await OkAsync("ada", HttpMethod.Get, $"/api/tasks/{id}/versions/1");
        Assert.Equal("One", first.GetProperty("fields").GetProperty("title").GetString());
        await FailAsync(HttpStatusCode.NotFound, "ada", HttpMethod.Get, $"/api/tasks/{id}/versions/4");
        await FailAsync(HttpStatusCode.NotFound, "ada", HttpMethod.Get, $"/api/tasks/{id}/versions/0");
    }

    [Fact]
    public async Task Reverting_is_a_change_of_its_own_and_can_be_reverted()
    {
        var id = await CreateAsync("ada", """{"title":"One","description":"first"}""");
        await OkAsync("ada", HttpMethod.Put, $"/api/tasks/{id}", """{"title":"Two"}""");
        var reverted = await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{id}/versions/1/revert");
        Assert.Equal(("One", "first", 3), (reverted.GetProperty("title").GetString(), reverted.GetProperty("description").GetString(), reverted.GetProperty("version").GetInt32()));
        Assert.Equal(3, (await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{id}/versions/1/revert")).GetProperty("version").GetInt32());
        Assert.Equal("Two", (await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{id}/versions/2/revert")).GetProperty("title").GetString());
    }

    [Fact]
    public async Task Reverting_minds_If_Match_and_what_others_did_meanwhile()
    {
        var id = await CreateAsync("ada", """{"title":"One"}""");
        await OkAsync("ada", HttpMethod.Put, $"/api/tasks/{id}", """{"title":"Two"}""");
        using var request = Tasks.As("ada", HttpMethod.Post, $"/api/tasks/{id}/versions/1/revert");
        request.Headers.TryAddWithoutValidation("If-Match", "\"stale\"");
        using var answer = await Tasks.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.PreconditionFailed, answer.StatusCode);
    }

    /// <summary>The newest fifty, of those before every tenth, and the first; what a version changed is told since the one before that is kept.</summary>
    [Fact]
    public async Task Old_versions_are_thinned_out()
    {
        var id = await CreateAsync("ada", """{"title":"0"}""");
        for (var i = 1; i <= 104; i++)
            await OkAsync("ada", HttpMethod.Put, $"/api/tasks/{id}", $$"""{"title":"{{i}}"}""");
        var versions = await PagesAsync("ada", $"/api/tasks/{id}/versions?limit=20");
        Assert.Equal([.. Enumerable.Range(55, 51).Reverse(), 50, 40, 30, 20, 10, 1], versions.Select(v => v.GetProperty("version").GetInt32()));
        Assert.Equal(["""{"field":"title","from":"29","to":"39"}"""], Changes(versions.Single(v => v.GetProperty("version").GetInt32() == 40)));
        await FailAsync(HttpStatusCode.NotFound, "ada", HttpMethod.Get, $"/api/tasks/{id}/versions/41");
        await FailAsync(HttpStatusCode.NotFound, "ada", HttpMethod.Post, $"/api/tasks/{id}/versions/41/revert");
        Assert.Equal("0", (await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{id}/versions/1/revert")).GetProperty("title").GetString());
    }

    [Fact]
    public async Task Of_many_writers_at_once_no_version_is_lost_or_written_over()
    {
        var id = await CreateAsync("ada", """{"title":"start"}""");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => SendAsync("ada", HttpMethod.Put, $"/api/tasks/{id}", $$"""{"title":"{{i}}"}""")));
        var written = 0;
        foreach (var answer in answers.Where(a => a.StatusCode == HttpStatusCode.OK))
        {
            var task = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
            var version = await OkAsync("ada", HttpMethod.Get, $"/api/tasks/{id}/versions/{task.GetProperty("version").GetInt32()}");
            Assert.Equal(task.GetProperty("title").GetString(), version.GetProperty("fields").GetProperty("title").GetString());
            written++;
        }
        Assert.Equal(written + 1, (await PagesAsync("ada", $"/api/tasks/{id}/versions")).Count);
    }

    private static IEnumerable<string> Changes(JsonElement version) => version.GetProperty("changes").EnumerateArray().Select(c => c.GetRawText());
}
