"""Documents that people hand in: what they are by their content, and what the virus scanner says of them."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from types import MappingProxyType

import puremagic
from django.conf import settings

from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.scan import Infected, scan

#: Types of documents that are taken.
TAKEN = ("application/pdf", "image/png", "image/jpeg")


def type_of(content: bytes) -> str:
    """The media type that the content itself tells; empty if none."""
    try:
        return str(puremagic.from_string(content[:8192], mime=True)) if content else ""
    except (puremagic.PureError, ValueError):
        return ""


#: What the scanner said of files that were scanned before the transaction in which they are handed in.
_scanned: ContextVar[Mapping[str, bool]] = ContextVar("scanned", default=MappingProxyType({}))


@contextmanager
def scanned(contents: Iterable[bytes]) -> Iterator[None]:
    """Ask the scanner about these files now; inside of the block nobody asks again. Refused if it found something."""
    known = {sha256(content).hexdigest(): is_clean(content) for content in contents}
    before = _scanned.set(known)
    try:
        yield
    finally:
        _scanned.reset(before)


def is_clean(content: bytes) -> bool:
    """Whether the virus scanner found it clean, False where none answers; Refused if it found something.

    It calls out: not inside of a transaction, unless the file was `scanned` before.
    """
    known = _scanned.get()
    if known and (said := known.get(sha256(content).hexdigest())) is not None:
        return said
    try:
        return bool(settings.CLAMD_SOCKET) and scan(content, settings.CLAMD_SOCKET)
    except Infected as found:
        raise Refused(
            "document_infected", "The virus scanner found {found}. Nothing was stored.", found=found
        ) from None


def check_paper(content: bytes) -> None:
    """Unusable unless it is a PDF or a picture by its content, Refused if it is infected: before it is stored."""
    if not content:
        raise Unusable("document_empty", "The file is empty. Choose a file with content.")
    if type_of(content) not in TAKEN:
        raise Unusable("document_type", "Hand in a PDF, a PNG or a JPEG. Other kinds of files are not taken.")
    is_clean(content)
