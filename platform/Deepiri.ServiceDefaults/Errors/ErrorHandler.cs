using System.Text.Json;
using Dapr;
using Deepiri.Contracts;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Deepiri.ServiceDefaults.Errors;

/// <summary>Turns every exception, and every bare error status, into the error envelope.</summary>
public sealed class ErrorHandler(ILogger<ErrorHandler> log, TimeProvider time) : IExceptionHandler
{
    /// <inheritdoc/>
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        await WriteAsync(httpContext, Translate(exception, httpContext), time).ConfigureAwait(false);
        return true;
    }

    /// <summary>Writes an error as the response.</summary>
    public static async Task WriteAsync(HttpContext context, ApiException error, TimeProvider time)
    {
        if (await IsBodyMissingAsync(context, error.Status).ConfigureAwait(false))
            error = new ApiException(StatusCodes.Status400BadRequest, "BAD_REQUEST", "This needs a body: send JSON, with Content-Type: application/json.");
        context.Response.StatusCode = error.Status;
        if (error.RetryAfter is { } wait)
            context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString();
        var body = new ErrorBody(error.Code, error.Message, error.Details, error.Retryable, context.TraceIdentifier, time.GetUtcNow());
        await context.Response.WriteAsJsonAsync(new ErrorEnvelope(body), PlatformJson.Options, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>An envelope for a status that was set without a body: an unknown route, a wrong method.</summary>
    public static Task WriteStatusAsync(StatusCodeContext status)
    {
        var context = status.HttpContext;
        // Generated routes answer so when a parameter cannot be parsed.
        if (context.Response.StatusCode == StatusCodes.Status400BadRequest && InvalidParameters.Find(context) is { } invalid)
            return WriteAsync(context, invalid, context.RequestServices.GetRequiredService<TimeProvider>());
        var (code, message) = context.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => ("NOT_FOUND", $"There is nothing at {context.Request.Path}."),
            StatusCodes.Status405MethodNotAllowed => ("METHOD_NOT_ALLOWED", $"{context.Request.Method} is not possible here."),
            StatusCodes.Status415UnsupportedMediaType => ("UNSUPPORTED_MEDIA_TYPE", "Send JSON, with Content-Type: application/json."),
            _ => ("REQUEST_FAILED", $"The request failed with status {context.Response.StatusCode}."),
        };
        return WriteAsync(context, new ApiException(context.Response.StatusCode, code, message), context.RequestServices.GetRequiredService<TimeProvider>());
    }

    private ApiException Translate(Exception exception, HttpContext context)
    {
        switch (exception)
        {
            case ApiException error:
                return error;
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return new ApiException(StatusCodes.Status413PayloadTooLarge, "PAYLOAD_TOO_LARGE", "The request body is too large.");
            case BadHttpRequestException { InnerException: JsonException json }:
                return ApiException.Validation(json.Path is { Length: > 1 } path ? path.TrimStart('$', '.') : "body", JsonFault(json));
            case BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } when InvalidParameters.Find(context) is { } invalid:
                return invalid;
            case BadHttpRequestException bad:
                return new ApiException(bad.StatusCode, bad.StatusCode == StatusCodes.Status415UnsupportedMediaType ? "UNSUPPORTED_MEDIA_TYPE" : "BAD_REQUEST", bad.Message);
            case DaprException dapr:
                Log.SidecarFailed(log, context.Request.Method, context.Request.Path, dapr);
                return ApiException.Unavailable("the Dapr sidecar or one of its components");
            default:
                Log.Unhandled(log, context.Request.Method, context.Request.Path, exception);
                return new ApiException(StatusCodes.Status500InternalServerError, "INTERNAL_ERROR", "Something went wrong on our side.");
        }
    }

    /// <summary>
    /// A request without a body is a 400. daprd passes it on as one in chunks, of which there are none, and without a Content-Type; ASP.NET Core calls
    /// that a wrong media type.
    /// </summary>
    private static async Task<bool> IsBodyMissingAsync(HttpContext context, int status) =>
        status == StatusCodes.Status415UnsupportedMediaType && string.IsNullOrEmpty(context.Request.ContentType)
            && await context.Request.Body.ReadAsync(new byte[1], context.RequestAborted).ConfigureAwait(false) == 0;

    /// <summary>System.Text.Json's messages name our types; users are told the place instead.</summary>
    private static string JsonFault(JsonException e) => e.Message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal)
        ? "The value has the wrong type or is not one of the known words."
        : $"Not valid JSON at line {e.LineNumber + 1}, position {e.BytePositionInLine + 1}.";
}

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    public static partial void Unhandled(ILogger log, string method, string path, Exception e);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path}: the Dapr sidecar refused or did not answer")]
    public static partial void SidecarFailed(ILogger log, string method, string path, Exception e);
}
