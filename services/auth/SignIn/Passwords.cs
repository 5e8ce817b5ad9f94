using Microsoft.AspNetCore.Identity;

namespace Deepiri.Auth.SignIn;

/// <summary>Hashes with ASP.NET Core Identity's hasher (PBKDF2).</summary>
internal sealed class Passwords
{
    private readonly PasswordHasher<object> _hasher = new();
    private readonly object _anyone = new();
    private readonly string _nobody;

    public Passwords() => _nobody = Hash(Guid.NewGuid().ToString());

    public string Hash(string password) => _hasher.HashPassword(_anyone, password);

    /// <summary>Takes as long for an account that does not exist (null) as for one that does.</summary>
    public bool Verify(string? hash, string password) =>
        _hasher.VerifyHashedPassword(_anyone, hash ?? _nobody, password) != PasswordVerificationResult.Failed && hash is not null;
}
