using System.Net;
using System.Net.Mail;
using System.Text;
using Deepiri.Sidecar.Components;

namespace Deepiri.Sidecar.Bindings;

/// <summary>
/// <c>bindings.smtp</c>: sends mail (https://docs.dapr.io/reference/components-reference/supported-bindings/smtp/). STARTTLS where the server offers
/// it; a password is never sent without. Ports that speak TLS from the first byte (465) are not supported.
/// </summary>
internal sealed class SmtpBinding : IOutputBinding
{
    public static readonly string[] MetadataNames = ["host", "port", "user", "password", "skipTLSVerify", "emailFrom", "emailTo", "emailCC", "emailBCC", "subject", "priority"];

    private const int ImplicitTlsPort = 465;

    private readonly ComponentMetadata _metadata;
    private readonly string _host;
    private readonly int _port;
    private readonly NetworkCredential? _credentials;

    public SmtpBinding(ComponentContext context)
    {
        _metadata = context.Metadata;
        _host = _metadata.Required("host");
        _port = _metadata.Number("port", 0, 1);
        if (_port == 0)
            throw new ComponentException("smtp binding error: port parsing error: metadata 'port' is missing");
        if (_port == ImplicitTlsPort)
            throw new ComponentException("port 465 is not supported by the embedded sidecar; use the server's STARTTLS port, usually 587");
        if (_metadata.Flag("skipTLSVerify"))
            throw new ComponentException("'skipTLSVerify' is not supported by the embedded sidecar; add the server's certificate to those that this machine trusts");
        _credentials = (_metadata.Text("user"), _metadata.Text("password")) switch
        {
            (null, null) => null,
            ({ } user, { } password) => new NetworkCredential(user, password),
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
        await SendAsync(message, withTls: true, cancellationToken).ConfigureAwait(false);
        return BindingResponse.Empty;
    }

    private async Task SendAsync(MailMessage message, bool withTls, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new SmtpClient(_host, _port) { EnableSsl = withTls, Credentials = _credentials };
            await client.SendMailAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (SmtpException e) when (withTls && _credentials is null && e.StatusCode == SmtpStatusCode.GeneralFailure && e.InnerException is null)
        {
            // The server offers no STARTTLS; without a password there is none to lose.
            await SendAsync(message, withTls: false, cancellationToken).ConfigureAwait(false);
        }
        catch (SmtpException e)
        {
            throw new BindingException($"error from smtp binding, sending email failed: {e.InnerException?.Message ?? e.Message}");
        }
    }

    private MailMessage Message(BindingRequest request)
    {
        string? Value(string name) => request.Text(name) ?? _metadata.Text(name);
        string Needed(string name) => Value(name) ?? throw new BindingException($"smtp binding error: {name} property not supplied in configuration- or request-metadata");
        var message = new MailMessage { BodyEncoding = Encoding.UTF8, SubjectEncoding = Encoding.UTF8, HeadersEncoding = Encoding.UTF8, IsBodyHtml = true };
        try
        {
            message.From = new MailAddress(Needed("emailFrom"));
            Add(message.To, Needed("emailTo"));
            Add(message.CC, Value("emailCC"));
            Add(message.Bcc, Value("emailBCC"));
            message.Subject = Needed("subject");
            message.Headers.Add("X-Priority", Priority(Value("priority")).ToString());
            message.Body = Encoding.UTF8.GetString(GoString.Unquote(request.Data).Span);
            return message;
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            message.Dispose();
            throw new BindingException($"smtp binding error: {e.Message}");
        }
        catch
        {
            message.Dispose();
            throw;
        }
    }

    private static void Add(MailAddressCollection to, string? addresses)
    {
        foreach (var address in (addresses ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            to.Add(address);
    }

    private static int Priority(string? text) => text is null ? 3
        : int.TryParse(text, out var priority) && priority is >= 1 and <= 5 ? priority
        : throw new BindingException($"smtp binding error: priority value must be between 1 (highest) and 5 (lowest), not '{text}'");
}
