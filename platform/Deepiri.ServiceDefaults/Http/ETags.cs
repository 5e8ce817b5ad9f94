using Deepiri.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Deepiri.ServiceDefaults.Http;

/// <summary>Optimistic concurrency over HTTP (RFC 9110, section 13).</summary>
public static class ETags
{
    /// <summary>Sends an item's ETag.</summary>
    public static void SetETag(this HttpResponse response, string etag) => response.Headers.ETag = $"\"{etag}\"";

    /// <summary>Checks <c>If-Match</c> and <c>If-None-Match: *</c>, when the caller sent one.</summary>
    /// <exception cref="ApiException">412 when the item has changed since the caller read it, or was not to be there.</exception>
    public static void RequireMatch(this HttpRequest request, string etag)
    {
        if (request.Headers.IfNoneMatch.Contains("*"))
            throw ApiException.PreconditionFailed();
        var sent = request.Headers.IfMatch;
        if (sent.Count == 0)
            return;
        if (!EntityTagHeaderValue.TryParseList(sent.ToArray()!, out var tags))
            throw ApiException.Validation("If-Match", "An ETag in double quotes, as the answer to GET had it.");
        if (!tags.Any(t => t.Equals(EntityTagHeaderValue.Any) || (!t.IsWeak && t.Tag == $"\"{etag}\"")))
            throw ApiException.PreconditionFailed();
    }
}
