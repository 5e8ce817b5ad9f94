namespace Deepiri.ServiceDefaults.Sidecar;

/// <summary>
/// Ends calls whose answer does not begin in time, as when the connection has gone without a word: DaprClient itself waits for ever. The call fails as
/// one does that cannot be made, and whoever wrote something reads back whether it was.
/// </summary>
/// <param name="timeout">How long a call may take; <see cref="Default"/> is the longest that the platform lets anybody wait.</param>
/// <param name="inner">What sends the calls.</param>
internal sealed class DeadlineHandler(TimeSpan timeout, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(10);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        try
        {
            return await base.SendAsync(request, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, $"The sidecar has not answered {request.RequestUri?.AbsolutePath} within {timeout.TotalSeconds:0.#} s.", e);
        }
    }
}
