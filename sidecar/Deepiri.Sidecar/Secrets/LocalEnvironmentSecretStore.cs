using System.Collections;

namespace Deepiri.Sidecar.Secrets;

/// <summary><c>secretstores.local.env</c>: environment variables, less Dapr's own. A missing one is empty, not an error, as with daprd.</summary>
internal sealed class LocalEnvironmentSecretStore(string prefix) : ISecretStore
{
    public ValueTask<IReadOnlyDictionary<string, string>> GetAsync(string name, CancellationToken cancellationToken)
    {
        var value = IsAllowed(prefix + name) ? Environment.GetEnvironmentVariable(prefix + name) ?? "" : "";
        return ValueTask.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string> { [name] = value });
    }

    public ValueTask<IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>> GetAllAsync(CancellationToken cancellationToken)
    {
        var all = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(e => (Name: (string)e.Key, Value: (string?)e.Value ?? ""))
            .Where(e => e.Name.StartsWith(prefix, StringComparison.Ordinal) && IsAllowed(e.Name))
            .ToDictionary(e => e.Name[prefix.Length..], e => (IReadOnlyDictionary<string, string>)new Dictionary<string, string> { [e.Name[prefix.Length..]] = e.Value });
        return ValueTask.FromResult<IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>>(all);
    }

    private static bool IsAllowed(string variable) =>
        variable is not "APP_API_TOKEN" && !variable.StartsWith("DAPR_", StringComparison.OrdinalIgnoreCase);
}
