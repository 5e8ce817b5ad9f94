using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Deepiri.Runner.Running;

namespace Deepiri.Runner.Secrets;

/// <summary>
/// Makes the secrets that <c>x-deepiri.secrets</c> names, once, in the file that <c>DEEPIRI_SECRETS_FILE</c> names, or else in <c>secrets.json</c> of the
/// data directory. They are for development only.
/// </summary>
internal static class DevelopmentSecrets
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    /// <summary>The variable by which components refer to the file.</summary>
    public const string Variable = "DEEPIRI_SECRETS_FILE";

    /// <summary>What a server on this machine has that listens on 127.0.0.1 only, as those of docker-compose.yml do.</summary>
    private const string WellKnown = "deepiri-development";

    /// <summary>Makes those that are missing, and gives the file.</summary>
    /// <exception cref="InvalidOperationException">A kind of secret is unknown.</exception>
    public static string Ensure(string dataDirectory, IReadOnlyDictionary<string, string> wanted)
    {
        var file = Path.GetFullPath(Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : Path.Combine(dataDirectory, "secrets.json"));
        var secrets = File.Exists(file) ? JsonNode.Parse(File.ReadAllText(file))!.AsObject() : [];
        var missing = wanted.Where(w => !secrets.ContainsKey(w.Key)).ToList();
        if (missing.Count == 0 && File.Exists(file))
            return file;
        foreach (var (name, kind) in missing)
            secrets[name] = Make(name, kind);

        PrivateFile.CreateFolder(Path.GetDirectoryName(file)!);
        PrivateFile.Write(file, stream => JsonSerializer.Serialize(stream, secrets, s_indented));
        return file;
    }

    private static string Make(string name, string kind) => kind switch
    {
        "random" => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)),
        "es256-keys" => SigningKeys(),
        "well-known" => WellKnown,
        _ => throw new InvalidOperationException($"x-deepiri.secrets.{name} must be 'random', 'es256-keys' or 'well-known', not '{kind}'."),
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
