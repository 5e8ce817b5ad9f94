using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Deepiri.Runner.Running;

namespace Deepiri.Runner.Secrets;

/// <summary>Makes the secrets that <c>x-deepiri.secrets</c> names, once, in <c>secrets.json</c> of the data directory. They are for development only.</summary>
internal static class DevelopmentSecrets
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    public static void Ensure(string dataDirectory, IReadOnlyDictionary<string, string> wanted)
    {
        var file = Path.Combine(dataDirectory, "secrets.json");
        var secrets = File.Exists(file) ? JsonNode.Parse(File.ReadAllText(file))!.AsObject() : [];
        var missing = wanted.Where(w => !secrets.ContainsKey(w.Key)).ToList();
        if (missing.Count == 0 && File.Exists(file))
            return;
        foreach (var (name, kind) in missing)
            secrets[name] = Make(name, kind);

        PrivateFile.Write(file, stream => JsonSerializer.Serialize(stream, secrets, s_indented));
    }

    private static string Make(string name, string kind) => kind switch
    {
        "random" => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)),
        "es256-keys" => SigningKeys(),
        _ => throw new InvalidOperationException($"x-deepiri.secrets.{name} must be 'random' or 'es256-keys', not '{kind}'."),
    };

    /// <summary>A JSON list of <c>{kid, pem}</c>; the first key signs, all verify.</summary>
    private static string SigningKeys()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new JsonArray(new JsonObject
        {
            ["kid"] = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)),
            ["pem"] = key.ExportPkcs8PrivateKeyPem(),
        }).ToJsonString();
    }
}
