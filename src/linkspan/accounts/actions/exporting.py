"""Give people a copy of all that is held about them."""

import json
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO
from uuid import UUID

import puremagic
from django.db import transaction

from linkspan.accounts.queries import person_of
from linkspan.accounts.rules import may_export_person
from linkspan.kernel import audit, held, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit

IN_MEMORY = 1024 * 1024

SAYS = """What Linkspan holds about you, as it stood when you asked.

Each file in "tables" is one table, one JSON object a line. about.json says what each table holds, how many rows, and
which of their fields are kept back. "files" holds what you handed in; a row names its file under "file".

Kept back, because they are about others or cannot be told yet: the content of exams, results before their release,
points of single problems (the pages of your course show them when the course allows), the words of readers, letters
that were written about you in confidence, and what the audit trail says about others.
"""


@transaction.atomic
def export_person(*, actor: Actor, person_id: UUID, now: datetime) -> IO[bytes]:
    """Return a ZIP of all that is held about a person, open at its beginning; the trail says that it was made.

    Keys and passwords are never in it. A file that is not kept any longer is named as gone.
    """
    permit(may_export_person(actor, person_id), "read all that is held about this person")
    person_of(person_id)
    audit.record(actor=actor, verb="export_person", subject=f"accounts.user:{person_id}", now=now)
    about = []
    to: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - whoever gets it closes it
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        files = _Files(archive)
        for table in held.tables():
            rows, withheld = 0, set[str]()
            with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as lines:
                for values, kept_back in _rows(table, person_id, files):
                    lines.write(json.dumps(values, ensure_ascii=False).encode() + b"\n")
                    rows, withheld = rows + 1, withheld | set(kept_back)
            about.append({"table": table.name, "holds": table.about, "rows": rows, "kept_back": sorted(withheld)})
        files.write()
        archive.writestr("about.json", json.dumps({"at": now.isoformat(), "tables": about}, indent=1))
        archive.writestr("README.txt", SAYS)
    to.seek(0)
    return to


class _Files:
    """The files that rows name, each once, written after the tables: a ZIP takes one entry at a time."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.names: dict[str, str] = {}

    def name(self, sha256: str) -> str:
        """The name of a file in the archive, or that it is gone."""
        if sha256 not in self.names:
            self.names[sha256] = self._named(sha256)
        return self.names[sha256]

    def _named(self, sha256: str) -> str:
        try:
            content = storage.read(sha256)
        except NotFound:
            return "not kept any longer"
        return f"files/{len(self.names) + 1:04d}{_suffix(content)}"

    def write(self) -> None:
        """Write every file that was named."""
        for sha256, name in self.names.items():
            if name.startswith("files/"):
                self.archive.writestr(name, storage.read(sha256))


def _rows(table: held.Table, person_id: UUID, files: _Files) -> Iterator[tuple[dict[str, object], tuple[str, ...]]]:
    for row in held.rows_of(table, person_id):
        yield dict(row.values) | ({"file": files.name(row.file_sha256)} if row.file_sha256 else {}), row.withheld


def _suffix(content: bytes) -> str:
    try:
        return str(puremagic.from_string(content[:8192]))
    except (puremagic.PureError, ValueError):
        return ""
