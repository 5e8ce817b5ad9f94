using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Deepiri.ServiceDefaults.Http;

/// <summary>HEAD wherever there is GET (RFC 9110, section 9.3.2).</summary>
internal static class HeadRequests
{
    /// <summary>Answers HEAD as GET; Kestrel sends no body for a request that began as HEAD.</summary>
    public static void UseHead(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (HttpMethods.IsHead(context.Request.Method))
            context.Request.Method = HttpMethods.Get;
        return next(context);
    });
}
