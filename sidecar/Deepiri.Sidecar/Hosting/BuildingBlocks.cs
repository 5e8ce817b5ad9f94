using Deepiri.Sidecar.Actors;
using Deepiri.Sidecar.Bindings;
using Deepiri.Sidecar.Configuration;
using Deepiri.Sidecar.Conversation;
using Deepiri.Sidecar.Jobs;
using Deepiri.Sidecar.Locks;
using Deepiri.Sidecar.Secrets;
using Deepiri.Sidecar.State;
using Deepiri.Sidecar.Workflows;

namespace Deepiri.Sidecar;

/// <summary>What a sidecar does for its app, apart from the protocols in which the app asks for it.</summary>
internal sealed class BuildingBlocks(AppSidecar sidecar, ActorsService actors, WorkflowsService workflows, JobsService jobs)
{
    public StateService State { get; } = new(sidecar.AppId, sidecar.Components, sidecar.Outboxes);

    public ConfigurationService Configuration { get; } = new(sidecar.Components);

    public LockService Locks { get; } = new(sidecar.AppId, sidecar.Components);

    public BindingsService Bindings { get; } = new(sidecar.Components);

    public ConversationService Conversation { get; } = new(sidecar.Components);

    public ActorsService Actors { get; } = actors;

    public WorkflowsService Workflows { get; } = workflows;

    public JobsService Jobs { get; } = jobs;

    public SecretsService Secrets { get; } = new(sidecar.Components, sidecar.Configuration.SecretScopes);
}
