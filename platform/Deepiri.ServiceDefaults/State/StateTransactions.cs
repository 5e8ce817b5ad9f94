using Dapr.Client;
using Deepiri.ServiceDefaults.Outbox;

namespace Deepiri.ServiceDefaults.State;

/// <summary>Executes transactions; those with events through the outbox.</summary>
public sealed class StateTransactions
{
    private readonly DaprClient _dapr;
    private readonly TransactionalOutbox _outbox;

    internal StateTransactions(DaprClient dapr, TransactionalOutbox outbox) => (_dapr, _outbox) = (dapr, outbox);

    /// <summary>
    /// True when it was committed; its events are then published, at least once each, whatever happens to this process. False when an item was changed or
    /// created by somebody else.
    /// </summary>
    /// <exception cref="Dapr.DaprException">The store failed, and nobody has changed an item.</exception>
    /// <exception cref="Errors.ApiException">503 when the events of too many transactions are waiting to be published.</exception>
    public Task<bool> TryCommitAsync(StateTransaction transaction, CancellationToken cancellationToken) => transaction.Events.Count == 0
        ? _dapr.TryExecuteAsync(transaction.StoreName, transaction.Operations, cancellationToken)
        : _outbox.TryCommitAsync(transaction, cancellationToken);
}
