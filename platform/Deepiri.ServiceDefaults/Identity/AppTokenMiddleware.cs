using System.Security.Cryptography;
using System.Text;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Deepiri.ServiceDefaults.Identity;

/// <summary>The token that only this app's sidecar knows.</summary>
public sealed class AppTokenOptions
{
    /// <summary><c>APP_API_TOKEN</c>; the runner makes one per app. At least 16 characters.</summary>
    public string Token { get; set; } = "";
}

internal sealed class AppTokenOptionsValidator : IValidateOptions<AppTokenOptions>
{
    private const int Shortest = 16;

    public ValidateOptionsResult Validate(string? name, AppTokenOptions options) => options.Token.Length >= Shortest
        ? ValidateOptionsResult.Success
        : ValidateOptionsResult.Fail($"APP_API_TOKEN must have at least {Shortest} characters; './deepiri up' sets it, with the Dapr CLI run: APP_API_TOKEN=$(openssl rand -hex 24) dapr run -f .");
}

/// <summary>
/// Refuses calls that did not come through this app's own sidecar: identity headers are only to be trusted from there.
/// </summary>
internal sealed class AppTokenMiddleware(RequestDelegate next, IOptions<AppTokenOptions> options, ServiceIdentity service, TimeProvider time)
{
    private readonly byte[] _token = Encoding.UTF8.GetBytes(options.Value.Token);
    private readonly PathString[] _open = [new("/health"), .. service.IsPublic ? (PathString[])[] : [new(TelemetryExtensions.MetricsPath)], .. service.OpenPaths.Select(p => new PathString(p))];

    public Task InvokeAsync(HttpContext context)
    {
        if (IsOpen(context.Request.Path) || CryptographicOperations.FixedTimeEquals(_token, Encoding.UTF8.GetBytes(context.Request.Headers[Headers.DaprApiToken].ToString())))
            return next(context);
        return ErrorHandler.WriteAsync(context, new ApiException(StatusCodes.Status401Unauthorized, "DIRECT_CALL_REFUSED", "Only this service's own Dapr sidecar may call this; use the gateway."), time);
    }

    private bool IsOpen(PathString path)
    {
        foreach (var open in _open)
        {
            if (path.StartsWithSegments(open))
                return true;
        }
        return false;
    }
}
