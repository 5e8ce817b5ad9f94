using System.Net;

namespace Deepiri.IntegrationTests;

public sealed class TaskSharingTests : TaskServiceBase
{
    private static readonly (string Method, string Path, string? Body)[] s_reads = [("GET", "", null), ("GET", "/versions", null), ("GET", "/versions/1", null), ("GET", "/dependencies", null), ("GET", "/shares", null)];
    private static readonly (string Method, string Path, string? Body)[] s_edits = [("PUT", "", """{"title":"Ours"}"""), ("POST", "/versions/1/revert", null), ("POST", "/complete", null)];
    private static readonly (string Method, string Path, string? Body)[] s_owners = [("POST", "/shares", """{"userId":"cyd"}"""), ("DELETE", "/shares/cyd", null), ("DELETE", "", null), ("POST", "/restore", null)];

    [Fact]
    public async Task Who_may_do_what_is_checked_everywhere()
    {
        var id = await CreateAsync("ada", """{"title":"Hers"}""");
        foreach (var (method, path, body) in s_reads.Concat(s_edits).Concat(s_owners))
            await FailAsync(HttpStatusCode.NotFound, "bob", new HttpMethod(method), $"/api/tasks/{id}{path}", body);
        await ShareAsync(id, "bob", "viewer");
        foreach (var (method, path, _) in s_reads)
            await OkAsync("bob", new HttpMethod(method), $"/api/tasks/{id}{path}");
        foreach (var (method, path, body) in s_edits.Concat(s_owners))
            Assert.Equal("FORBIDDEN", (await FailAsync(HttpStatusCode.Forbidden, "bob", new HttpMethod(method), $"/api/tasks/{id}{path}", body)).GetProperty("code").GetString());
        await ShareAsync(id, "bob", "editor");
        foreach (var (method, path, body) in s_edits)
            await OkAsync("bob", new HttpMethod(method), $"/api/tasks/{id}{path}", body);
        foreach (var (method, path, body) in s_owners)
            await FailAsync(HttpStatusCode.Forbidden, "bob", new HttpMethod(method), $"/api/tasks/{id}{path}", body);
        Assert.Equal("bob", (await PagesAsync("ada", $"/api/tasks/{id}/versions"))[0].GetProperty("by").GetString());
        await FailAsync(HttpStatusCode.NotFound, "cyd", HttpMethod.Get, $"/api/tasks/{id}");
    }

    [Fact]
    public async Task What_is_shared_is_listed_until_it_is_not_shared_any_more()
    {
        var id = await CreateAsync("ada", """{"title":"Hers"}""");
        await CreateAsync("bob", """{"title":"His"}""");
        await ShareAsync(id, "bob", "viewer");
        var listed = Assert.Single(await PagesAsync("bob", "/api/tasks?scope=shared"));
        Assert.Equal(("Hers", "ada", "viewer"), (listed.GetProperty("title").GetString(), listed.GetProperty("ownerId").GetString(), listed.GetProperty("role").GetString()));
        Assert.Equal("His", Assert.Single(await PagesAsync("bob", "/api/tasks")).GetProperty("title").GetString());
        Assert.Empty(await PagesAsync("ada", "/api/tasks?scope=shared"));
        await Eventually.AssertAsync(() => Assert.Equal(("bob", "Hers", "viewer"), Events("task.shared").Select(e => e.GetProperty("data")).Select(d => (d.GetProperty("userId").GetString(), d.GetProperty("title").GetString(), d.GetProperty("role").GetString())).Single()));
        // One may leave by oneself.
        await OkAsync("bob", HttpMethod.Delete, $"/api/tasks/{id}/shares/bob");
        Assert.Empty(await PagesAsync("bob", "/api/tasks?scope=shared"));
        await FailAsync(HttpStatusCode.NotFound, "bob", HttpMethod.Get, $"/api/tasks/{id}");
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{id}/shares", """{"email":"bob@example.com","role":"editor"}""");
        Assert.Equal("editor", Assert.Single(await PagesAsync("bob", "/api/tasks?scope=shared")).GetProperty("role").GetString());
        await OkAsync("ada", HttpMethod.Delete, $"/api/tasks/{id}");
        Assert.Empty(await PagesAsync("bob", "/api/tasks?scope=shared"));
    }

    [Fact]
    public async Task Reverting_a_task_does_not_share_it_again()
    {
        var id = await CreateAsync("ada", """{"title":"Hers"}""");
        await ShareAsync(id, "bob", "editor");
        await OkAsync("ada", HttpMethod.Delete, $"/api/tasks/{id}/shares/bob");
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{id}/versions/2/revert");
        await FailAsync(HttpStatusCode.NotFound, "bob", HttpMethod.Get, $"/api/tasks/{id}");
    }

    [Fact]
    public async Task Of_what_a_shared_task_depends_on_others_see_only_what_is_shared_with_them()
    {
        var (shared, hidden) = (await CreateAsync("ada", """{"title":"Shared"}"""), await CreateAsync("ada", """{"title":"Secret"}"""));
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{shared}/dependencies", $$"""{"dependsOn":"{{hidden}}"}""");
        await ShareAsync(shared, "bob", "editor");
        var seen = await OkAsync("bob", HttpMethod.Get, $"/api/tasks/{shared}/dependencies");
        Assert.Equal((true, 0), (seen.GetProperty("isBlocked").GetBoolean(), seen.GetProperty("dependsOn").GetArrayLength()));
        await ShareAsync(hidden, "bob", "viewer");
        Assert.Equal(1, (await OkAsync("bob", HttpMethod.Get, $"/api/tasks/{shared}/dependencies")).GetProperty("dependsOn").GetArrayLength());
    }

    [Fact]
    public async Task A_cycle_over_what_is_not_shared_is_refused_without_telling_of_it()
    {
        var (a, secret, c) = (await CreateAsync("ada", """{"title":"A"}"""), await CreateAsync("ada", """{"title":"Secret"}"""), await CreateAsync("ada", """{"title":"C"}"""));
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{c}/dependencies", $$"""{"dependsOn":"{{secret}}"}""");
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{secret}/dependencies", $$"""{"dependsOn":"{{a}}"}""");
        await ShareAsync(a, "bob", "editor");
        await ShareAsync(c, "bob", "viewer");
        var error = (await FailAsync(HttpStatusCode.Conflict, "bob", HttpMethod.Post, $"/api/tasks/{a}/dependencies", $$"""{"dependsOn":"{{c}}"}""")).GetRawText();
        Assert.DoesNotContain("Secret", error);
        Assert.DoesNotContain(secret, error);
    }

    [Theory]
    [InlineData("{}", "userId")]
    [InlineData("""{"userId":"bob","email":"bob@example.com"}""", "userId")]
    [InlineData("""{"userId":"bob","role":"owner"}""", "role")]
    [InlineData("""{"userId":"nobody"}""", "userId")]
    [InlineData("""{"email":"nobody@example.com"}""", "email")]
    [InlineData("""{"userId":"ada"}""", "userId")]
    public async Task What_cannot_be_shared_is_refused_by_field(string body, string field)
    {
        var id = await CreateAsync("ada", """{"title":"Hers"}""");
        Assert.NotEmpty((await FailAsync(HttpStatusCode.BadRequest, "ada", HttpMethod.Post, $"/api/tasks/{id}/shares", body)).GetProperty("details").GetProperty(field).EnumerateArray());
    }

    private Task ShareAsync(string id, string user, string role) => OkAsync("ada", HttpMethod.Post, $"/api/tasks/{id}/shares", $$"""{"userId":"{{user}}","role":"{{role}}"}""");
}
