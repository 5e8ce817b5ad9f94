using Dapr.Client;

namespace Deepiri.ServiceDefaults.Secrets;

/// <summary>Secrets from the platform's secret store.</summary>
public static class PlatformSecrets
{
    private const string Store = "secretstore";

    /// <summary>Waits for the sidecar and reads a secret of one value; for use while a service starts.</summary>
    /// <exception cref="Dapr.DaprException">There is no such secret, or this app may not read it.</exception>
    public static async Task<string> ReadSecretAsync(this DaprClient dapr, string name, CancellationToken cancellationToken)
    {
        await dapr.WaitForSidecarAsync(cancellationToken).ConfigureAwait(false);
        var secret = await dapr.GetSecretAsync(Store, name, cancellationToken: cancellationToken).ConfigureAwait(false);
        return secret[name];
    }
}
