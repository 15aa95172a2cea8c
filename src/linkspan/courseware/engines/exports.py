"""The export file of a learning platform: JSON lines, one learner each."""

import io
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from linkspan.courseware.rules.platform import (
    Origin,
    PlatformLearner,
    PlatformPerson,
    PlatformRow,
    PlatformValue,
    stated,
)
from linkspan.kernel.addresses import Address, address
from linkspan.kernel.errors import Unusable

LONGEST_LINE = 1_000_000
#: Of a file that somebody sends to a page.
MOST_LINES = 20_000


class ExportFile:
    """A platform's export as JSON lines: {"email", "name", "facts": [{"kind", "key", "data"}]}."""

    #: It tells of people by their addresses, and of what is done.
    place = open_until = ""

    def __init__(self, path: Path) -> None:
        self.name = f"export {path.name}"
        self._path = path

    def rows(self) -> Iterator[PlatformRow]:
        """Every line that is not blank."""
        with self._path.open("rb") as file:
            yield from rows_of(_lines(file), self.name)

    def lines(self, numbers: Collection[int]) -> Iterator[bytes]:
        """Those lines as they stand."""
        with self._path.open("rb") as file:
            yield from lines_of(file, numbers)


@dataclass(frozen=True, slots=True)
class ExportText:
    """The same from text at hand, such as a file that somebody sends to a page."""

    name: str
    raw: bytes
    place: str = ""
    open_until: str = ""

    def __post_init__(self) -> None:
        if self.raw.count(b"\n") > MOST_LINES:
            raise Unusable(
                "export_too_long", "The file has more than {most_lines} lines. Split it.", most_lines=MOST_LINES
            )

    def rows(self) -> Iterator[PlatformRow]:
        """Every line that is not blank."""
        yield from rows_of(_lines(io.BytesIO(self.raw)), self.name)

    def lines(self, numbers: Collection[int]) -> Iterator[bytes]:
        """Those lines as they stand."""
        yield from lines_of(io.BytesIO(self.raw), numbers)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Each line, of one that is too long no more than shows it."""
    while line := file.readline(LONGEST_LINE + 2):
        yield line
        while line and not line.endswith(b"\n"):
            line = file.readline(LONGEST_LINE)


def lines_of(file: BinaryIO, numbers: Collection[int]) -> Iterator[bytes]:
    """Those lines of an export as they stand, numbered like its rows; of one that is too long, its beginning."""
    for number, line in enumerate(_lines(file), start=1):
        if number in numbers:
            yield line.rstrip(b"\r\n") + b"\n"


def rows_of(lines: Iterable[bytes], source: str) -> Iterator[PlatformRow]:
    """The rows of an export, each numbered by its line."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield PlatformRow(number, _learner(line.removeprefix(b"\xef\xbb\xbf"), source))
            except (ValueError, RecursionError) as error:
                yield PlatformRow(number, None, str(error) or type(error).__name__)


def _learner(line: bytes, source: str) -> PlatformLearner:
    if len(line) > LONGEST_LINE:
        raise ValueError(f"the line is longer than {LONGEST_LINE} bytes")
    row = _parsed(line)
    if not isinstance(row, dict) or not isinstance(row.get("facts"), list):
        raise ValueError("a line is an object with email, name and facts, a list")
    email, name = row.get("email"), row.get("name")
    if not isinstance(email, str):
        raise ValueError("email is no e-mail address")
    if not isinstance(name, str) or not name.strip() or len(name) > 200 or not name.isprintable():
        raise ValueError("name is a text of 1 to 200 characters")
    origin = Origin.of(source, None, line.strip())
    person = PlatformPerson("", _address(email), name, origin)
    return PlatformLearner(person, tuple(_value(fact, origin) for fact in row["facts"]))


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(
            line.decode(), parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_members_once
        )
    except UnicodeDecodeError as error:
        raise ValueError("the line is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"the line is not JSON: {error.msg} at column {error.colno}") from error
    except RecursionError as error:
        raise ValueError("the line is nested too deep") from error


def _address(email: str) -> Address:
    try:
        return address(email)
    except Unusable:
        raise ValueError("email is no e-mail address") from None


def _value(told: Any, origin: Origin) -> PlatformValue:
    if not isinstance(told, dict):
        raise ValueError("a fact is an object with kind, key and data")
    kind, key, data = told.get("kind"), told.get("key"), told.get("data")
    if not isinstance(kind, str) or not isinstance(key, str) or not isinstance(data, dict):
        raise ValueError("a fact has a kind and a key, both texts, and data, an object")
    return stated(kind, key, data, origin)


def _members_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} stands twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
