using Deepiri.Grpc.DurableTask;

namespace Deepiri.Sidecar.Resources;

/// <summary>What a rule of access control does.</summary>
internal enum AccessAction
{
    Allow,
    Deny,
}

/// <summary>A rule for one operation: a path with <c>*</c> wildcards and its verbs.</summary>
internal sealed record AccessOperation(string Name, IReadOnlyList<string> HttpVerbs, AccessAction Action);

/// <summary>The rules for one caller.</summary>
internal sealed record AccessPolicy(string AppId, AccessAction DefaultAction, IReadOnlyList<AccessOperation> Operations);

/// <summary>Who may call the app; null policies and allow by default when the Configuration has no <c>accessControl</c>.</summary>
internal sealed record AccessControlSpec(AccessAction DefaultAction, string TrustDomain, IReadOnlyList<AccessPolicy> Policies);

/// <summary>Which secrets of one store the app may read.</summary>
internal sealed record SecretScope(string StoreName, AccessAction DefaultAccess, IReadOnlyList<string> Allowed, IReadOnlyList<string> Denied);

/// <summary>
/// How long workflows that are done are kept, by how they ended; null is for ever
/// (https://docs.dapr.io/developing-applications/building-blocks/workflow/workflow-history-retention-policy/).
/// </summary>
internal sealed record WorkflowRetention(TimeSpan? Completed, TimeSpan? Failed, TimeSpan? Terminated)
{
    public TimeSpan? Of(OrchestrationStatus status) => status switch
    {
        OrchestrationStatus.Completed => Completed,
        OrchestrationStatus.Failed => Failed,
        OrchestrationStatus.Terminated => Terminated,
        _ => null,
    };
}

/// <summary>A Dapr Configuration (https://docs.dapr.io/reference/resource-specs/configuration-schema/), as far as the embedded sidecar supports it.</summary>
internal sealed record ConfigurationSpec(AccessControlSpec? AccessControl, IReadOnlyList<SecretScope> SecretScopes, WorkflowRetention WorkflowRetention)
{
    public static ConfigurationSpec Empty { get; } = new(null, [], new WorkflowRetention(null, null, null));

    public static ConfigurationSpec Load(string? file, ResourceFaults faults)
    {
        if (file is null)
            return Empty;
        var section = YamlFile.Read(file, faults).FirstOrDefault(s => s.Text("kind") == "Configuration");
        if (section is null)
        {
            faults.Add(file, 1, "the file holds no resource of kind Configuration");
            return Empty;
        }
        section.Section("metadata");
        var spec = section.Section("spec");
        var configuration = new ConfigurationSpec(ReadAccessControl(spec?.Section("accessControl")), ReadSecretScopes(spec?.Section("secrets")), ReadRetention(spec?.Section("workflow")));
        RefuseExporters(spec?.Section("tracing"));
        // These say how sidecars in processes of their own find and trust each other, and what they write down; here they are one process.
        spec?.RefuseOthers("mtls", "nameResolution", "metric", "metrics", "logging", "features");
        section.RefuseOthers("apiVersion", "kind");
        return configuration;
    }

    /// <summary>Trace headers always pass through. The embedded sidecar exports no spans of its own: a sampling rate changes nothing here, an exporter is refused.</summary>
    private static void RefuseExporters(YamlSection? tracing)
    {
        tracing?.Text("samplingRate");
        tracing?.RefuseOthers();
    }

    private static AccessControlSpec? ReadAccessControl(YamlSection? section)
    {
        if (section is null)
            return null;
        var policies = section.Sections("policies").Select(p => ReadPolicy(p, section.Text("trustDomain") ?? "public")).ToList();
        // Dapr: policies without a global default mean deny.
        foreach (var twice in policies.GroupBy(p => p.AppId).Where(g => g.Count() > 1))
            section.Fault($"there are {twice.Count()} policies for app '{twice.Key}'; make them one");
        var control = new AccessControlSpec(Action(section, "defaultAction", policies.Count > 0 ? AccessAction.Deny : AccessAction.Allow),
            section.Text("trustDomain") ?? "public", policies);
        section.RefuseOthers();
        return control;
    }

    private static AccessPolicy ReadPolicy(YamlSection section, string trustDomain)
    {
        // All apps of a run share one trust domain and one namespace; a policy for another one could never apply.
        if (section.Text("trustDomain") is { } domain && domain != trustDomain)
            section.Fault($"'trustDomain' must be '{trustDomain}', as in accessControl, not '{domain}'");
        if (section.Text("namespace") is { } ns && ns != Components.Templates.Namespace)
            section.Fault($"'namespace' must be '{Components.Templates.Namespace}', that of this run, not '{ns}'");
        var operations = section.Sections("operations").Select(o =>
        {
            var operation = new AccessOperation(o.Required("name"), o.Texts("httpVerb"), Action(o, "action", AccessAction.Deny));
            o.RefuseOthers();
            return operation;
        }).ToList();
        var policy = new AccessPolicy(section.Required("appId"), Action(section, "defaultAction", AccessAction.Deny), operations);
        section.RefuseOthers();
        return policy;
    }

    private static IReadOnlyList<SecretScope> ReadSecretScopes(YamlSection? section)
    {
        var scopes = (section?.Sections("scopes") ?? []).Select(s =>
        {
            var scope = new SecretScope(s.Required("storeName"), Action(s, "defaultAccess", AccessAction.Allow), s.Texts("allowedSecrets"), s.Texts("deniedSecrets"));
            s.RefuseOthers();
            return scope;
        }).ToList();
        section?.RefuseOthers();
        return scopes;
    }

    private static WorkflowRetention ReadRetention(YamlSection? workflow)
    {
        var section = workflow?.Section("stateRetentionPolicy");
        var otherwise = section?.Duration("anyTerminal");
        var retention = new WorkflowRetention(section?.Duration("completed") ?? otherwise, section?.Duration("failed") ?? otherwise, section?.Duration("terminated") ?? otherwise);
        section?.RefuseOthers();
        workflow?.RefuseOthers();
        return retention;
    }

    private static AccessAction Action(YamlSection section, string key, AccessAction fallback)
    {
        switch (section.Text(key)?.ToLowerInvariant())
        {
            case null or "":
                return fallback;
            case "allow":
                return AccessAction.Allow;
            case "deny":
                return AccessAction.Deny;
            case var other:
                section.Fault($"'{key}' must be allow or deny, not '{other}'");
                return AccessAction.Deny;
        }
    }
}
