namespace Deepiri.CodeExecution;

/// <summary>What a caller demands of the sandbox. There is no default: every caller states it.</summary>
public enum SandboxRequirement
{
    /// <summary>The code comes from outside (a learner, a text model): it runs in a sandbox that passed its checks, or not at all.</summary>
    Required = 1,

    /// <summary>The code is part of the platform: it runs in a sandbox where there is one, and with limits only where there is none.</summary>
    Preferred = 2,
}
