using System.Text.Json;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Events;
using Deepiri.ServiceDefaults.Http;
using Deepiri.ServiceDefaults.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.Notification.DeadLetters;

/// <summary>Events that could not be delivered, for administrators.</summary>
internal static class DeadLettersApi
{
    private const int IdLength = 32;
    private const int MaxRedriven = 1000;

    private static readonly string[] s_topics = [Topics.Users, Topics.Tasks, Topics.Engagement, Topics.Challenges, Topics.Notifications];

    public static IServiceCollection AddDeadLetters(this IServiceCollection services) => services.AddSingleton<DeadLetterStore>();

    public static void MapDeadLetters(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/notifications/dead-letters").WithTags("Dead letters");
        group.MapGet("/", ListAsync).RequireRole(Roles.Admin).WithSummary("List events that could not be delivered, the newest first");
        group.MapPost("/{id}/redrive", RedriveAsync).RequireRole(Roles.Admin).WithSummary("Send one of them again");
        group.MapPost("/redrive", RedriveAllAsync).RequireRole(Roles.Admin).WithSummary("Send all of them again that were not sent since they failed; at most 1,000 at a time");
        foreach (var topic in s_topics)
            endpoints.MapDeadLetters(topic, (cloudEvent, services, cancellationToken) => services.GetRequiredService<DeadLetterStore>().AddAsync(topic, cloudEvent, cancellationToken));
    }

    private static async Task<Ok<Page<DeadLetterView>>> ListAsync([AsParameters] Paging paging, DeadLetterStore store, CancellationToken cancellationToken)
    {
        var page = await store.ListAsync(paging.Size, paging.Cursor, cancellationToken);
        return TypedResults.Ok(new Page<DeadLetterView>([.. page.Items.Select(DeadLetterView.Of)], page.Next));
    }

    private static async Task<Ok<DeadLetterView>> RedriveAsync(string id, DeadLetterStore store, CancellationToken cancellationToken)
    {
        var isId = id.Length == IdLength && id.All(char.IsAsciiHexDigitLower);
        return TypedResults.Ok(DeadLetterView.Of((isId ? await store.RedriveAsync(id, cancellationToken) : null) ?? throw ApiException.NotFound("dead letter", id)));
    }

    private static async Task<Ok<RedrivenView>> RedriveAllAsync(DeadLetterStore store, CancellationToken cancellationToken)
    {
        const int PageSize = 100;
        var redriven = 0;
        string? cursor = null;
        do
        {
            var page = await store.ListAsync(PageSize, cursor, cancellationToken);
            foreach (var letter in page.Items.Where(l => l.RedrivenAt is null).Take(MaxRedriven - redriven))
            {
                if (await store.RedriveAsync(letter.Id, cancellationToken) is not null)
                    redriven++;
            }
            cursor = page.Next;
        }
        while (cursor is not null && redriven < MaxRedriven);
        return TypedResults.Ok(new RedrivenView(redriven, cursor is not null));
    }

    /// <param name="Id">Identifier.</param>
    /// <param name="Topic">The topic that the event was published to.</param>
    /// <param name="EventId">The CloudEvent's id.</param>
    /// <param name="EventType">The CloudEvent's type.</param>
    /// <param name="Source">The app that published it.</param>
    /// <param name="Data">The CloudEvent's data.</param>
    /// <param name="Failures">How often delivery was given up.</param>
    /// <param name="FirstFailedAt">When it was given up for the first time.</param>
    /// <param name="LastFailedAt">When it was given up for the last time.</param>
    /// <param name="RedrivenAt">When it was sent again since; null when it was not.</param>
    internal sealed record DeadLetterView(string Id, string Topic, string? EventId, string? EventType, string? Source, JsonElement? Data, int Failures, DateTimeOffset FirstFailedAt, DateTimeOffset LastFailedAt, DateTimeOffset? RedrivenAt)
    {
        public static DeadLetterView Of(DeadLetter l) => new(l.Id, l.Topic, l.Attribute("id"), l.Attribute("type"), l.Attribute("source"),
            l.Event.TryGetProperty("data", out var data) ? data : null, l.Failures, l.FirstFailedAt, l.LastFailedAt, l.RedrivenAt);
    }

    /// <param name="Redriven">How many were sent again.</param>
    /// <param name="HasMore">Whether there may be more of them; call again.</param>
    internal sealed record RedrivenView(int Redriven, bool HasMore);
}
