using System.Text.Json;
using Deepiri.Sidecar.Components;

namespace Deepiri.Sidecar.Secrets;

/// <summary><c>secretstores.local.file</c>: a JSON file, nested names joined by <c>nestedSeparator</c>, or one level of nesting kept with <c>multiValued</c>.</summary>
internal sealed class LocalFileSecretStore : ISecretStore
{
    private readonly Dictionary<string, IReadOnlyDictionary<string, string>> _secrets = new(StringComparer.Ordinal);
    private readonly string _separator;

    public LocalFileSecretStore(ComponentContext context)
    {
        _separator = context.Metadata.Text("nestedSeparator") ?? ":";
        var multiValued = context.Metadata.Flag("multiValued");
        var file = Path.GetFullPath(context.Metadata.Required("secretsFile"), context.Run.DataDirectory);
        using var document = Parse(file);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            throw new ComponentException($"'{file}' must hold a JSON object");
        foreach (var property in document.RootElement.EnumerateObject())
        {
            var flat = new Dictionary<string, string>();
            if (multiValued && property.Value.ValueKind == JsonValueKind.Object)
            {
                foreach (var inner in property.Value.EnumerateObject())
                    Flatten(inner.Name, inner.Value, flat);
                _secrets[property.Name] = flat;
                continue;
            }
            Flatten(property.Name, property.Value, flat);
            foreach (var (name, value) in flat)
                _secrets[name] = new Dictionary<string, string> { [name] = value };
        }
    }

    public ValueTask<IReadOnlyDictionary<string, string>> GetAsync(string name, CancellationToken cancellationToken) =>
        _secrets.TryGetValue(name, out var secret) ? ValueTask.FromResult(secret) : throw new KeyNotFoundException($"secret {name} not found");

    public ValueTask<IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>> GetAllAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>>(_secrets);

    private static JsonDocument Parse(string file)
    {
        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ComponentException($"secrets file '{file}' cannot be read: {e.Message}", e);
        }
    }

    private void Flatten(string name, JsonElement value, Dictionary<string, string> into)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var inner in value.EnumerateObject())
                    Flatten(name + _separator + inner.Name, inner.Value, into);
                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in value.EnumerateArray())
                    Flatten($"{name}{_separator}{index++}", item, into);
                break;
            default:
                into[name] = value.ToString();
                break;
        }
    }
}
