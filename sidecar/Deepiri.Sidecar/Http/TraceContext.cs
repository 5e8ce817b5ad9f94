using System.Diagnostics;

namespace Deepiri.Sidecar.Http;

/// <summary>W3C trace context (https://www.w3.org/TR/trace-context/).</summary>
internal static class TraceContext
{
    /// <summary>A new <c>traceparent</c>, not sampled: whoever exports spans decides further on.</summary>
    public static string NewParent() => $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-00";
}
