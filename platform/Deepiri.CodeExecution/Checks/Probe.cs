// Tries to get out of the sandbox: Solve returns what it could do, or null. See SandboxProbe.cs for what each probe is.
using System.ComponentModel;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;

public static class Solution
{
    [DllImport("libc", SetLastError = true)]
    private static extern int setuid(uint user);

    [DllImport("libc", SetLastError = true)]
    private static extern nint mmap(nint address, nint length, int protection, int flags, int file, nint offset);

    public static string? Solve(string probe, string[] files, int port, int heap, int mapped, int threads) => probe switch
    {
        "user" => User(),
        "kernel-settings" => KernelSettings(),
        "service-files" => ServiceFiles(files),
        "network" => Network(port),
        "processes" => Processes(),
        "threads" => Threads(threads),
        "memory" => Memory(heap, mapped),
        "time" => Burn(),
        "outliving" => Outliving(),
        _ => throw new ArgumentException(probe),
    };

    private static string? User()
    {
        var fields = File.ReadLines("/proc/self/status").Select(line => line.Split(':', 2)).ToDictionary(f => f[0], f => f[1].Trim());
        if (fields["Uid"].Split('\t').Concat(fields["Gid"].Split('\t')).Contains("0"))
            return "runs as root";
        foreach (var field in new[] { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" })
        {
            if (Convert.ToUInt64(fields[field], 16) != 0)
                return $"holds capabilities ({field})";
        }
        if (fields["NoNewPrivs"] != "1")
            return "may gain privileges by starting a program";
        return setuid(0) == 0 ? "became root" : null;
    }

    private static string? KernelSettings()
    {
        if (Directory.Exists("/sys") && Directory.EnumerateFileSystemEntries("/sys").Any())
            return "sees /sys";
        var all = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (var path in Directory.EnumerateFiles("/proc", "*", all))
        {
            try
            {
                File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite).Dispose();
                return $"opened {path} for writing";
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue;
            }
        }
        return null;
    }

    private static string? ServiceFiles(string[] files)
    {
        foreach (var path in files)
        {
            try
            {
                File.ReadAllBytes(path);
                return $"read {path}";
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue;
            }
        }
        return null;
    }

    private static string? Network(int port)
    {
        try
        {
            new TcpClient("127.0.0.1", port).Dispose();
            return "connected to a server of this machine";
        }
        catch (SocketException)
        {
            var other = File.ReadLines("/proc/net/dev").Where(line => line.Contains(':')).Select(line => line.Split(':')[0].Trim()).FirstOrDefault(name => name != "lo");
            return other is null ? null : $"sees the network interface {other}";
        }
    }

    private static string? Processes()
    {
        try
        {
            Process.Start("/bin/true").Dispose();
            return "started a program";
        }
        catch (Win32Exception)
        {
            var seen = Directory.EnumerateDirectories("/proc").Count(path => Path.GetFileName(path).All(char.IsAsciiDigit));
            return seen > 2 ? $"sees {seen} processes" : null;
        }
    }

    private static string? Threads(int count)
    {
        using var done = new ManualResetEventSlim();
        var started = new List<Thread>();
        try
        {
            for (var i = 0; i < count; i++)
            {
                var thread = new Thread(() => done.Wait(), 64 * 1024);
                thread.Start();
                started.Add(thread);
            }
            return $"started {count} threads";
        }
        catch (OutOfMemoryException)
        {
            return null;
        }
        finally
        {
            done.Set();
            started.ForEach(thread => thread.Join());
        }
    }

    private static string? Memory(int heap, int mapped)
    {
        const int ReadAndWrite = 3;
        const int PrivateAnonymous = 0x22;
        const int SharedAnonymous = 0x21;
        if (mmap(0, (nint)heap << 20, ReadAndWrite, PrivateAnonymous, -1, 0) != -1)
            return $"allocated {heap} MiB";
        return mmap(0, (nint)mapped << 20, ReadAndWrite, SharedAnonymous, -1, 0) != -1 ? $"mapped {mapped} MiB" : null;
    }

    private static string? Burn()
    {
        while (true)
        {
        }
    }

    private static string? Outliving()
    {
        Console.Error.WriteLine("started");
        Thread.Sleep(TimeSpan.FromMinutes(2));
        return null;
    }
}
