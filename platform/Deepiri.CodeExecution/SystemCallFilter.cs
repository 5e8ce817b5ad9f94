using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Deepiri.CodeExecution;

/// <summary>
/// A seccomp filter, as bubblewrap's --seccomp takes it (classic BPF, struct sock_filter of linux/filter.h), with which a run cannot start
/// processes, only threads: limits of the kernel are per process, so that a run of one process is bounded as a whole.
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
        Architecture.X64 => Assemble(architecture: 0xC000_003E, clone: 56, fork: 57, vfork: 58),
        // It has neither fork nor vfork.
        Architecture.Arm64 => Assemble(architecture: 0xC000_00B7, clone: 220, fork: 220, vfork: 220),
        _ => null,
    };

    private static byte[] Assemble(uint architecture, uint clone, uint fork, uint vfork)
    {
        // Jumps are given as the line they lead to.
        const int Next = 0, Deny = 10, Missing = 11, Permit = 12;
        (ushort Code, int IfTrue, int IfFalse, uint Value)[] lines =
        [
            (Load, Next, Next, ArchitectureOffset),
            (JumpIfEqual, 2, Deny, architecture),
            (Load, Next, Next, NumberOffset),
            (JumpIfGreaterOrEqual, Deny, 4, X32),
            (JumpIfEqual, Missing, 5, Clone3),
            (JumpIfEqual, 8, 6, clone),
            (JumpIfEqual, Deny, 7, fork),
            (JumpIfEqual, Deny, Permit, vfork),
            (Load, Next, Next, FirstArgumentOffset),
            (JumpIfAnyBit, Permit, Deny, CloneThread),
            (Return, Next, Next, NotPermitted),
            (Return, Next, Next, NotThere),
            (Return, Next, Next, Allow),
        ];
        var bytes = new byte[lines.Length * 8];
        for (var i = 0; i < lines.Length; i++)
        {
            var line = bytes.AsSpan(i * 8);
            BinaryPrimitives.WriteUInt16LittleEndian(line, lines[i].Code);
            line[2] = (byte)(lines[i].IfTrue is Next ? 0 : lines[i].IfTrue - i - 1);
            line[3] = (byte)(lines[i].IfFalse is Next ? 0 : lines[i].IfFalse - i - 1);
            BinaryPrimitives.WriteUInt32LittleEndian(line[4..], lines[i].Value);
        }
        return bytes;
    }
}
