"""What a case rests on: the papers of an application with their content, for the system that puts it together."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from linkspan.admissions.models import DocumentRow, LetterRow, ReviewRow
from linkspan.admissions.rules.applications import Application
from linkspan.admissions.rules.documents import TYPES
from linkspan.kernel import storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit


@dataclass(frozen=True, slots=True)
class Paper:
    """A document or letter of an application: what it is for, by its own words, and the hash of its content."""

    id: UUID
    kind: str
    what: str
    name: str
    media_type: str
    sha256: str
    at: datetime

    @property
    def ending(self) -> str:
        """The ending of a file of its type."""
        return TYPES.get(self.media_type, "bin")


def papers_as_evidence(actor: Actor, found: Application) -> Iterator[tuple[Paper, bytes | None]]:
    """Each document and letter that came with an application, one at a time; for the system.

    The content is None where it is kept no longer.
    """
    permit(actor.is_system, "put the papers of a case together")
    of = {"learner_id": found.learner_id, "round_id": found.round.id}
    for one in DocumentRow.objects.filter(**of, removed_at=None).order_by("at", "id"):
        paper = Paper(one.id, "document", one.slot, one.name, one.media_type, one.sha256, one.at)
        yield paper, _content(one.sha256)
    for letter in LetterRow.objects.filter(**of, received_at__isnull=False).order_by("asked_at", "id"):
        at = letter.received_at or letter.asked_at
        yield (
            Paper(letter.id, "letter", letter.email, letter.name, letter.media_type, letter.sha256, at),
            _content(letter.sha256),
        )


def _content(sha256: str) -> bytes | None:
    try:
        return storage.read(sha256)
    except NotFound:
        return None


def told_of(actor: Actor, found: Application) -> frozenset[str]:
    """What the trail calls an application, its papers and its readings; for the system.

    Entries about the whole round are left out: they tell of others.
    """
    permit(actor.is_system, "put the trail of a case together")
    of = {"learner_id": found.learner_id, "round_id": found.round.id}
    rows = {
        "document": DocumentRow.objects.filter(**of),
        "letter": LetterRow.objects.filter(**of),
        "review": ReviewRow.objects.filter(application_id=found.id),
    }
    named = {f"admissions.{kind}:{one}" for kind, held in rows.items() for one in held.values_list("id", flat=True)}
    return frozenset(named | {f"admissions.application:{found.id}"})


def readings_as_evidence(actor: Actor, found: Application) -> list[dict[str, object]]:
    """Each reading of an application as it stands, its note too; for the system."""
    permit(actor.is_system, "put the readings of a case together")
    rows = ReviewRow.objects.filter(application_id=found.id).order_by("assigned_at", "id")
    return [{field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields} for row in rows]
