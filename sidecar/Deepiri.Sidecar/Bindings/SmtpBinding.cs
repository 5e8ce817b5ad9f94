using System.Net.Sockets;
using System.Text;
using Deepiri.Sidecar.Components;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using MimeKit.Text;

namespace Deepiri.Sidecar.Bindings;

/// <summary>
/// <c>bindings.smtp</c>: sends mail (https://docs.dapr.io/reference/components-reference/supported-bindings/smtp/). Port 465 speaks TLS from the first
/// byte; on others STARTTLS is used where the server offers it, and a password is never sent without.
/// </summary>
internal sealed class SmtpBinding : IOutputBinding
{
    public static readonly string[] MetadataNames = ["host", "port", "user", "password", "skipTLSVerify", "emailFrom", "emailTo", "emailCC", "emailBCC", "subject", "priority"];

    private const int ImplicitTlsPort = 465;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private readonly ComponentMetadata _metadata;
    private readonly string _host;
    private readonly int _port;
    private readonly bool _skipsVerification;
    private readonly (string User, string Password)? _credentials;

    public SmtpBinding(ComponentContext context)
    {
        _metadata = context.Metadata;
        _host = _metadata.Required("host");
        _port = _metadata.Number("port", 0, 1);
        if (_port == 0)
            throw new ComponentException("smtp binding error: port parsing error: metadata 'port' is missing");
        _skipsVerification = _metadata.Flag("skipTLSVerify");
        _credentials = (_metadata.Text("user"), _metadata.Text("password")) switch
        {
            (null, null) => null,
            ({ } user, { } password) => (user, password),
            _ => throw new ComponentException("smtp binding error: both user and password fields must be filled, or none of them"),
        };
        try
        {
            Priority(_metadata.Text("priority"));
        }
        catch (BindingException e)
        {
            throw new ComponentException(e.Message, e);
        }
    }

    public IReadOnlyList<string> Operations { get; } = ["create"];

    public async Task<BindingResponse> InvokeAsync(BindingRequest request, CancellationToken cancellationToken)
    {
        using var message = Message(request);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        try
        {
            // Whether a certificate was revoked is not asked: its authority may be out of reach, and Dapr does not ask either.
            using var client = new SmtpClient { CheckCertificateRevocation = false };
            if (_skipsVerification)
                client.ServerCertificateValidationCallback = (_, _, _, _) => true;
            await client.ConnectAsync(_host, _port, Security(), patience.Token).ConfigureAwait(false);
            if (_credentials is var (user, password))
                await client.AuthenticateAsync(user, password, patience.Token).ConfigureAwait(false);
            await client.SendAsync(message, patience.Token).ConfigureAwait(false);
            await client.DisconnectAsync(quit: true, patience.Token).ConfigureAwait(false);
            return BindingResponse.Empty;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BindingException($"error from smtp binding, sending email failed: {_host}:{_port} did not answer within {s_patience.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is CommandException or ProtocolException or SslHandshakeException or AuthenticationException or SocketException or IOException or NotSupportedException)
        {
            throw new BindingException($"error from smtp binding, sending email failed: {e.Message}");
        }
    }

    private SecureSocketOptions Security() => _port == ImplicitTlsPort ? SecureSocketOptions.SslOnConnect
        : _credentials is null ? SecureSocketOptions.StartTlsWhenAvailable
        : SecureSocketOptions.StartTls;

    private MimeMessage Message(BindingRequest request)
    {
        string? Value(string name) => (request.Text(name) ?? _metadata.Text(name)) is not { } value ? null
            : value.AsSpan().IndexOfAny('\r', '\n') < 0 ? value
            : throw new BindingException($"smtp binding error: {name} must be one line");
        string Needed(string name) => Value(name) ?? throw new BindingException($"smtp binding error: {name} property not supplied in configuration- or request-metadata");
        try
        {
            var message = new MimeMessage { Subject = Needed("subject"), Body = new TextPart(TextFormat.Html) { Text = Encoding.UTF8.GetString(GoString.Unquote(request.Data).Span) } };
            message.From.Add(MailboxAddress.Parse(Needed("emailFrom")));
            message.To.AddRange(Addresses(Needed("emailTo")));
            if (message.To.Count == 0)
                throw new BindingException("smtp binding error: emailTo names nobody");
            message.Cc.AddRange(Addresses(Value("emailCC")));
            message.Bcc.AddRange(Addresses(Value("emailBCC")));
            message.Headers["X-Priority"] = Priority(Value("priority")).ToString();
            return message;
        }
        catch (ParseException e)
        {
            throw new BindingException($"smtp binding error: {e.Message}");
        }
    }

    private static IEnumerable<MailboxAddress> Addresses(string? addresses) =>
        (addresses ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(MailboxAddress.Parse);

    private static int Priority(string? text) => text is null ? 3
        : int.TryParse(text, out var priority) && priority is >= 1 and <= 5 ? priority
        : throw new BindingException($"smtp binding error: priority value must be between 1 (highest) and 5 (lowest), not '{text}'");
}
