using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Message}; it is left out, as its ignoreErrors says")]
    public static partial void ComponentIgnored(ILogger log, string message);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Component '{Name}' ({Type}) does not start for app '{AppId}': {Reason}")]
    public static partial void ComponentRetried(ILogger log, string name, string type, string appId, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{AppId}: a step on the way down failed; the others go on")]
    public static partial void StepFailed(ILogger log, string appId, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Changes in {Folder} are not noticed: {Reason}")]
    public static partial void NotWatched(ILogger log, string folder, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{AppId}: resources reloaded (started: {Added}; ended: {Ended})")]
    public static partial void Reloaded(ILogger log, string appId, string added, string ended);

    [LoggerMessage(Level = LogLevel.Error, Message = "{AppId}: resources changed and cannot be used; those before stay in use: {Reason}")]
    public static partial void ReloadRefused(ILogger log, string appId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{AppId} fails its health checks; nothing is sent to it until it passes one")]
    public static partial void AppUnhealthy(ILogger log, string appId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{AppId}: subscription to {Topic} of {Pubsub} left out: {Reason}")]
    public static partial void SubscriptionIgnored(ILogger log, string appId, string topic, string pubsub, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{AppId}: subscriptions could not be started and are tried again: {Reason}")]
    public static partial void SubscriptionsFailed(ILogger log, string appId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{AppId}: event {EventId} of {Topic} was not handled and will be delivered again: {Reason}")]
    public static partial void DeliveryFailed(ILogger log, string appId, string? eventId, string topic, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{AppId}: event {EventId} of {Topic} dropped: {Reason}")]
    public static partial void EventDropped(ILogger log, string appId, string? eventId, string topic, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{AppId}: event {EventId} of {Topic} sent to dead-letter topic {DeadLetterTopic}: {Reason}")]
    public static partial void DeadLettered(ILogger log, string appId, string? eventId, string topic, string deadLetterTopic, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{AppId}: {Method} {Path} failed")]
    public static partial void RequestFailed(ILogger log, string appId, string method, string path, Exception e);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Component}: delivery loop of {Topic} failed and goes on in a second")]
    public static partial void ConsumerFailed(ILogger log, string component, string topic, Exception e);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{AppId}: outbox event {EventId} has no state: its transaction did not happen")]
    public static partial void OutboxWithoutState(ILogger log, string appId, string eventId);

    [LoggerMessage(Level = LogLevel.Error, Message = "The scheduler failed and goes on")]
    public static partial void SchedulerFailed(ILogger log, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Name} of {Owner} fell due and failed: {Reason}")]
    public static partial void JobFailed(ILogger log, string name, string owner, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{AppId}: actor {ActorType}/{ActorId} was not told of its deactivation: {Reason}")]
    public static partial void DeactivationFailed(ILogger log, string appId, string actorType, string actorId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{AppId}: timer {Name} of actor {ActorType}/{ActorId} failed: {Reason}")]
    public static partial void TimerFailed(ILogger log, string appId, string name, string actorType, string actorId, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{AppId}: workflow {InstanceId} cannot go on now and is tried again")]
    public static partial void WorkflowFailed(ILogger log, string appId, string instanceId, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{AppId}: workflow {InstanceId}, whose retention is over, cannot be deleted now")]
    public static partial void WorkflowNotPurged(ILogger log, string appId, string instanceId, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{AppId}: which workflows are due to be deleted cannot be read now")]
    public static partial void WorkflowsNotPurged(ILogger log, string appId, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{AppId}: change of {Key} in {Store} could not be handed over: {Reason}")]
    public static partial void ConfigurationUpdateFailed(ILogger log, string appId, string store, string key, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{AppId}: event of binding {Binding} was not taken at {Route}: {Reason}")]
    public static partial void BindingEventFailed(ILogger log, string appId, string binding, string route, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Component}: cannot listen and tries again: {Reason}")]
    public static partial void ListeningFailed(ILogger log, string component, string reason);
}
