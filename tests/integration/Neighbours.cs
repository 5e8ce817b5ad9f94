using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Deepiri.IntegrationTests;

/// <summary>Services that a test plays.</summary>
internal static class Neighbours
{
    /// <summary>auth-service as far as others ask it who has an account: a user is there whose e-mail begins with their id; only nobody is not.</summary>
    public static async Task<TestApp> AuthServiceAsync()
    {
        var auth = await TestApp.StartAsync();
        auth.Answer = (context, request) =>
        {
            var query = JsonDocument.Parse(request.Body).RootElement;
            var id = query.GetProperty("userId").GetString() ?? query.GetProperty("email").GetString()!.Split('@')[0];
            return context.Response.WriteAsJsonAsync(new { userId = id == "nobody" ? null : id });
        };
        return auth;
    }
}
