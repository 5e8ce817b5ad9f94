using Deepiri.Sidecar.Secrets;
using Deepiri.Sidecar.State;

namespace Deepiri.Sidecar;

/// <summary>What a sidecar does for its app, apart from the protocols in which the app asks for it.</summary>
internal sealed class BuildingBlocks(AppSidecar sidecar)
{
    public StateService State { get; } = new(sidecar.AppId, sidecar.Components, sidecar.Outboxes);

    public SecretsService Secrets { get; } = new(sidecar.Components, sidecar.Configuration.SecretScopes);
}
