"""Mail leaves by one module, which holds every line to its form: nobody else knows Django's mail."""

import ast
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "linkspan"


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or ""} | {f"{node.module}.{name.name}" for name in node.names}
    return found


def test_one_module_imports_mail() -> None:
    mail = ("django.core.mail", "smtplib")
    found = [
        path.relative_to(SOURCE).as_posix()
        for path in sorted(SOURCE.rglob("*.py"))
        if any(name == m or name.startswith(f"{m}.") for name in imported(path) for m in mail)
    ]
    assert found == ["messages/engines/mail.py"]
