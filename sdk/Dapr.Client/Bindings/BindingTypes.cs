namespace Dapr.Client;

/// <summary>A call of an output binding.</summary>
public sealed class BindingRequest(string bindingName, string operation)
{
    /// <summary>The binding component's name.</summary>
    public string BindingName { get; } = bindingName;

    /// <summary>The operation, for example <c>create</c>.</summary>
    public string Operation { get; } = operation;

    /// <summary>The data: JSON in UTF-8, or empty.</summary>
    public ReadOnlyMemory<byte> Data { get; set; }

    /// <summary>Metadata of the call.</summary>
    public Dictionary<string, string> Metadata { get; } = [];
}

/// <summary>What an output binding answered.</summary>
public sealed class BindingResponse(BindingRequest request, ReadOnlyMemory<byte> data, IReadOnlyDictionary<string, string> metadata)
{
    /// <summary>The call.</summary>
    public BindingRequest Request { get; } = request;

    /// <summary>The data; empty when there is none.</summary>
    public ReadOnlyMemory<byte> Data { get; } = data;

    /// <summary>Metadata of the response.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; } = metadata;
}
