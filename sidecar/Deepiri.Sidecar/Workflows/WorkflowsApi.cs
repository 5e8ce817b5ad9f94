using System.Text;
using System.Text.Json.Nodes;
using Deepiri.Grpc.DurableTask;
using Deepiri.Sidecar.Http;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.Workflows;

/// <summary>Dapr's workflow API over HTTP (https://docs.dapr.io/reference/api/workflow_api/).</summary>
internal sealed class WorkflowsApi(WorkflowsService workflows)
{
    public async Task StartAsync(HttpContext context, string name)
    {
        var input = Text(await context.Request.BodyAsync().ConfigureAwait(false));
        var id = await workflows.StartInstanceAsync(name, context.Request.Query["instanceID"].ToString(), input, null, context.RequestAborted).ConfigureAwait(false);
        await context.Response.WriteJsonAsync(new JsonObject { ["instanceID"] = id }, StatusCodes.Status202Accepted).ConfigureAwait(false);
    }

    public async Task GetAsync(HttpContext context, string instanceId)
    {
        var state = await workflows.GetAsync(instanceId, withData: true, context.RequestAborted).ConfigureAwait(false) ?? throw DaprErrors.Workflows.NotFound(instanceId);
        var properties = new JsonObject();
        foreach (var (name, value) in Properties(state))
            properties[name] = value;
        await context.Response.WriteJsonAsync(new JsonObject
        {
            ["instanceID"] = instanceId,
            ["workflowName"] = state.Name,
            ["createdAt"] = state.CreatedTimestamp.ToDateTimeOffset().ToString("O"),
            ["lastUpdatedAt"] = state.LastUpdatedTimestamp.ToDateTimeOffset().ToString("O"),
            ["runtimeStatus"] = StatusName(state.WorkflowStatus),
            ["properties"] = properties,
        }).ConfigureAwait(false);
    }

    public async Task RaiseEventAsync(HttpContext context, string instanceId, string name)
    {
        var data = Text(await context.Request.BodyAsync().ConfigureAwait(false));
        await workflows.RaiseEventAsync(instanceId, name, data, context.RequestAborted).ConfigureAwait(false);
        Accepted(context);
    }

    public async Task PauseAsync(HttpContext context, string instanceId)
    {
        await workflows.SuspendAsync(instanceId, null, context.RequestAborted).ConfigureAwait(false);
        Accepted(context);
    }

    public async Task ResumeAsync(HttpContext context, string instanceId)
    {
        await workflows.ResumeAsync(instanceId, null, context.RequestAborted).ConfigureAwait(false);
        Accepted(context);
    }

    public async Task TerminateAsync(HttpContext context, string instanceId)
    {
        await workflows.TerminateAsync(instanceId, null, context.Request.Query["non_recursive"] != "true", context.RequestAborted).ConfigureAwait(false);
        Accepted(context);
    }

    public async Task PurgeAsync(HttpContext context, string instanceId)
    {
        if (await workflows.GetAsync(instanceId, withData: false, context.RequestAborted).ConfigureAwait(false) is null)
            throw DaprErrors.Workflows.NotFound(instanceId);
        if (await workflows.PurgeAsync(instanceId, recursive: true, force: false, context.RequestAborted).ConfigureAwait(false) == 0)
            throw DaprErrors.Workflows.Purge(instanceId, "workflow has not completed yet");
        Accepted(context);
    }

    /// <summary>What Dapr calls an instance's properties.</summary>
    public static IEnumerable<(string Name, string Value)> Properties(WorkflowState state)
    {
        if (state.CustomStatus is { } status)
            yield return ("dapr.workflow.custom_status", status);
        if (state.Input is { } input)
            yield return ("dapr.workflow.input", input);
        if (state.Output is { } output)
            yield return ("dapr.workflow.output", output);
        if (state.FailureDetails is not { } failure)
            yield break;
        yield return ("dapr.workflow.failure.error_type", failure.ErrorType);
        yield return ("dapr.workflow.failure.error_message", failure.ErrorMessage);
        if (failure.StackTrace is { } stack)
            yield return ("dapr.workflow.failure.stack_trace", stack);
    }

    public static string StatusName(OrchestrationStatus status) => status == OrchestrationStatus.ContinuedAsNew ? "CONTINUED_AS_NEW" : status.ToString().ToUpperInvariant();

    private static string? Text(ReadOnlyMemory<byte> body) => body.IsEmpty ? null : Encoding.UTF8.GetString(body.Span);

    private static void Accepted(HttpContext context) => context.Response.StatusCode = StatusCodes.Status202Accepted;
}
