using System.Diagnostics;

namespace Deepiri.TestHost.Servers;

/// <summary>aiosmtpd, which puts what it gets into a mailbox.</summary>
public sealed class SmtpServer : ServerProcess
{
    /// <summary>The mails that came, as they were sent.</summary>
    public IReadOnlyList<string> Mails => System.IO.Directory.Exists(Inbox) ? [.. System.IO.Directory.GetFiles(Inbox).Select(File.ReadAllText)] : [];

    private string Inbox => Path.Combine(Directory.Path, "mail", "new");

    protected override ProcessStartInfo Command() => new("aiosmtpd", ["--nosetuid", "--listen", $"127.0.0.1:{Port}", "--class", "aiosmtpd.handlers.Mailbox", Path.Combine(Directory.Path, "mail")]);
}
