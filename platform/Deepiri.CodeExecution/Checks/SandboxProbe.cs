namespace Deepiri.CodeExecution.Checks;

/// <summary>
/// What sandboxed code must not be able to do. Each is tried in every language, by the program of that language in this folder or, for
/// <see cref="Time"/> and <see cref="Outliving"/>, by how its run ends. No probe writes a value: that a file can be opened for writing is enough.
/// </summary>
internal enum SandboxProbe
{
    /// <summary>Be root, hold a capability, or become root again.</summary>
    User,

    /// <summary>Open anything under <c>/proc</c> for writing, or see anything of <c>/sys</c>.</summary>
    KernelSettings,

    /// <summary>Read a file of the service, or of the machine beyond the system's programs.</summary>
    ServiceFiles,

    /// <summary>Reach a server on this machine, or see a network interface.</summary>
    Network,

    /// <summary>Start a process, or see one of others.</summary>
    Processes,

    /// <summary>Start more threads than allowed. Threads of JavaScript are workers, which reach the limit on memory first.</summary>
    Threads,

    /// <summary>Use more memory than allowed, on its heap or mapped.</summary>
    Memory,

    /// <summary>Use more processor time than allowed.</summary>
    Time,

    /// <summary>Go on when the service is killed, or when the time is over and the service does not end it.</summary>
    Outliving,
}
