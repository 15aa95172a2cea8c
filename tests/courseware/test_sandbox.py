"""Course authors' Python reaches nothing and ends in time; without a sandbox it does not run at all."""

import pytest

from linkspan.courseware.engines import sandbox

needs_sandbox = pytest.mark.skipif(not sandbox.available(), reason="bubblewrap with seccomp is not available here")


@needs_sandbox
def test_it_computes() -> None:
    assert sandbox.run("y = x * 2", {"x": 21}) == (None, {"x": 21, "y": 42})


@needs_sandbox
@pytest.mark.parametrize(
    "code",
    [
        "import os; os.fork()",
        "import subprocess; subprocess.run(['ls'])",
        "import socket; socket.create_connection(('127.0.0.1', 8000))",
        "open('/etc/passwd')",
        "open('/usr/written', 'w')",
        "import os; os.kill(1, 9)",
        "x = 'a' * 10**10",
        "open('big', 'w').write('a' * 5_000_000)",
        "import os; os.unshare(os.CLONE_NEWUSER)",
        "raise SystemExit('enough')",
    ],
)
def test_it_reaches_nothing(code) -> None:
    error, after = sandbox.run(code, {})
    assert error
    assert "x" not in after


@needs_sandbox
def test_an_endless_loop_ends() -> None:
    error, _ = sandbox.run("while True: pass", {})
    assert "stopped" in error


@needs_sandbox
def test_what_it_prints_goes_nowhere() -> None:
    assert sandbox.run("print('a' * 10_000_000)\nz = 1", {})[1] == {"z": 1}


@needs_sandbox
def test_the_environment_is_empty() -> None:
    _, after = sandbox.run("import os; names = sorted(os.environ)", {})
    assert set(after["names"]) <= {"LC_CTYPE", "OPENBLAS_NUM_THREADS", "PWD", "PYTHONPATH"}


def test_without_bubblewrap_nothing_runs(monkeypatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(sandbox.SandboxUnavailable):
        sandbox.run("x = 1", {})
    variables = {"x": 0}
    message, error = sandbox.remote_exec({"code": "x = 1", "globals_dict": variables})
    assert "not available here" in message and error is not None
    assert variables == {"x": 0}
