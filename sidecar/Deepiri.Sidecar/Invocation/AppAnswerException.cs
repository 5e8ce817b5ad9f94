using Deepiri.Sidecar.Resiliency;

namespace Deepiri.Sidecar.Invocation;

/// <summary>An app answered a call with what policies take for a failure: a status below 200 or above 399.</summary>
internal sealed class AppAnswerException(HttpResponseMessage response) : Exception($"the app answered {(int)response.StatusCode}"), IAppFailure
{
    public HttpResponseMessage Response { get; } = response;

    public int? AppStatus => (int)Response.StatusCode;

    public static bool IsFailure(HttpResponseMessage response) => (int)response.StatusCode is < 200 or > 399;
}
