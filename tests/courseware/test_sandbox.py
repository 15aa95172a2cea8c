"""Course authors' Python reaches nothing and ends in time; without a sandbox it does not run at all."""

import json
import os
import socket
import subprocess
import sys
import threading
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from linkspan.courseware.engines import sandbox, sandbox_worker

needs_sandbox = pytest.mark.skipif(not sandbox.available(), reason="bubblewrap with seccomp is not available here")
pytestmark = needs_sandbox


def test_it_computes() -> None:
    assert sandbox.run("y = x * 2", {"x": 21}) == (None, {"x": 21, "y": 42})


def test_libraries_of_science_load() -> None:
    code = "import numpy, scipy.optimize, sympy\nroot = float(scipy.optimize.brentq(numpy.cos, 1, 2))"
    error, after = sandbox.run(code, {})
    assert error is None and round(after["root"], 6) == 1.570796


#: What a script may try.
ATTACKS = {
    "fork": "import os; os.fork()",
    "fork bomb": "import os\nwhile True:\n    os.fork()",
    "thread": "import threading; threading.Thread(target=print).start()",
    "process": "import subprocess; subprocess.run(['ls'])",
    "execute": "import os; os.execv('/bin/true', ['true'])",
    "connect": "import socket; socket.create_connection(('127.0.0.1', 8000))",
    "listen": "import socket; socket.socket(socket.AF_UNIX)",
    "socket pair": "import socket; socket.socketpair()",
    "read a file": "open('/etc/passwd')",
    "read the shadow": "open('/etc/shadow')",
    "write the system": "open('/usr/written', 'w')",
    "write the root": "open('/written', 'w')",
    "write memory of devices": "open('/dev/shm/written', 'w')",
    "environment of the first process": "open('/proc/1/environ').read()",
    "its own environment": "open('/proc/self/environ').read()",
    "memory of itself": "open('/proc/self/mem', 'rb')",
    "kill the first": "import os; os.kill(1, 9)",
    "kill all": "import os; os.kill(-1, 9)",
    "memory": "x = 'a' * 10**10",
    "memory by pieces": "x = [bytearray(10**6) for _ in range(10**5)]",
    "a large file": "open('big', 'wb').write(b'a' * 50_000_000)",
    "user namespace": "import os; os.unshare(os.CLONE_NEWUSER)",
    "process space": "import os; os.unshare(os.CLONE_NEWPID)",
    "leave": "raise SystemExit('enough')",
    "symlink out": "import os; os.symlink('/etc/passwd', 'p'); open('p')",
    "hard link out": "import os; os.link('/usr/bin/env', 'p')",
    "change root": "import os; os.chroot('/tmp')",
    "become root": "import os; os.setuid(0)",
    "device": "import os; os.mknod('disk', 0o60600, os.makedev(8, 0))",
    "pipe": "import os; os.mkfifo('pipe')",
    "file in memory": "import os; os.memfd_create('x')",
    "higher limits": "import resource; resource.setrlimit(resource.RLIMIT_CPU, (10**6, 10**6))",
    "a terminal": "import os; os.openpty()",
    "schedule": "import os; os.sched_setaffinity(0, {0})",
}


@pytest.mark.parametrize("code", ATTACKS.values(), ids=ATTACKS.keys())
def test_it_reaches_nothing(code) -> None:
    error, after = sandbox.run(code, {})
    assert error
    assert "x" not in after
    assert sandbox.run("y = 1", {}) == (None, {"y": 1})


#: System calls that Python has no name for, by their numbers on x86-64.
CALLS = {
    "ptrace": 101,
    "mount": 165,
    "umount2": 166,
    "pivot_root": 155,
    "init_module": 175,
    "bpf": 321,
    "perf_event_open": 298,
    "userfaultfd": 323,
    "keyctl": 250,
    "add_key": 248,
    "process_vm_readv": 310,
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "clone": 56,
    "clone3": 435,
    "setns": 308,
    "shmget": 29,
    "msgget": 68,
    "mq_open": 240,
    "pidfd_open": 434,
    "open_by_handle_at": 304,
    "fsopen": 430,
    "move_mount": 429,
    "seccomp": 317,
    "prctl": 157,
    "ioctl": 16,
    "a number that is none": 9999,
}


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86-64")
def test_only_listed_system_calls_get_through() -> None:
    code = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
got = {}
for name, number in calls.items():
    ctypes.set_errno(0)
    got[name] = [libc.syscall(number, 0, 0, 0, 0, 0), ctypes.get_errno()]
"""
    error, after = sandbox.run(code, {"calls": CALLS})
    assert error is None
    assert after["got"] == {name: [-1, 1] for name in CALLS}
    assert not {"socket", "clone", "fork", "execve", "ioctl", "prlimit64"} & set(sandbox_worker.ALLOWED.split())


@pytest.mark.parametrize(
    "code",
    [
        "n = 0\nfor i in range(600):\n    open(f'/tmp/{i}', 'wb').write(b'a' * 1_000_000); n += 1",
        "n = 0\nimport os\nfor i in range(100_000):\n    os.mkdir(f'/tmp/{i}'); n += 1",
        "n = 0\nkept = []\nfor i in range(600):\n    kept.append(open(f'/tmp/{i}', 'wb')); n += 1",
    ],
    ids=["bytes", "names", "open files"],
)
def test_files_are_few_and_small(code) -> None:
    error, after = sandbox.run(code, {})
    assert error and after["n"] <= 256


@pytest.mark.parametrize(
    "code",
    ["while True: pass", "2 ** (2 ** 40)", pytest.param("import time; time.sleep(600)", marks=pytest.mark.drill)],
)
def test_an_endless_script_ends(code) -> None:
    error, after = sandbox.run(code, {})
    assert (error and after == {}) or "MemoryError" in error or "Overflow" in error


def test_others_go_on_while_one_is_endless() -> None:
    endless = threading.Thread(target=sandbox.run, args=("while True: pass", {}))
    endless.start()
    assert sandbox.run("z = 1", {}) == (None, {"z": 1})
    assert endless.is_alive()
    endless.join()


def test_what_it_prints_goes_nowhere() -> None:
    assert sandbox.run("print('a' * 10_000_000)\nz = 1", {})[1] == {"z": 1}


def test_a_flood_of_answer_is_cut() -> None:
    error, after = sandbox.run("z = 'a' * 10_000_000", {})
    assert error and after == {}
    error, after = sandbox.run("import os\nwhile True:\n    os.write(fd, b'a' * 65536)", {"fd": 3})
    assert error and after == {}


@pytest.mark.parametrize(
    "reply",
    [
        b"cposix\nsystem\n(S'touch /tmp/pickled'\ntR.",
        b"[]",
        b"null",
        b'{"error": 5, "globals": {}}',
        b'{"error": null, "globals": []}',
        b"[" * 100_000,
        b"9" * 100_000,
        b"\xff\xfe",
    ],
)
def test_a_forged_answer_is_only_read_as_json(reply) -> None:
    code = """
import os
for fd in range(3, 100):
    try:
        os.write(fd, bytes(reply))
        os._exit(0)
    except OSError:
        pass
"""
    assert sandbox.run(code, {"reply": list(reply)}) == (sandbox.TOO_MUCH, {})
    assert not Path("/tmp/pickled").exists()


def test_the_environment_is_empty(monkeypatch) -> None:
    sandbox.POOL.close()
    monkeypatch.setenv("LINKSPAN_MARK", "a-word-of-the-server")
    code = """
import os, ctypes
names = sorted(os.environ)
environ = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
inherited = [environ[0]] if environ and environ[0] else []
inherited = [each.decode() for each in inherited]
places = os.listdir("/")
"""
    error, after = sandbox.run(code, {})
    assert error is None
    assert (after["names"], after["inherited"]) == ([], [])
    assert not {"proc", "home", "sys", "var", "srv"} & set(after["places"])


def test_nothing_of_the_server_is_open_in_it() -> None:
    code = """
import os
open_ = []
for fd in range(4096):
    try:
        os.fstat(fd)
        open_.append(fd)
    except OSError:
        pass
"""
    assert len(sandbox.run(code, {})[1]["open_"]) == 4  # nowhere three times, and the answer


def test_no_job_finds_anything_of_another() -> None:
    sandbox.run("open('left', 'w').write('x')\nimport sys, builtins\nsys.left = builtins.left = 1", {})
    code = "import os, sys, builtins\nmarks = [hasattr(sys, 'left'), hasattr(builtins, 'left')]"
    code += "\nseen = [os.listdir('/tmp'), *marks, os.getpid()]"
    assert sandbox.run(code, {})[1]["seen"] == [[], False, False, 1]


def test_chance_differs_from_job_to_job() -> None:
    code = "import random, numpy\ndrawn = [random.random(), float(numpy.random.random())]"
    assert sandbox.run(code, {})[1]["drawn"] != sandbox.run(code, {})[1]["drawn"]


def test_a_parent_that_ended_is_replaced() -> None:
    sandbox.run("x = 1", {})
    sandbox.POOL._parent._process.kill()
    sandbox.POOL._parent._process.wait()
    assert sandbox.run("x = 2", {}) == (None, {"x": 2})


def test_after_a_fork_each_process_has_its_own() -> None:
    script = """
import os
from linkspan.courseware.engines import sandbox
assert sandbox.run("x = 1", {})[0] is None
child = os.fork()
assert sandbox.run("x = 1", {})[0] is None
if not child:
    sandbox.POOL.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
    path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    assert subprocess.run([sys.executable, "-c", script], env=os.environ | path, timeout=200).returncode == 0


def test_it_runs_in_the_control_group_that_it_is_given(tmp_path, monkeypatch) -> None:
    sandbox.POOL.close()
    monkeypatch.setenv("LINKSPAN_SANDBOX_CGROUP", str(tmp_path))
    tmp_path.chmod(0o777)
    try:
        assert sandbox.run("x = 1", {}) == (None, {"x": 1})
        told = {place.name: place.read_text().strip() for place in tmp_path.iterdir()}
        assert told == sandbox.GROUP_LIMITS | {"cgroup.procs": str(sandbox.POOL._parent._process.pid)}
        sandbox.POOL.close()
        monkeypatch.setenv("LINKSPAN_SANDBOX_CGROUP", str(tmp_path / "none"))
        with pytest.raises(sandbox.SandboxUnavailable, match="control group"):
            sandbox.run("x = 1", {})
    finally:
        sandbox.POOL.close()


def test_a_library_of_the_course_is_imported() -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as library:
        library.writestr("helpers/__init__.py", "")
        library.writestr("helpers/sums.py", "def two(x):\n    return 2 * x\n")
    files = {"python_lib.zip": packed.getvalue()}
    ran = sandbox.run("from helpers.sums import two\ny = two(21)", {}, files, ["python_lib.zip"])
    assert ran == (None, {"y": 42})


def test_a_file_of_the_course_stays_in_its_folder() -> None:
    error, after = sandbox.run("import os\nseen = os.listdir('.')", {}, {"../../usr/x": b"", "/y": b"1"})
    assert (error, sorted(after["seen"])) == (None, ["x", "y"])


def test_without_bubblewrap_nothing_runs(monkeypatch) -> None:
    sandbox.POOL.close()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(sandbox.SandboxUnavailable):
        sandbox.run("x = 1", {})
    variables = {"x": 0}
    with pytest.raises(sandbox.SandboxUnavailable, match="not available here"):
        sandbox.remote_exec({"code": "x = 1", "globals_dict": variables})
    assert variables == {"x": 0}


def test_the_worker_alone_runs_nothing() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        bare = [sys.executable, str(sandbox.WORKER), str(theirs.fileno())]
        done = subprocess.run(bare, pass_fds=[theirs.fileno()], capture_output=True, timeout=100)
    assert done.returncode == 1 and b"only in the sandbox" in done.stderr


def test_the_answer_is_json_of_what_can_be_json() -> None:
    error, after = sandbox.run("a = {1: [2.5, None, True]}\nb = object()\nc = float('inf')\nd = (1, 'x')", {})
    assert error is None
    assert json.dumps(after, sort_keys=True) == '{"a": {"1": [2.5, null, true]}, "c": Infinity, "d": [1, "x"]}'
