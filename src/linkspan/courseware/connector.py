"""Learning platforms as sources of learners' records: the interface, and one that reads an export file."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from linkspan.kernel.errors import Unusable


@dataclass(frozen=True, slots=True)
class PlatformLearner:
    """A learner as a platform hands them over: who, and facts as (kind, key, data) of `records`."""

    email: str
    name: str
    facts: tuple[tuple[str, str, Mapping[str, Any]], ...]


class LearningPlatform(Protocol):
    """A platform from which completers of a program can be read."""

    name: str

    def completers(self) -> Iterator[PlatformLearner]:
        """Everybody, page by page; Unusable names the row that is wrong."""
        ...


class ExportFile:
    """A platform's export as JSON lines: {"email", "name", "facts": [{"kind", "key", "data"}]}."""

    def __init__(self, path: Path) -> None:
        self.name = f"export {path.name}"
        self._path = path

    def completers(self) -> Iterator[PlatformLearner]:
        """Every line; Unusable names the first that is wrong."""
        with self._path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                yield self._read(line, number)

    def _read(self, line: str, number: int) -> PlatformLearner:
        try:
            row = json.loads(line)
            facts = tuple((str(f["kind"]), str(f["key"]), dict(f["data"])) for f in row["facts"])
            if "@" not in row["email"]:
                raise ValueError("the e-mail address is none")
            return PlatformLearner(str(row["email"]).lower(), str(row["name"]), facts)
        except (ValueError, KeyError, TypeError) as error:
            raise Unusable("export_unusable", f"line {number}: {error!r}") from error
