"""Runs inside the sandbox: a parent that runs nothing of an author's, and forks one child for each job.

The parent keeps the one right that it needs, to give each child a process space, a /tmp and nothing else of its own.
The child gives up every right, limits itself, lets only listed system calls through, runs the code, answers and ends;
it is never used twice. A job is a socket that comes over the control socket: JSON in, JSON out. Imports nothing of
Linkspan.
"""

import base64
import ctypes
import json
import os
import random
import resource
import select
import signal
import socket
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pyseccomp

WALL_SECONDS, CPU_SECONDS = 30, 5
MEMORY_BYTES = 1024 * 1024 * 1024
FILE_BYTES, OPEN_FILES = 4 * 1024 * 1024, 32
TMP = "/tmp"  # noqa: S108  the child's own
TMP_OPTIONS = b"size=16m,nr_inodes=256,mode=0700"
#: What scripts import most; loaded once, shared by all children.
PRELOADED = (
    "random2",
    "six",
    "numpy.random",
    "scipy.special",
    "scipy.optimize",
    "calc",
    "sympy",
    "symmath",
    "chem.chemcalc",
)
NOSUID_NODEV_NOEXEC, PRIVATE_BELOW = 2 | 4 | 8, 0x40000 | 0x4000
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, CAPABILITY_VERSION_3 = 47, 4, 0x20080522
#: All that a program may ask of the kernel which only computes, and uses files of its own. Anything else is refused.
ALLOWED = """
access brk chdir clock_getres clock_gettime clock_nanosleep close dup dup2 dup3 exit exit_group faccessat faccessat2
fchdir fcntl fdatasync flock fstat fstatfs fsync ftruncate futex getcwd getdents getdents64 getegid geteuid getgid
getgroups getpgrp getpid getppid getrandom getresgid getresuid getrlimit getrusage gettid gettimeofday getuid
link linkat lseek lstat madvise membarrier mkdir mkdirat mmap mprotect mremap munmap nanosleep newfstatat open openat
pread64 preadv pwrite64 pwritev read readlink readlinkat readv rename renameat renameat2 restart_syscall rmdir rseq
rt_sigaction rt_sigprocmask rt_sigreturn sched_getaffinity sched_yield set_robust_list sigaltstack stat statfs statx
symlink symlinkat sysinfo time truncate umask uname unlink unlinkat utimensat write writev
"""

LIBC = ctypes.CDLL(None, use_errno=True)


def parent(control: socket.socket) -> None:
    """Load what scripts import, say so, and fork a child for each job until the server closes the control socket."""
    if os.getpid() != 1:
        sys.exit("Authors' code runs only in the sandbox, as a child of its first process.")
    os.environ["HOME"] = TMP  # nltk, which reads chemistry, looks for one while it loads; jobs have none
    for name in PRELOADED:
        __import__(name)
    sys.modules["verifiers"] = verifiers = ModuleType("verifiers")
    sys.modules["verifiers.draganddrop"] = verifiers.__dict__["draganddrop"] = __import__("sandbox_draganddrop")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are not waited for
    control.send(b"ready")
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 16, 1)
        if not message:
            return
        if os.fork() == 0:  # noqa: TID251  one thread, and nothing native in it
            control.close()
            _supervise(descriptors[0])
        for descriptor in descriptors:
            os.close(descriptor)


def _supervise(descriptor: int) -> None:
    """Give the job spaces of its own, and end it when its time is over."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.unshare(os.CLONE_NEWPID | os.CLONE_NEWNS | os.CLONE_NEWIPC)
        _mount(None, b"/", None, PRIVATE_BELOW, None)
        _mount(b"tmpfs", TMP.encode(), b"tmpfs", NOSUID_NODEV_NOEXEC, TMP_OPTIONS)
        child = os.fork()  # noqa: TID251  as above
        if child == 0:
            _job(descriptor)
        else:
            os.close(descriptor)
            waiting = select.poll()
            waiting.register(os.pidfd_open(child), select.POLLIN)
            waiting.poll(WALL_SECONDS * 1000)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    except OSError as error:
        os.write(descriptor, json.dumps({"unavailable": str(error)}).encode())
    finally:
        os._exit(0)


def _mount(source: bytes | None, place: bytes, kind: bytes | None, flags: int, options: bytes | None) -> None:
    if LIBC.mount(source, place, kind, flags, options) != 0:
        raise OSError(ctypes.get_errno(), "mount")


def _job(descriptor: int) -> None:
    """Read the job, lock the door, run the code, answer."""
    job = json.loads(b"".join(iter(lambda: os.read(descriptor, 1 << 20), b"")))
    nowhere = os.open("/dev/null", os.O_RDWR)
    for number in range(3):
        os.dup2(nowhere, number)
    os.closerange(3, descriptor)
    os.closerange(descriptor + 1, 4096)
    _prepare(job)
    lock()
    error = None
    space = dict(job["globals"])
    try:
        exec(compile(job["code"], "<course>", "exec"), space)  # noqa: S102  this is what the sandbox is for
    except BaseException as raised:  # noqa: BLE001 - the edge of the sandbox: an author's code
        error = f"{type(raised).__name__}: {raised}"[:500]
    kept = {key: value for key, value in space.items() if not key.startswith("__") and plain(value)}
    out = json.dumps({"error": error, "globals": kept}).encode()
    while out:
        out = out[os.write(descriptor, out) :]


def _prepare(job: dict[str, Any]) -> None:
    """An empty environment, the job's own files and path, and chance that is not its neighbour's."""
    os.environ.clear()
    os.chdir(TMP)
    for name, content in job["files"].items():
        Path(TMP, Path(name).name).write_bytes(base64.b64decode(content))
    sys.path[:0] = [str(Path(TMP, name)) for name in job["path"]]
    random.seed()
    sys.modules["numpy"].random.seed()


def lock() -> None:
    """No rights, resource limits, then the filter of system calls; without each of them nothing runs."""
    LIBC.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header, none = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    if LIBC.capset(ctypes.byref(header), ctypes.byref(none)) != 0:
        raise OSError(ctypes.get_errno(), "capset")
    for kind, limit in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))
    FILTER.load()


def _filter() -> pyseccomp.SyscallFilter:
    """All but the listed system calls fail with «not permitted»."""
    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(1))
    for name in ALLOWED.split():
        try:
            rules.add_rule(pyseccomp.ALLOW, name)
        except (RuntimeError, ValueError, OSError):
            continue  # unknown on this processor
    return rules


def plain(value: object, depth: int = 0) -> bool:
    """Whether a value goes into JSON as it is."""
    if depth > 20:
        return False
    if isinstance(value, dict):
        return all(isinstance(key, str | int) and plain(inner, depth + 1) for key, inner in value.items())
    if isinstance(value, list | tuple):
        return all(plain(inner, depth + 1) for inner in value)
    return value is None or isinstance(value, str | int | float | bool)


FILTER = _filter()

if __name__ == "__main__":
    parent(socket.socket(fileno=int(sys.argv[1])))
