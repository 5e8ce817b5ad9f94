using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Deepiri.CodeExecution.Isolation;

/// <summary>
/// A seccomp filter, as bubblewrap's --seccomp takes it (classic BPF, struct sock_filter of linux/filter.h), with which a run cannot start
/// processes, only threads, nor keep memory outside its process: limits of the kernel are per process, so that a run is bounded as a whole.
/// </summary>
internal static class SystemCallFilter
{
    private const ushort Load = 0x20;
    private const ushort JumpIfEqual = 0x15;
    private const ushort JumpIfGreaterOrEqual = 0x35;
    private const ushort JumpIfAnyBit = 0x45;
    private const ushort Return = 0x06;

    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;
    private const uint FirstArgumentOffset = 16;

    private const uint Allow = 0x7fff_0000;
    private const uint NotPermitted = 0x0005_0000 | 1;

    /// <summary>"No such call": the C library then uses clone, whose flags a filter can see.</summary>
    private const uint NotThere = 0x0005_0000 | 38;

    private const uint CloneThread = 0x0001_0000;
    private const uint Clone3 = 435;

    /// <summary>Calls of the x32 ABI count from here, under the same architecture.</summary>
    private const uint X32 = 0x4000_0000;

    /// <summary>The filter for this machine; null when its architecture has none.</summary>
    public static byte[]? Bytes { get; } = RuntimeInformation.ProcessArchitecture switch
    {
        // fork, vfork; shmget, semget, msgget, mq_open; unshare, setns; ptrace, process_vm_writev; io_uring_setup;
        // add_key, request_key, keyctl (keys of the service's session); bpf, perf_event_open, userfaultfd.
        Architecture.X64 => Assemble(architecture: 0xC000_003E, clone: 56, 57, 58, 29, 64, 68, 240, 272, 308, 101, 311, 425, 248, 249, 250, 321, 298, 323),
        // The same, without fork and vfork, which it does not have.
        Architecture.Arm64 => Assemble(architecture: 0xC000_00B7, clone: 220, 194, 190, 186, 180, 97, 268, 117, 271, 425, 217, 218, 219, 280, 241, 282),
        _ => null,
    };

    /// <param name="refused">Calls that keep memory outside the process, make namespaces, reach into other processes, or into the kernel.</param>
    private static byte[] Assemble(uint architecture, uint clone, params ReadOnlySpan<uint> refused)
    {
        // Jumps count the lines between this one and the next.
        var lines = new List<(ushort Code, int IfTrue, int IfFalse, uint Value)>
        {
            (Load, 0, 0, ArchitectureOffset),
            (JumpIfEqual, 1, 0, architecture),
            (Return, 0, 0, NotPermitted),
            (Load, 0, 0, NumberOffset),
            (JumpIfGreaterOrEqual, 0, 1, X32),
            (Return, 0, 0, NotPermitted),
            (JumpIfEqual, 0, 1, Clone3),
            (Return, 0, 0, NotThere),
        };
        foreach (var call in refused)
            lines.AddRange([(JumpIfEqual, 0, 1, call), (Return, 0, 0, NotPermitted)]);
        lines.AddRange(
        [
            (JumpIfEqual, 1, 0, clone),
            (Return, 0, 0, Allow),
            (Load, 0, 0, FirstArgumentOffset),
            (JumpIfAnyBit, 0, 1, CloneThread),
            (Return, 0, 0, Allow),
            (Return, 0, 0, NotPermitted),
        ]);
        var bytes = new byte[lines.Count * 8];
        for (var i = 0; i < lines.Count; i++)
        {
            var line = bytes.AsSpan(i * 8);
            BinaryPrimitives.WriteUInt16LittleEndian(line, lines[i].Code);
            line[2] = (byte)lines[i].IfTrue;
            line[3] = (byte)lines[i].IfFalse;
            BinaryPrimitives.WriteUInt32LittleEndian(line[4..], lines[i].Value);
        }
        return bytes;
    }
}
