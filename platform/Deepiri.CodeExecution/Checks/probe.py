# Tries to get out of the sandbox: solve returns what it could do, or None. See SandboxProbe.cs for what each probe is.
import mmap
import os
import socket
import subprocess
import sys
import threading
import time


def user():
    with open("/proc/self/status") as file:
        fields = dict(line.rstrip("\n").split(":", 1) for line in file if ":" in line)
    for field in ("Uid", "Gid"):
        if "0" in fields[field].split():
            return "runs as root"
    for field in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        if int(fields[field], 16):
            return f"holds capabilities ({field})"
    if fields["NoNewPrivs"].strip() != "1":
        return "may gain privileges by starting a program"
    try:
        os.setuid(0)
        return "became root"
    except OSError:
        return None


def kernel_settings():
    if os.path.isdir("/sys") and os.listdir("/sys"):
        return "sees /sys"
    for folder, _, files in os.walk("/proc"):
        for name in files:
            path = os.path.join(folder, name)
            if os.path.islink(path):
                continue
            try:
                os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
                return f"opened {path} for writing"
            except OSError:
                pass
    return None


def service_files(files):
    for path in files:
        try:
            with open(path, "rb") as file:
                file.read(1)
            return f"read {path}"
        except OSError:
            pass
    return None


def network(port):
    try:
        socket.create_connection(("127.0.0.1", port), 2).close()
        return "connected to a server of this machine"
    except OSError:
        pass
    with open("/proc/net/dev") as file:
        others = [line.split(":")[0].strip() for line in file if ":" in line and line.split(":")[0].strip() != "lo"]
    return f"sees the network interface {others[0]}" if others else None


def processes():
    try:
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        return "forked"
    except OSError:
        pass
    try:
        subprocess.Popen(["/bin/true"]).wait()
        return "started a program"
    except OSError:
        pass
    seen = [name for name in os.listdir("/proc") if name.isdigit()]
    return f"sees {len(seen)} processes" if len(seen) > 2 else None


def threads(count):
    threading.stack_size(64 * 1024)
    done = threading.Event()
    started = []
    try:
        for _ in range(count):
            thread = threading.Thread(target=done.wait)
            thread.start()
            started.append(thread)
        return f"started {count} threads"
    except RuntimeError:
        return None
    finally:
        done.set()
        for thread in started:
            thread.join()


def memory(heap, mapped):
    try:
        if bytearray(heap << 20):
            return f"allocated {heap} MiB"
    except MemoryError:
        pass
    try:
        mmap.mmap(-1, mapped << 20).close()
        return f"mapped {mapped} MiB"
    except (OSError, ValueError):
        return None


def burn():
    while True:
        pass


def outliving():
    sys.stderr.write("started\n")
    sys.stderr.flush()
    time.sleep(120)


def solve(probe, files, port, heap, mapped, threads_allowed):
    return {
        "user": user,
        "kernel-settings": kernel_settings,
        "service-files": lambda: service_files(files),
        "network": lambda: network(port),
        "processes": processes,
        "threads": lambda: threads(threads_allowed),
        "memory": lambda: memory(heap, mapped),
        "time": burn,
        "outliving": outliving,
    }[probe]()
