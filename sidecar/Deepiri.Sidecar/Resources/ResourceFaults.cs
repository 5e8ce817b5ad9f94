namespace Deepiri.Sidecar.Resources;

/// <summary>A fault in a YAML file.</summary>
public sealed record ResourceFault(string File, long Line, string Message)
{
    /// <summary>As compilers print it: <c>file:line: message</c>.</summary>
    public override string ToString() => $"{File}:{Line}: {Message}";
}

/// <summary>YAML files cannot be used; all their faults at once.</summary>
public sealed class ResourceException(IReadOnlyList<ResourceFault> faults)
    : Exception(string.Join(Environment.NewLine, faults))
{
    /// <summary>Every fault found.</summary>
    public IReadOnlyList<ResourceFault> Faults { get; } = faults;
}

/// <summary>Collects faults while files are read, so that a user sees all of them at once.</summary>
internal sealed class ResourceFaults
{
    private readonly List<ResourceFault> _faults = [];

    public bool Any => _faults.Count > 0;

    public void Add(string file, long line, string message) => _faults.Add(new ResourceFault(file, line, message));

    public void ThrowIfAny()
    {
        if (_faults.Count > 0)
            throw new ResourceException([.. _faults.Distinct()]);
    }
}
