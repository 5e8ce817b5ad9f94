using System.Text.Json;
using Dapr.Proto.Common.V1;
using Deepiri.Sidecar.Http;
using Deepiri.Sidecar.Resources;

namespace Deepiri.Sidecar.Scheduling;

/// <summary>How often a job that fails is tried again before its next time (null: until it succeeds), and after which pause.</summary>
internal sealed record JobRetry(int? MaxRetries, TimeSpan Interval)
{
    /// <summary>Dapr's own: three times, a second apart.</summary>
    public static JobRetry Default { get; } = new(3, TimeSpan.FromSeconds(1));

    public static JobRetry None { get; } = new(0, TimeSpan.Zero);

    /// <summary>Reads <c>failure_policy</c>; Dapr's default where there is none.</summary>
    public static JobRetry Read(JsonElement body)
    {
        if (!body.TryGetProperty("failure_policy", out var policy) && !body.TryGetProperty("failurePolicy", out policy))
            return Default;
        if (policy.ValueKind != JsonValueKind.Object)
            throw DaprErrors.DeserializingBody("'failure_policy' must be an object");
        if (policy.TryGetProperty("drop", out _))
            return None;
        if (!policy.TryGetProperty("constant", out var constant) || constant.ValueKind != JsonValueKind.Object)
            return Default;
        int? retries = !constant.TryGetProperty("maxRetries", out var most) && !constant.TryGetProperty("max_retries", out most) ? null
            : most.ValueKind == JsonValueKind.Number && most.TryGetInt32(out var count) && count >= 0 ? count
            : throw DaprErrors.DeserializingBody("'maxRetries' must be a whole number of at least 0");
        var interval = constant.Text("interval") is not { } text ? Default.Interval
            : GoDuration.TryParse(text, out var duration) ? duration
            : throw DaprErrors.DeserializingBody($"'interval' must be a duration such as 500ms or 2s, not '{text}'");
        return new JobRetry(retries, interval);
    }

    public static JobRetry Of(JobFailurePolicy? policy) => policy?.PolicyCase switch
    {
        JobFailurePolicy.PolicyOneofCase.Drop => None,
        JobFailurePolicy.PolicyOneofCase.Constant => new JobRetry(policy.Constant.HasMaxRetries ? (int)policy.Constant.MaxRetries : null, policy.Constant.Interval?.ToTimeSpan() ?? Default.Interval),
        _ => Default,
    };
}
