namespace Deepiri.Sidecar.Bindings;

/// <summary>What an app asks of an output binding.</summary>
internal sealed record BindingRequest(string Operation, ReadOnlyMemory<byte> Data, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>Metadata of the request; null when it is missing or empty.</summary>
    public string? Text(string name) => Metadata.TryGetValue(name, out var value) && value.Length > 0 ? value : null;
}

/// <summary>What an output binding answers; without data it has nothing to say.</summary>
internal sealed record BindingResponse(ReadOnlyMemory<byte> Data, IReadOnlyDictionary<string, string> Metadata)
{
    public static BindingResponse Empty { get; } = new(default, new Dictionary<string, string>());

    public static BindingResponse Of(ReadOnlyMemory<byte> data) => new(data, new Dictionary<string, string>());
}

/// <summary>The system behind a binding refused; what it answered is the app's all the same.</summary>
internal sealed class BindingException(string message, BindingResponse? response = null) : Exception(message)
{
    public BindingResponse Response { get; } = response ?? BindingResponse.Empty;
}

/// <summary>A component that apps call.</summary>
internal interface IOutputBinding
{
    /// <summary>What it can do, in the order in which Dapr's component names it.</summary>
    IReadOnlyList<string> Operations { get; }

    Task<BindingResponse> InvokeAsync(BindingRequest request, CancellationToken cancellationToken);
}

/// <summary>Hands an event to the app; an exception means that the app did not take it.</summary>
internal delegate Task BindingHandler(ReadOnlyMemory<byte> data, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken);

/// <summary>A component that calls apps.</summary>
internal interface IInputBinding
{
    /// <summary>Hands over events from now on; disposing the result stops, after the one under way.</summary>
    IAsyncDisposable Read(BindingHandler handler);
}
