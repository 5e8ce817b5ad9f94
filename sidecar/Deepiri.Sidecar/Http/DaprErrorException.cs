using System.Text.Json.Nodes;
using Deepiri.Sidecar.Resiliency;
using Grpc.Core;

namespace Deepiri.Sidecar.Http;

/// <summary>An answer of Dapr's API other than success: status, <c>errorCode</c>, <c>message</c> and <c>details</c> over HTTP; status and message over gRPC.</summary>
internal sealed class DaprErrorException(int status, string errorCode, string message, params JsonObject[] details) : Exception(message), IAppFailure
{
    public int Status { get; } = status;

    /// <inheritdoc/>
    public int? AppStatus { get; init; }

    /// <summary>The status over gRPC; what goes with the one of HTTP when it is not said.</summary>
    public StatusCode Grpc { get; init; } = status switch
    {
        400 => StatusCode.InvalidArgument,
        401 => StatusCode.Unauthenticated,
        403 => StatusCode.PermissionDenied,
        404 => StatusCode.NotFound,
        409 => StatusCode.Aborted,
        413 => StatusCode.ResourceExhausted,
        501 => StatusCode.Unimplemented,
        503 => StatusCode.Unavailable,
        _ => StatusCode.Internal,
    };

    public JsonObject ToJson()
    {
        var body = new JsonObject { ["errorCode"] = errorCode, ["message"] = Message };
        if (details.Length > 0)
            body["details"] = new JsonArray([.. details.Select(d => (JsonNode)d.DeepClone())]);
        return body;
    }
}

/// <summary>The <c>details</c> of Dapr's errors, after google.rpc.</summary>
internal static class ErrorDetail
{
    public static JsonObject ErrorInfo(string reason, params ReadOnlySpan<(string Name, string Value)> metadata)
    {
        var values = new JsonObject();
        foreach (var (name, value) in metadata)
            values[name] = value;
        return new JsonObject { ["@type"] = "type.googleapis.com/google.rpc.ErrorInfo", ["domain"] = "dapr.io", ["metadata"] = values, ["reason"] = reason };
    }

    public static JsonObject ResourceInfo(string type, string name, string description = "") => new()
    {
        ["@type"] = "type.googleapis.com/google.rpc.ResourceInfo",
        ["description"] = description,
        ["owner"] = "",
        ["resource_name"] = name,
        ["resource_type"] = type,
    };

    public static JsonObject BadRequest(string field, string description) => new()
    {
        ["@type"] = "type.googleapis.com/google.rpc.BadRequest",
        ["field_violations"] = new JsonArray(new JsonObject { ["field"] = field, ["description"] = description }),
    };

    public static JsonObject Help(string url, string description) => new()
    {
        ["@type"] = "type.googleapis.com/google.rpc.Help",
        ["links"] = new JsonArray(new JsonObject { ["description"] = description, ["url"] = url }),
    };
}
