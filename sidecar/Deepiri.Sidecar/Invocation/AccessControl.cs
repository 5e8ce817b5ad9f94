using System.Text.RegularExpressions;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Resources;

namespace Deepiri.Sidecar.Invocation;

/// <summary>
/// Who may call an app (https://docs.dapr.io/operations/configuration/invoke-allowlist/). The real Dapr knows callers by their mTLS
/// certificate; here the caller is the app whose own sidecar, with its own port and token, took the call.
/// </summary>
internal sealed class AccessControl(AccessControlSpec? spec)
{
    private readonly Dictionary<string, CompiledPolicy> _policies =
        (spec?.Policies ?? []).ToDictionary(p => p.AppId, p => new CompiledPolicy(p), StringComparer.Ordinal);

    public bool IsAllowed(string callerAppId, string path, string verb) =>
        (_policies.TryGetValue(callerAppId, out var policy) ? policy.Decide(path, verb) : spec?.DefaultAction ?? AccessAction.Allow) == AccessAction.Allow;

    /// <summary>The caller as Dapr's messages name it.</summary>
    public string SpiffeId(string callerAppId) => $"spiffe://{spec?.TrustDomain ?? "public"}/ns/{Templates.Namespace}/{callerAppId}";

    private sealed class CompiledPolicy(AccessPolicy policy)
    {
        private readonly IReadOnlyList<(string[] Pattern, AccessOperation Operation)> _operations =
            [.. policy.Operations.Select(o => (Segments(o.Name), o))];

        public AccessAction Decide(string path, string verb)
        {
            var segments = Segments(path);
            foreach (var (pattern, operation) in _operations)
            {
                if (!Matches(pattern, segments))
                    continue;
                return operation.HttpVerbs.Any(v => v == "*" || v.Equals(verb, StringComparison.OrdinalIgnoreCase)) ? operation.Action : policy.DefaultAction;
            }
            return policy.DefaultAction;
        }
    }

    private static string[] Segments(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>
    /// <c>/a</c> also covers what lies below it, <c>/a/*</c> exactly one segment more, <c>/a/**</c> any depth; <c>*</c> within a segment is a glob.
    /// </summary>
    private static bool Matches(string[] pattern, string[] path)
    {
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == "**")
                return path.Length > i;
            if (i >= path.Length || !MatchesSegment(pattern[i], path[i]))
                return false;
        }
        return pattern.Length == path.Length || (pattern.Length > 0 && pattern[^1] != "*");
    }

    private static bool MatchesSegment(string pattern, string segment) => pattern.Contains('*')
        ? Regex.IsMatch(segment, $"^{Regex.Escape(pattern).Replace("\\*", ".*")}$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)
        : pattern.Equals(segment, StringComparison.OrdinalIgnoreCase);
}
