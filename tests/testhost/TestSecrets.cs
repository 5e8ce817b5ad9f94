using System.Security.Cryptography;
using System.Text.Json;

namespace Deepiri.TestHost;

/// <summary>The secrets that the runner would make on its first start.</summary>
public static class TestSecrets
{
    /// <summary>Writes them unless they are there, and gives the file.</summary>
    public static string Write(string directory)
    {
        var file = Path.Combine(directory, "secrets.json");
        if (File.Exists(file))
            return file;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(file, JsonSerializer.Serialize(new Dictionary<string, string>
        {
            ["auth-signing-keys"] = JsonSerializer.Serialize(new[] { new { kid = "test", pem = key.ExportPkcs8PrivateKeyPem() } }),
            ["refresh-token-key"] = Guid.NewGuid().ToString("N"),
            ["realtime-gateway-token"] = Guid.NewGuid().ToString("N"),
        }));
        return file;
    }
}
