using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Bindings;
using Deepiri.Sidecar.Configuration;
using Deepiri.Sidecar.Conversation;
using Deepiri.Sidecar.Locks;
using Deepiri.Sidecar.PubSub;
using Deepiri.Sidecar.Secrets;
using Deepiri.Sidecar.State;

namespace Deepiri.Sidecar.Resiliency;

/// <summary>Components within their outbound policy. Whoever uses them does not know.</summary>
internal static class ResilientComponents
{
    public static object Wrap(object component, Policy policy) => policy.IsNone ? component : component switch
    {
        IStateStore store => new State(store, policy),
        IPubSub pubSub => new Publishing(pubSub, policy),
        ISecretStore store => new Secrets(store, policy),
        IConfigurationStore store => new Settings(store, policy),
        ILockStore store => new Locks(store, policy),
        IConversation model => new Model(model, policy),
        IOutputBinding binding => new Output(binding, policy),
        _ => component,
    };

    private abstract class Wrapped(object inner) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            if (inner is IAsyncDisposable disposable)
                await disposable.DisposeAsync().ConfigureAwait(false);
        }
    }

    private sealed class State(IStateStore inner, Policy policy) : Wrapped(inner), IStateStore
    {
        public async ValueTask<StateItem?> GetAsync(string key, CancellationToken cancellationToken) =>
            await policy.ExecuteAsync(stop => inner.GetAsync(key, stop).AsTask(), cancellationToken).ConfigureAwait(false);

        public async ValueTask<IReadOnlyList<StateItem?>> GetManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
            await policy.ExecuteAsync(stop => inner.GetManyAsync(keys, stop).AsTask(), cancellationToken).ConfigureAwait(false);

        public Task ExecuteAsync(IReadOnlyList<StateOperation> operations, CancellationToken cancellationToken) =>
            policy.ExecuteAsync(stop => inner.ExecuteAsync(operations, stop), cancellationToken);
    }

    private sealed class Publishing(IPubSub inner, Policy policy) : Wrapped(inner), IPubSub
    {
        public bool HasMessageTtl => inner.HasMessageTtl;

        public Task PublishAsync(IReadOnlyList<PubSubMessage> messages, CancellationToken cancellationToken) =>
            policy.ExecuteAsync(stop => inner.PublishAsync(messages, stop), cancellationToken);

        public Task<IAsyncDisposable> SubscribeAsync(string topic, MessageHandler handler, CancellationToken cancellationToken) => inner.SubscribeAsync(topic, handler, cancellationToken);
    }

    private sealed class Secrets(ISecretStore inner, Policy policy) : Wrapped(inner), ISecretStore
    {
        public async ValueTask<IReadOnlyDictionary<string, string>> GetAsync(string name, CancellationToken cancellationToken) =>
            await policy.ExecuteAsync(stop => inner.GetAsync(name, stop).AsTask(), cancellationToken).ConfigureAwait(false);

        public async ValueTask<IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>> GetAllAsync(CancellationToken cancellationToken) =>
            await policy.ExecuteAsync(stop => inner.GetAllAsync(stop).AsTask(), cancellationToken).ConfigureAwait(false);
    }

    private sealed class Settings(IConfigurationStore inner, Policy policy) : Wrapped(inner), IConfigurationStore
    {
        public Task<IReadOnlyDictionary<string, ConfigurationItem>> GetAsync(IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken) =>
            policy.ExecuteAsync(stop => inner.GetAsync(keys, metadata, stop), cancellationToken);

        public Task<IAsyncDisposable> SubscribeAsync(IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, ConfigurationHandler handler, CancellationToken cancellationToken) =>
            policy.ExecuteAsync(stop => inner.SubscribeAsync(keys, metadata, handler, stop), cancellationToken);
    }

    private sealed class Output(IOutputBinding inner, Policy policy) : Wrapped(inner), IOutputBinding
    {
        public IReadOnlyList<string> Operations => inner.Operations;

        public Task<BindingResponse> InvokeAsync(BindingRequest request, CancellationToken cancellationToken) =>
            policy.ExecuteAsync(stop => inner.InvokeAsync(request, stop), cancellationToken);
    }

    private sealed class Model(IConversation inner, Policy policy) : Wrapped(inner), IConversation
    {
        public Task<IReadOnlyList<ConversationResultAlpha2>> ConverseAsync(ConversationRequestAlpha2 request, CancellationToken cancellationToken) =>
            policy.ExecuteAsync(stop => inner.ConverseAsync(request, stop), cancellationToken);
    }

    private sealed class Locks(ILockStore inner, Policy policy) : Wrapped(inner), ILockStore
    {
        public Task<bool> TryLockAsync(string key, string owner, TimeSpan expiry) =>
            policy.ExecuteAsync(stop => inner.TryLockAsync(key, owner, expiry).WaitAsync(stop), CancellationToken.None);

        public Task<UnlockStatus> UnlockAsync(string key, string owner) =>
            policy.ExecuteAsync(stop => inner.UnlockAsync(key, owner).WaitAsync(stop), CancellationToken.None);
    }
}
