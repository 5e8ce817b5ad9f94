using Deepiri.Sidecar.Actors;
using Grpc.Core;

namespace Deepiri.Sidecar.Http;

/// <summary>Dapr's errors by building block; texts and codes as daprd has them (pkg/messages/predefined.go, pkg/api/errors).</summary>
internal static class DaprErrors
{
    public static DaprErrorException MalformedRequest(string message) => new(400, "ERR_MALFORMED_REQUEST", message);

    public static DaprErrorException DeserializingBody(string message) => MalformedRequest($"failed deserializing HTTP body: {message}");

    public static DaprErrorException BodyRead(int status, string message) => new(status, "ERR_BODY_READ", $"failed to read request body: {message}");

    internal static class Invoke
    {
        private const string Code = "ERR_DIRECT_INVOKE";

        public static DaprErrorException NoAppId() => new(404, Code, "failed getting app id either from the URL path or the header dapr-app-id");

        public static DaprErrorException NotReady() => new(500, Code, "invoke API is not ready");

        public static DaprErrorException BadPath(string reason) => new(400, Code, $"invalid method path: {reason}");

        public static DaprErrorException Failed(string appId, string reason) => new(500, Code, $"failed to invoke, id: {appId}, err: {reason}");

        public static DaprErrorException Unhealthy(string appId, bool isLocal) =>
            Failed(appId, $"rpc error: code = Internal desc = {(isLocal ? "" : "error invoking app channel: rpc error: code = Internal desc = ")}app is not in a healthy state");

        public static DaprErrorException Denied(string callee, string spiffeId, string operation, string verb) => new(403, Code,
            $"failed to invoke, id: {callee}, err: rpc error: code = PermissionDenied desc = access control policy has denied access to id: {spiffeId} operation: {operation} verb: {verb}");
    }

    internal static class Health
    {
        public static DaprErrorException NotReady(string targets) => new(500, "ERR_HEALTH_NOT_READY", $"dapr is not ready: [{targets}]");

        public static DaprErrorException OutboundNotReady() => new(500, "ERR_OUTBOUND_HEALTH_NOT_READY", "dapr outbound is not ready");

        public static DaprErrorException AppIdMismatch() => new(500, "ERR_HEALTH_APPID_NOT_MATCH", "dapr app-id does not match");
    }

    internal static class State
    {
        public static DaprErrorException NotConfigured(string store, string appId) =>
            new(500, "ERR_STATE_STORE_NOT_CONFIGURED", $"state store {store} is not configured", ErrorDetail.ErrorInfo("DAPR_STATE_NOT_CONFIGURED", ("appID", appId))) { Grpc = StatusCode.FailedPrecondition };

        public static DaprErrorException NotFound(string store, string appId) =>
            new(400, "ERR_STATE_STORE_NOT_FOUND", $"state store {store} is not found", ErrorDetail.ErrorInfo("DAPR_STATE_NOT_FOUND", ("appID", appId)));

        public static DaprErrorException IllegalKey(string store, string key)
        {
            var message = $"input key/keyPrefix '{key}' can't contain '||'";
            return new(400, "ERR_MALFORMED_REQUEST", message, ErrorDetail.BadRequest(key, message), ErrorDetail.ResourceInfo("state", store), ErrorDetail.ErrorInfo("DAPR_STATE_ILLEGAL_KEY"));
        }

        public static DaprErrorException Get(string store, string key, string error) => new(500, "ERR_STATE_GET", $"fail to get {key} from state store {store}: {error}");

        public static DaprErrorException BulkGet(string error) => new(500, "ERR_STATE_BULK_GET", error);

        public static DaprErrorException Save(int status, string store, string error) => new(status, "ERR_STATE_SAVE", $"failed saving state in state store {store}: {error}");

        public static DaprErrorException Delete(int status, string key, string error) => new(status, "ERR_STATE_DELETE", $"failed deleting state with key {key}: {error}");

        public static DaprErrorException Transaction(string error) => new(500, "ERR_STATE_TRANSACTION", $"error while executing state transaction: {error}");

        public static DaprErrorException OperationNotSupported(string operation) => new(400, "ERR_NOT_SUPPORTED_STATE_OPERATION", $"operation type {operation} not supported");

        public static DaprErrorException QueryNotSupported(string store) =>
            new(500, "ERR_STATE_STORE_NOT_SUPPORTED", $"state store {store} doesn't support querying", ErrorDetail.ResourceInfo("state", store), ErrorDetail.ErrorInfo("DAPR_STATE_QUERYING_NOT_SUPPORTED"));

        public static DaprErrorException Outbox(string appId, string error) =>
            new(500, "ERR_PUBLISH_OUTBOX", $"error while publishing outbox message: {error}", ErrorDetail.ErrorInfo("DAPR_PUBSUB_OUTBOX", ("appID", appId), ("error", error)));
    }

    internal static class PubSub
    {
        public static DaprErrorException NotConfigured(string name) =>
            new(400, "ERR_PUBSUB_NOT_CONFIGURED", $"pubsub {name} is not configured", ErrorDetail.ErrorInfo("DAPR_PUBSUB_NOT_CONFIGURED")) { Grpc = StatusCode.FailedPrecondition };

        public static DaprErrorException NotFound(string name) =>
            new(404, "ERR_PUBSUB_NOT_FOUND", $"pubsub {name} is not found", ErrorDetail.ErrorInfo("DAPR_PUBSUB_NOT_FOUND"));

        public static DaprErrorException NameEmpty() =>
            new(404, "ERR_PUBSUB_EMPTY", "pubsub name is empty", ErrorDetail.ErrorInfo("DAPR_PUBSUB_NAME_EMPTY")) { Grpc = StatusCode.InvalidArgument };

        public static DaprErrorException TopicEmpty(string name) =>
            new(404, "ERR_TOPIC_NAME_EMPTY", $"topic is empty in pubsub {name}", ErrorDetail.ResourceInfo("pubsub", name, $"topic is empty in pubsub {name}"), ErrorDetail.ErrorInfo("DAPR_PUBSUB_TOPIC_NAME_EMPTY")) { Grpc = StatusCode.InvalidArgument };

        public static DaprErrorException Forbidden(string name, string topic, string appId)
        {
            var message = $"topic {topic} is not allowed for app id {appId}";
            return WithResource(403, "ERR_PUBSUB_FORBIDDEN", message, name, "DAPR_PUBSUB_FORBIDDEN", ("error", message), ("topic", topic));
        }

        public static DaprErrorException Metadata(string name, string error) =>
            WithResource(400, "ERR_PUBSUB_REQUEST_METADATA", $"failed deserializing metadata. Error: {error}", name, "DAPR_PUBSUB_METADATA_DESERIALIZATION");

        public static DaprErrorException CloudEvent(string name, string appId, string error) =>
            WithResource(500, "ERR_PUBSUB_CLOUD_EVENTS_SER", "cannot create cloudevent", name, "DAPR_PUBSUB_CLOUD_EVENT_CREATION", ("appID", appId), ("error", error));

        public static DaprErrorException Publish(string name, string topic, string error) =>
            WithResource(500, "ERR_PUBSUB_PUBLISH_MESSAGE", $"error when publishing to topic {topic} in pubsub {name}: {error}", name, "DAPR_PUBSUB_PUBLISH_MESSAGE", ("error", error), ("topic", topic));

        public static DaprErrorException BulkUnmarshal(string name, string topic, string appId, string error) =>
            WithResource(400, "ERR_PUBSUB_EVENTS_SER", $"error when unmarshaling the request for topic {topic} pubsub {name}: {error}", name, "DAPR_PUBSUB_UNMARSHAL_EVENTS", ("appID", appId));

        public static DaprErrorException BulkEntryIds(string name, string topic, string appId)
        {
            const string Error = "entryId is duplicated or not present for entry";
            return WithResource(400, "ERR_PUBSUB_EVENTS_SER", $"error marshaling events to bytes for topic {topic} pubsub {name}. error: {Error}", name, "DAPR_PUBSUB_MARSHAL_EVENTS", ("appID", appId), ("error", Error));
        }

        public static DaprErrorException BulkEnvelope(string name, string topic, string appId, string error) =>
            WithResource(400, "ERR_PUBSUB_EVENTS_SER", $"error when marshalling cloud event envelope for topic {topic} pubsub {name}: {error}", name, "DAPR_PUBSUB_MARSHAL_ENVELOPE", ("appID", appId));

        private static DaprErrorException WithResource(int status, string code, string message, string name, string reason, params ReadOnlySpan<(string, string)> metadata) =>
            new(status, code, message, ErrorDetail.ResourceInfo("pubsub", name, message), ErrorDetail.ErrorInfo(reason, metadata));
    }

    internal static class Bindings
    {
        public static DaprErrorException Invoke(string name, string error) => new(500, "ERR_INVOKE_OUTPUT_BINDING", $"error invoking output binding {name}: {error}");
    }

    internal static class Crypto
    {
        public static DaprErrorException NotConfigured() => new(500, "ERR_CRYPTO_PROVIDERS_NOT_CONFIGURED", "crypto providers not configured");
    }

    internal static class Conversation
    {
        public static DaprErrorException NotFound(string name) => new(400, "ERR_CONVERSATION_NOT_FOUND", $"failed finding conversation component {name}") { Grpc = StatusCode.NotFound };

        public static DaprErrorException MissingInputs(string name) => new(400, "ERR_CONVERSATION_MISSING_INPUTS", $"failed conversing with component {name}: missing inputs in request");

        public static DaprErrorException Invalid(string name, string error) => new(400, "ERR_CONVERSATION_INVALID_PARMS", $"failed conversing with component {name}: {error}");

        public static DaprErrorException Failed(string name, string error) => new(500, "ERR_CONVERSATION_INVOKE", $"failed conversing with component {name}: {error}");
    }

    internal static class Secrets
    {
        public static DaprErrorException NotConfigured() => new(500, "ERR_SECRET_STORES_NOT_CONFIGURED", "secret store is not configured") { Grpc = StatusCode.FailedPrecondition };

        public static DaprErrorException NotFound(string store) => new(401, "ERR_SECRET_STORE_NOT_FOUND", $"failed finding secret store with key {store}") { Grpc = StatusCode.InvalidArgument };

        public static DaprErrorException Denied(string key, string store) => new(403, "ERR_PERMISSION_DENIED", $"access denied by policy to get \"{key}\" from \"{store}\"");

        public static DaprErrorException Get(string key, string store, string error) => new(500, "ERR_SECRET_GET", $"failed getting secret with key {key} from secret store {store}: {error}");
    }

    internal static class Lock
    {
        public static DaprErrorException NotConfigured() => new(500, "ERR_LOCK_STORE_NOT_CONFIGURED", "lock store is not configured") { Grpc = StatusCode.FailedPrecondition };

        public static DaprErrorException NotFound(string store) => new(400, "ERR_LOCK_STORE_NOT_FOUND", $"lock store {store} not found");

        public static DaprErrorException Malformed(string message) => MalformedRequest(message);

        public static DaprErrorException TryLock(string error) => new(500, "ERR_TRY_LOCK", $"failed to try acquiring lock: {error}");

        public static DaprErrorException Unlock(string error) => new(500, "ERR_UNLOCK", $"failed to release lock: {error}");
    }

    internal static class Configuration
    {
        public static DaprErrorException NotConfigured() => new(500, "ERR_CONFIGURATION_STORE_NOT_CONFIGURED", "configuration stores not configured") { Grpc = StatusCode.FailedPrecondition };

        public static DaprErrorException NotFound(string store) => new(400, "ERR_CONFIGURATION_STORE_NOT_FOUND", $"configuration store {store} not found");

        public static DaprErrorException Get(IReadOnlyList<string> keys, string store, string error) => new(500, "ERR_CONFIGURATION_GET", $"failed to get [{string.Join(' ', keys)}] from Configuration store {store}: {error}");

        public static DaprErrorException Subscribe(IReadOnlyList<string> keys, string store, string error) => new(500, "ERR_CONFIGURATION_SUBSCRIBE", $"failed to subscribe [{string.Join(' ', keys)}] from Configuration store {store}: {error}") { Grpc = StatusCode.InvalidArgument };

        public static string Unsubscribe(string id) => $"failed to unsubscribe to configuration request {id}: subscription does not exist";

        public static DaprErrorException NoAppChannel() => new(500, "ERR_APP_CHANNEL_NIL", "app channel is not initialized. cannot subscribe to configuration updates");
    }

    internal static class Actors
    {
        public static DaprErrorException NoStore() => new(500, "ERR_ACTOR_RUNTIME_NOT_FOUND",
            "the state store is not configured to use the actor runtime. Have you set the - name: actorStateStore value: \"true\" in your state store component file?");

        public static DaprErrorException NoAddress(ActorKey actor) => new(404, "ERR_ACTOR_NO_ADDRESS", $"did not find address for actor '{actor.Type}/{actor.Id}'");

        public static DaprErrorException RuntimeClosed() => new(503, "ERR_ACTOR_RUNTIME_CLOSED", "actor runtime is closed");

        public static DaprErrorException StackDepth() => new(500, "ERR_ACTOR_STACK_DEPTH", "maximum stack depth exceeded");

        public static DaprErrorException Invoke(string error, int? appStatus = null) => new(500, "ERR_ACTOR_INVOKE_METHOD", $"error invoke actor method: {error}") { AppStatus = appStatus };

        public static DaprErrorException InstanceMissing() => new(400, "ERR_ACTOR_INSTANCE_MISSING", "actor instance is missing") { Grpc = StatusCode.Internal };

        public static DaprErrorException StateGet(string error) => new(500, "ERR_ACTOR_STATE_GET", $"error getting actor state: {error}");

        public static DaprErrorException StateSave(string error) => new(500, "ERR_ACTOR_STATE_TRANSACTION_SAVE", $"error saving actor transaction state: {error}");

        public static DaprErrorException ReminderCreate(string error) => new(500, "ERR_ACTOR_REMINDER_CREATE", $"error creating actor reminder: {error}");

        public static DaprErrorException ReminderExists(string name) => new(409, "ERR_ACTOR_REMINDER_ALREADY_EXISTS", $"actor reminder '{name}' already exists") { Grpc = StatusCode.AlreadyExists };

        public static DaprErrorException ReminderNotFound(string name) => new(404, "ERR_ACTOR_REMINDER_NOT_FOUND", $"actor reminder not found: {name}");

        public static DaprErrorException ReminderNonHosted() => new(403, "ERR_ACTOR_REMINDER_NON_HOSTED", "operations on actor reminders are only possible on hosted actor types");

        public static DaprErrorException TypeReserved(string type) => new(403, "ERR_ACTOR_TYPE_RESERVED", $"actor type '{type}' is reserved for internal use");

        public static DaprErrorException TimerCreate(string error) => new(500, "ERR_ACTOR_TIMER_CREATE", $"error creating actor timer: {error}");
    }

    internal static class Workflows
    {
        public const int LongestId = 64;

        public static DaprErrorException NameMissing() => new(400, "ERR_WORKFLOW_NAME_MISSING", "workflow name is not configured");

        public static DaprErrorException IdMissing() => new(400, "ERR_INSTANCE_ID_PROVIDED_MISSING", "no instance ID was provided");

        public static DaprErrorException IdInvalid(string id) => new(400, "ERR_INSTANCE_ID_INVALID", $"workflow instance ID '{id}' is invalid: only alphanumeric and underscore characters are allowed");

        public static DaprErrorException IdTooLong() => new(400, "ERR_INSTANCE_ID_TOO_LONG", $"workflow instance ID exceeds the max length of {LongestId} characters");

        public static DaprErrorException EventNameMissing() => new(400, "ERR_WORKFLOW_EVENT_NAME_MISSING", "missing workflow event name");

        public static DaprErrorException NotFound(string id) => new(404, "ERR_INSTANCE_ID_NOT_FOUND", $"unable to find workflow with the provided instance ID: {id}");

        public static DaprErrorException Exists(string id) => new(409, "ERR_START_WORKFLOW", $"error starting workflow '{id}': an active workflow with ID '{id}' already exists") { Grpc = StatusCode.AlreadyExists };

        public static DaprErrorException Purge(string id, string error) => new(500, "ERR_PURGE_WORKFLOW", $"error purging workflow '{id}': {error}") { Grpc = StatusCode.FailedPrecondition };
    }

    internal static class Jobs
    {
        public static DaprErrorException NameInUrlOnly(string appId) => Of(400, "DAPR_SCHEDULER_JOB_NAME", "Set the job name in the url only", appId);

        public static DaprErrorException NameEmpty(string appId) => Of(400, "DAPR_SCHEDULER_JOB_NAME_EMPTY", "Name is empty", appId);

        public static DaprErrorException ScheduleEmpty(string appId) => Of(400, "DAPR_SCHEDULER_SCHEDULE_EMPTY", "Schedule is empty", appId);

        public static DaprErrorException Schedule(string appId, string error) => Of(500, "DAPR_SCHEDULER_SCHEDULE_JOB", $"failed to schedule job due to: {error}", appId);

        public static DaprErrorException Exists(string appId, string name) =>
            new(500, "DAPR_SCHEDULER_SCHEDULE_JOB", $"failed to schedule job due to: rpc error: code = AlreadyExists desc = job already exists: '{name}'", Info("DAPR_SCHEDULER_SCHEDULE_JOB", appId)) { Grpc = StatusCode.AlreadyExists };

        public static DaprErrorException Get(string appId, string name) => Of(500, "DAPR_SCHEDULER_GET_JOB", $"failed to get job due to: rpc error: code = NotFound desc = job not found: {name}", appId);

        private static DaprErrorException Of(int status, string code, string message, string appId) => new(status, code, message, Info(code, appId));

        private static System.Text.Json.Nodes.JsonObject Info(string code, string appId) => ErrorDetail.ErrorInfo(code, ("appID", appId), ("namespace", Components.Templates.Namespace));
    }
}
