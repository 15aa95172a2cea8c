"""What is expensive ends at its limit, in a process of its own, and the caller goes on."""

import ast
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from linkspan.kernel.bounded import ANSWERS, DOCUMENTS, Lane, Limits
from linkspan.kernel.errors import Busy, Refused, TooExpensive

ROOT = Path(__file__).resolve().parents[2]
#: Libraries that start threads of their own, or that hold the interpreter while they draw.
DRAWING = {"typst", "vl_convert", "PIL", "pypdf"}

SMALL = Lane(Limits(seconds=0.5, memory=256 * 2**20, answer=100_000), children=1, waiting=1)
IMPATIENT = Lane(Limits(seconds=30, patience=1), children=1)


@pytest.fixture(autouse=True)
def fresh():
    yield
    SMALL.close()
    IMPATIENT.close()


@SMALL.bounded
def doubled(value):
    return value * 2


@SMALL.bounded
def one_call_into_c() -> int:
    return len(str(2 ** (2**31)))


@SMALL.bounded
def memory() -> int:
    return len([bytearray(2**20) for _ in range(4096)])


@SMALL.bounded
def flood() -> bytes:
    return b"a" * 200_000


@SMALL.bounded
def deep(level: int = 0) -> int:
    return deep.__wrapped__(level + 1)


@SMALL.bounded
def refuse() -> None:
    raise Refused("no", "Not so.", ("because",))


@SMALL.bounded
def fail_foreign() -> None:
    raise subprocess.SubprocessError("of a library")


@SMALL.bounded
def whoami() -> tuple[int, list[str]]:
    return os.getpid(), sorted(os.environ)


@SMALL.bounded
def print_much() -> str:
    print("a" * 1000)
    return "said"


@SMALL.bounded
def die() -> None:
    os.kill(os.getpid(), 9)


@SMALL.bounded
def wait(seconds: float) -> None:
    time.sleep(seconds)


@SMALL.bounded
def work_by_threads() -> None:
    workers = [threading.Thread(target=hashlib.pbkdf2_hmac, args=("sha256", b"", b"", 2**31 - 1)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


@IMPATIENT.bounded
def wait_for_ever() -> None:
    threading.Event().wait()


@SMALL.bounded
def nested() -> int:
    return doubled(21)


def test_the_result_comes_back_and_the_child_stays_warm() -> None:
    assert doubled({"a": 1}["a"]) == 2
    first, _ = whoami()
    assert whoami()[0] == first != os.getpid()
    assert nested() == 42
    assert print_much() == "said"


@pytest.mark.parametrize("work", [one_call_into_c, work_by_threads, memory, flood, deep, die])
def test_it_ends_at_its_limit_and_the_next_work_goes_on(work) -> None:
    with pytest.raises(TooExpensive) as stopped:
        work()
    assert stopped.value.code == "too_expensive"
    assert doubled(2) == 4


def test_work_that_waits_for_the_processor_is_not_expensive() -> None:
    """Its child is stopped in the middle for longer than its work may take; on a busy machine it is by others."""
    child, _ = whoami()
    os.kill(child, signal.SIGSTOP)
    threading.Timer(1, os.kill, (child, signal.SIGCONT)).start()
    assert doubled(2) == 4
    wait(1)


def test_work_that_only_waits_ends_too() -> None:
    with pytest.raises(TooExpensive):
        wait_for_ever()


def test_the_interpreter_of_the_caller_is_free_meanwhile() -> None:
    turns = 0
    started = threading.Event()
    ended = threading.Event()

    def ask() -> None:
        started.set()
        with pytest.raises(TooExpensive):
            one_call_into_c()
        ended.set()

    asker = threading.Thread(target=ask)
    asker.start()
    started.wait()
    while not ended.wait(0.01):
        turns += 1
    asker.join()
    assert turns > 5


def test_what_is_raised_is_raised_here() -> None:
    with pytest.raises(Refused) as no:
        refuse()
    assert (no.value.code, no.value.message, no.value.reasons) == ("no", "Not so.", ("because",))
    with pytest.raises(RuntimeError, match="SubprocessError: of a library"):
        fail_foreign()


def test_nothing_of_the_servers_environment_is_handed_on(monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_SECRET", "word")
    monkeypatch.setenv("DATABASE_URL", "word")
    assert not {"LINKSPAN_SECRET", "DATABASE_URL"} & set(whoami()[1])


def test_a_few_wait_and_the_others_hear_that_it_is_busy() -> None:
    doubled(1)
    outcomes: list[str] = []

    def ask() -> None:
        try:
            wait(0.3)
            outcomes.append("done")
        except Busy:
            outcomes.append("busy")

    askers = [threading.Thread(target=ask) for _ in range(5)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert sorted(outcomes) == ["busy"] * 3 + ["done"] * 2


def test_a_child_that_ended_idle_is_replaced() -> None:
    first, _ = whoami()
    os.kill(first, 9)
    while Path(f"/proc/{first}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        time.sleep(0.01)
    assert whoami()[0] != first


def test_after_a_fork_the_parents_children_are_left_alone() -> None:
    script = """
import os
from linkspan.recognition.engines.transcript import transcript_pdf
told = {name: "x" for name in ("lang", "title", "institution", "learner", "degree", "dated", "note")}
told |= {"lang": "en", "parts": []}
assert transcript_pdf(told).startswith(b"%PDF")
child = os.fork()
assert transcript_pdf(told).startswith(b"%PDF")
if not child:
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
    path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", script], env=os.environ | path, timeout=120, check=False)
    assert done.returncode == 0


def test_a_child_ends_with_its_parent() -> None:
    script = (
        "from tests.kernel.test_bounded import SMALL, whoami; print(whoami()[0], flush=True); import os; os._exit(0)"
    )
    path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    told = subprocess.run([sys.executable, "-c", script], env=os.environ | path, capture_output=True, timeout=120)
    child = Path(f"/proc/{int(told.stdout)}")
    for _ in range(500):
        if not child.exists():
            break
        time.sleep(0.01)
    assert not child.exists()


def _is_bounded(function: ast.AST) -> bool:
    marks = getattr(function, "decorator_list", [])
    return any(isinstance(mark, ast.Attribute) and mark.attr == "bounded" for mark in marks)


def _drawing_libraries(tree: ast.AST, inside: bool = False) -> list[tuple[int, str]]:
    """Imports of drawing libraries that stand outside of a bounded function."""
    found = []
    for node in ast.iter_child_nodes(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        found += [(node.lineno, name) for name in names if name.split(".")[0] in DRAWING and not inside]
        found += _drawing_libraries(node, inside or _is_bounded(node))
    return found


@pytest.mark.parametrize("module", sorted((ROOT / "src").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_drawing_libraries_live_in_children_only(module: Path) -> None:
    assert _drawing_libraries(ast.parse(module.read_text())) == []


def test_lanes_let_a_document_take_longer_than_an_answer() -> None:
    assert ANSWERS.limits.seconds <= 2 < DOCUMENTS.limits.seconds <= 30
