using System.Security.Cryptography;
using System.Text;

namespace Deepiri.Sidecar.Http;

/// <summary>What an app proves itself with to its sidecar (https://docs.dapr.io/operations/security/api-token/).</summary>
internal sealed class ApiToken(string? token)
{
    public const string Header = "dapr-api-token";

    private readonly byte[]? _token = token is { Length: > 0 } ? Encoding.UTF8.GetBytes(token) : null;

    /// <summary>Whether calls need it.</summary>
    public bool IsRequired => _token is not null;

    /// <summary>In a time that does not tell how much of it is right.</summary>
    public bool Matches(string sent) => _token is null || CryptographicOperations.FixedTimeEquals(_token, Encoding.UTF8.GetBytes(sent));
}
