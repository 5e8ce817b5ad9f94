using Microsoft.AspNetCore.Http;

namespace Deepiri.ServiceDefaults.Errors;

/// <summary>An answer other than success, as the error envelope tells it.</summary>
public sealed class ApiException(int status, string code, string message, IReadOnlyDictionary<string, object?>? details = null, bool retryable = false, TimeSpan? retryAfter = null) : Exception(message)
{
    /// <summary>The HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>The code for programs.</summary>
    public string Code { get; } = code;

    /// <summary>More, by name.</summary>
    public IReadOnlyDictionary<string, object?> Details { get; } = details ?? new Dictionary<string, object?>();

    /// <summary>Whether the same request may succeed later.</summary>
    public bool Retryable { get; } = retryable;

    /// <summary>When to try again (<c>Retry-After</c>).</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>404: there is none, or it belongs to somebody else, which a caller must not be able to tell apart.</summary>
    public static ApiException NotFound(string what, string id) =>
        new(StatusCodes.Status404NotFound, $"{what.ToUpperInvariant().Replace(' ', '_')}_NOT_FOUND", $"There is no {what.ToLowerInvariant()} '{id}'.");

    /// <summary>400 with every fault, by field.</summary>
    public static ApiException Validation(IReadOnlyDictionary<string, string[]> faults) =>
        new(StatusCodes.Status400BadRequest, "VALIDATION_FAILED", "The request has faults; see details.", faults.ToDictionary(f => f.Key, f => (object?)f.Value));

    /// <summary>400 with one fault.</summary>
    public static ApiException Validation(string field, string fault) => Validation(new Dictionary<string, string[]> { [field] = [fault] });

    /// <summary>412: the item has changed since the caller read it.</summary>
    public static ApiException PreconditionFailed() =>
        new(StatusCodes.Status412PreconditionFailed, "PRECONDITION_FAILED", "The item has changed since you read it. Read it again and repeat your change.");

    /// <summary>409: others changed the same item at the same moment, again and again.</summary>
    public static ApiException Conflict() =>
        new(StatusCodes.Status409Conflict, "CONFLICT", "Too many changes of the same item at once. Try again.", retryable: true, retryAfter: TimeSpan.FromSeconds(1));

    /// <summary>422: an Idempotency-Key came with another request than the first time.</summary>
    public static ApiException KeyReused() =>
        new(StatusCodes.Status422UnprocessableEntity, "IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key was used for another request. Use a new one.");

    /// <summary>503: another service does not answer.</summary>
    public static ApiException Unavailable(string service) =>
        new(StatusCodes.Status503ServiceUnavailable, "SERVICE_UNAVAILABLE", $"{service} does not answer at the moment.", new Dictionary<string, object?> { ["service"] = service }, retryable: true, retryAfter: TimeSpan.FromSeconds(2));
}
