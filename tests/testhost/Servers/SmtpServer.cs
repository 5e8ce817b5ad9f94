using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Deepiri.TestHost.Servers;

/// <summary>aiosmtpd, which puts what it gets into a mailbox.</summary>
/// <param name="requiresTls">Whether it takes no mail before STARTTLS, with a certificate that it has signed itself.</param>
public sealed class SmtpServer(bool requiresTls = false) : ServerProcess
{
    /// <summary>The mails that came, as they were sent.</summary>
    public IReadOnlyList<string> Mails => System.IO.Directory.Exists(Inbox) ? [.. System.IO.Directory.GetFiles(Inbox).Select(File.ReadAllText)] : [];

    private string Inbox => Path.Combine(Directory.Path, "mail", "new");

    private string Certificate => Path.Combine(Directory.Path, "certificate.pem");

    private string PrivateKey => Path.Combine(Directory.Path, "key.pem");

    protected override ProcessStartInfo Command() => new("aiosmtpd",
    [
        "--nosetuid", "--listen", $"127.0.0.1:{Port}", .. requiresTls ? (string[])["--tlscert", Certificate, "--tlskey", PrivateKey] : [],
        "--class", "aiosmtpd.handlers.Mailbox", Path.Combine(Directory.Path, "mail"),
    ]);

    protected override async Task PrepareAsync()
    {
        if (!requiresTls)
            return;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        await File.WriteAllTextAsync(Certificate, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(PrivateKey, key.ExportPkcs8PrivateKeyPem());
    }
}
