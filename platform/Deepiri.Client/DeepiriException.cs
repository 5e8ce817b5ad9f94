using System.Net;

namespace Deepiri.Client;

/// <summary>The platform refused a request: the error envelope's code and message, and the HTTP status.</summary>
public sealed class DeepiriException(HttpStatusCode status, string code, string message) : Exception($"{(int)status} {code}: {message}")
{
    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>The error envelope's <c>code</c>, for example <c>TASK_NOT_FOUND</c>.</summary>
    public string Code { get; } = code;
}
