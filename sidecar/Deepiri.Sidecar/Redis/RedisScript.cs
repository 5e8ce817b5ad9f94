using System.Security.Cryptography;
using System.Text;

namespace Deepiri.Sidecar.Redis;

/// <summary>A Lua script, which Redis runs as one step.</summary>
internal sealed class RedisScript(string text)
{
    public string Text => text;

    /// <summary>By which the server knows it; SHA-1 is Redis's choice.</summary>
#pragma warning disable CA5350
    public string Hash { get; } = Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5350
}
