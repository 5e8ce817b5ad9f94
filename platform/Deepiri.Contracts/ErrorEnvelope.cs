namespace Deepiri.Contracts;

/// <summary>The body of every error.</summary>
public sealed record ErrorEnvelope(ErrorBody Error);

/// <summary>An error.</summary>
/// <param name="Code">A constant for programs, for example <c>TASK_NOT_FOUND</c>.</param>
/// <param name="Message">A sentence for people.</param>
/// <param name="Details">More: for a validation error, a list of faults per field.</param>
/// <param name="Retryable">Whether the same request may succeed later.</param>
/// <param name="RequestId">The request's <c>X-Request-ID</c>.</param>
/// <param name="Timestamp">When.</param>
public sealed record ErrorBody(string Code, string Message, IReadOnlyDictionary<string, object?> Details, bool Retryable,
    [property: System.Text.Json.Serialization.JsonPropertyName("request_id")] string RequestId, DateTimeOffset Timestamp);

/// <summary>A page of a list.</summary>
/// <param name="Items">The items.</param>
/// <param name="Next">The cursor of the next page; null at the end.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);
