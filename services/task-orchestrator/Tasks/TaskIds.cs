using System.Security.Cryptography;
using System.Text;

namespace Deepiri.TaskOrchestrator.Tasks;

/// <summary>Ids that follow from what a task is made of, so that making it again makes the same one.</summary>
internal static class TaskIds
{
    /// <summary>A UUIDv7: its time gives a task its place in lists, and the seed stands where there is chance otherwise.</summary>
    public static string Of(DateTimeOffset at, string seed)
    {
        Span<byte> id = stackalloc byte[16];
        Guid.CreateVersion7(at).TryWriteBytes(id, bigEndian: true, out _);
        var chance = SHA256.HashData(Encoding.UTF8.GetBytes(seed));
        id[6] = (byte)(0x70 | (chance[6] & 0x0f));
        id[7] = chance[7];
        id[8] = (byte)(0x80 | (chance[8] & 0x3f));
        chance.AsSpan(9, 7).CopyTo(id[9..]);
        return new Guid(id, bigEndian: true).ToString();
    }
}
