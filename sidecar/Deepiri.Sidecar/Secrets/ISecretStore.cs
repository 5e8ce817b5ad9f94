namespace Deepiri.Sidecar.Secrets;

/// <summary>A secret store component.</summary>
internal interface ISecretStore
{
    /// <summary>A secret's names and values.</summary>
    /// <exception cref="KeyNotFoundException">There is no such secret.</exception>
    ValueTask<IReadOnlyDictionary<string, string>> GetAsync(string name, CancellationToken cancellationToken);

    /// <summary>Every secret.</summary>
    ValueTask<IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>> GetAllAsync(CancellationToken cancellationToken);
}
