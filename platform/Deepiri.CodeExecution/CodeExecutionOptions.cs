namespace Deepiri.CodeExecution;

/// <summary>Limits of a run.</summary>
public sealed class CodeExecutionOptions
{
    /// <summary>How long one run may take, all of its calls together; 10 seconds.</summary>
    public TimeSpan WallTime { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How much processor time it may use, in whole seconds; 5.</summary>
    public int CpuSeconds { get; set; } = 5;

    /// <summary>How much memory a solution may use, in MiB; 256.</summary>
    public int MemoryMegabytes { get; set; } = 256;

    /// <summary>How much it may write, in bytes; 1 MiB.</summary>
    public int OutputBytes { get; set; } = 1024 * 1024;

    /// <summary>Where the runs' own directories are made, and removed again; the system's directory for temporary files.</summary>
    public string Directory { get; set; } = Path.GetTempPath();

    /// <summary>How many runs there are at once; as many as there are processors.</summary>
    public int Concurrency { get; set; } = Environment.ProcessorCount;

    /// <summary>How many more may wait; 256.</summary>
    public int QueueLength { get; set; } = 256;
}
