"""What an application still asks for, the documents that come with it, and the letters of recommendation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from linkspan.kernel.errors import Refused, Unusable

#: Types of documents, by their content, with the ending under which they are handed out.
TYPES: Mapping[str, str] = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}
MOST_DOCUMENTS = 20
MOST_LETTERS = 5
#: Requests in a day: of one applicant over all rounds, and to one address from anybody.
LETTERS_WITHIN = timedelta(days=1)
MOST_ASKED_BY_ONE = 10
MOST_ASKED_OF_ONE = 5
LETTER_DAYS = 30


class Scan(StrEnum):
    """What the virus scanner said. `not_scanned` is shown as such: no scanner was there."""

    CLEAN = "clean"
    NOT_SCANNED = "not_scanned"


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that is asked for: the slot it goes to, the clause that asks (empty for a document of the form)."""

    slot: str
    clause: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """A document of an application; its content is read by `read_document`."""

    id: UUID
    learner_id: UUID
    round_id: UUID
    slot: str
    name: str
    media_type: str
    size: int
    scan: Scan
    at: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter of recommendation that was asked for; what it says is for the institution only."""

    id: UUID
    learner_id: UUID
    round_id: UUID
    name: str
    email: str
    asked_at: datetime
    expires_at: datetime
    received_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Whether the recommender can still hand it in."""
        return self.received_at is None and now < self.expires_at


def asked_for(requirements: Iterable[Mapping[str, Any]], documents: Iterable[str]) -> tuple[Asked, ...]:
    """What the form asks for: each clause whose evidence is missing, and the agreement's own documents.

    `requirements` as an audit has them in JSON. What is met is on record, and what is not met no document can change.
    """
    unknown = [row for row in requirements if row["outcome"] == "unknown"]
    clauses = [Asked(f"clause {row['clause']}", str(row["clause"]), str(row["text"])) for row in unknown]
    return (*clauses, *(Asked(f"document {number}", "", text) for number, text in enumerate(documents, 1)))


def check_document(slot: str, name: str, media_type: str, held: int) -> None:
    """Unusable unless the content is of a type that is taken, and Refused when there are too many."""
    if media_type not in TYPES:
        raise Unusable("document_type", "Hand in a PDF, a PNG or a JPEG. Other kinds of files are not taken.")
    if not slot or len(slot) > 80 or not name.strip():
        raise Unusable("document_slot", "Say what the document is for.")
    if held >= MOST_DOCUMENTS:
        raise Refused(
            "documents_full",
            "An application holds {most_documents} documents. Remove one first.",
            most_documents=MOST_DOCUMENTS,
        )


def file_name(name: str, media_type: str) -> str:
    """A harmless name for a download: letters, digits, dots and dashes, with the ending of its true type."""
    stem = name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or "document"
    safe = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "-" for sign in stem)[:60]
    return f"{safe}.{TYPES[media_type]}"


def check_letter_rate(by_one: int, of_one: int) -> None:
    """Refused once an applicant has asked often enough in a day, or an address was asked often enough."""
    if by_one >= MOST_ASKED_BY_ONE or of_one >= MOST_ASKED_OF_ONE:
        raise Refused("letters_too_often", "That was asked for too often today. Try again tomorrow.")


def letter_expiry(now: datetime) -> datetime:
    """Until when a recommender can hand a letter in."""
    return now + timedelta(days=LETTER_DAYS)
