using Dapr.Client;
using Deepiri.ServiceDefaults.State;
using Microsoft.Extensions.DependencyInjection;

namespace Deepiri.ServiceDefaults.Outbox;

/// <summary>The transactional outbox.</summary>
public static class OutboxExtensions
{
    /// <summary>Publishes what transactions on a state store have left in its outbox, see <see cref="StateTransaction.Publish"/>.</summary>
    public static IServiceCollection AddOutbox(this IServiceCollection services, string storeName) => services.AddSingleton(new OutboxStore(storeName));

    internal static void AddStateTransactions(this IServiceCollection services)
    {
        services.AddSingleton<OutboxPublisher>().AddSingleton<TransactionalOutbox>();
        services.AddSingleton(provider => new StateTransactions(provider.GetRequiredService<DaprClient>(), provider.GetRequiredService<TransactionalOutbox>()));
        services.AddHostedService<OutboxRelay>();
    }
}
