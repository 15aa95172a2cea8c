"""Who may call out, and who may deliver: asked of the syntax tree, so that the kind of fault cannot come back."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "linkspan"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)

#: Libraries that reach somebody else, by the first parts of their names.
NETWORK = (
    "aiohttp",
    "boto3",
    "botocore",
    "celery",
    "django.core.mail",
    "dns",
    "ftplib",
    "http.client",
    "httpx",
    "imaplib",
    "kombu",
    "paramiko",
    "poplib",
    "redis",
    "requests",
    "smtplib",
    "storages",
    "socket",
    "stripe",
    "urllib.request",
    "urllib3",
    "websockets",
    "xmlrpc.client",
)
#: Who may use one. Each passes the gate `leaving` before it calls out, within a time limit of its own.
CALLERS = {
    "courseware/engines/event_bus.py": "SECONDS",
    "accounts/engines/openid.py": "SECONDS",
    "finance/engines/stripe.py": "SECONDS",
    "institutions/engines/domain.py": "SECONDS",
    "kernel/scan.py": "SECONDS",
    "messages/engines/mail.py": "EMAIL_TIMEOUT",
    "site/broker.py": "SECONDS",
    "vc/net.py": "WHOLE_SECONDS",
    "vc/sealers.py": "PATIENCE_SECONDS",
}
#: Who uses one without calling out, and what for.
OTHERS = {
    "courseware/engines/sandbox.py": "a pair of sockets with its own child",
    "courseware/engines/sandbox_worker.py": "that child",
    "kernel/bounded.py": "a pair of sockets with its own child",
    "kernel/shelves.py": "the installation's own store, as near as its database, within seconds of its own",
}
DELIVERING = {"drain", "deliver", "relay"}


def name(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def imported(tree: ast.AST) -> Iterator[str]:
    """Every name that is imported, with its module before it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def reaches(tree: ast.AST) -> bool:
    return any(found == lib or found.startswith(f"{lib}.") for found in imported(tree) for lib in NETWORK)


def test_network_libraries_are_used_behind_the_gate_alone() -> None:
    users = {name(path) for path in MODULES if reaches(ast.parse(path.read_text()))}
    own_server = {user for user in users if user.startswith("site/")}  # it listens; the engine calls by the broker
    assert users - own_server | {"site/broker.py"} == CALLERS.keys() | OTHERS.keys()


@pytest.mark.parametrize(("module", "limit"), CALLERS.items())
def test_every_caller_passes_the_gate_and_has_a_time_limit(module, limit) -> None:
    tree = ast.parse((SOURCE / module).read_text())
    called = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert {"leaving", "net.leaving"} & set(called)
    assert limit in (SOURCE / module).read_text()


@pytest.mark.parametrize("face", ["web", "api", "cli"])
def test_no_face_delivers(face) -> None:
    for path in sorted((SOURCE / face).rglob("*.py")):
        tree = ast.parse(path.read_text())
        used = {found.rpartition(".")[2] for found in imported(tree) if found.startswith("linkspan.kernel.outbox")}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "outbox":
                used.add(node.attr)
        assert not used & DELIVERING, f"{name(path)}: only the worker delivers"
