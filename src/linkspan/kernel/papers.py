"""Documents that people hand in: what they are by their content, and what the virus scanner says of them."""

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


def is_clean(content: bytes) -> bool:
    """Whether the virus scanner found it clean, False where none answers; Refused if it found something.

    It calls out: not inside of a transaction.
    """
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
