"""What a catalogue holds as entries: their kinds, who may change them, and what is said of one that cannot be used."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Unusable
from linkspan.kernel.reasons import Sentence


class Kind(StrEnum):
    """The kinds of entries, in the order in which one needs the other."""

    COURSE = "course"
    RUN = "run"
    TERM = "term"
    PROGRAM = "program"
    REQUIREMENTS = "requirements"
    EXAM = "exam"
    SERIES = "exam_series"
    PRICE = "price"
    GRADING = "grading"
    ALIGNMENT = "alignment"
    SCHEDULE = "need_schedule"
    DEGREE = "degree"


#: Who publishes what another domain decides on; all else is published by `PUBLISHERS`.
PUBLISHERS = ("program_staff", "registrar")
PUBLISHED_BY: Mapping[Kind, tuple[str, ...]] = {
    Kind.EXAM: ("program_staff",),
    Kind.SERIES: ("program_staff",),
    Kind.GRADING: ("program_staff",),
    Kind.ALIGNMENT: ("program_staff",),
    Kind.SCHEDULE: ("program_staff",),
    Kind.DEGREE: ("registrar",),
}


class Invalid(Unusable):
    """An entry that cannot be used; `fields` says by field what to do, in sentences that faces translate."""

    def __init__(self, fields: Mapping[str, Sentence]) -> None:
        told = tuple(Sentence("field_unusable", "{name}: {why}", name=name, why=why) for name, why in fields.items())
        super().__init__("entry_invalid", "Nothing was saved. Correct the fields that are named.", told)
        self.fields = dict(fields)

    def __reduce__(self) -> tuple[object, ...]:
        return Invalid, (self.fields,)


@dataclass(frozen=True, slots=True)
class Change:
    """An entry that is prepared and not public yet; `before` is what is public now, None for a new entry."""

    id: UUID
    institution: str
    kind: Kind
    key: str
    content: Mapping[str, Any]
    before: Mapping[str, Any] | None
    prepared_by: UUID | None
    preparer: str
    prepared_at: datetime


def may_edit_catalog(actor: Actor, institution: str) -> bool:
    """Program staff, authors and registrars of the institution prepare entries."""
    roles = ("program_staff", "registrar", "author")
    return actor.is_system or any(actor.has_role(role, institution) for role in roles)


def may_publish_catalog(actor: Actor, institution: str) -> bool:
    """Program staff and registrars of the institution make entries public."""
    return actor.is_system or any(actor.has_role(role, institution) for role in PUBLISHERS)


def may_publish_kind(actor: Actor, institution: str, kind: Kind) -> bool:
    """Who publishes a kind: for degrees the registrar, for what exams and credentials rest on program staff."""
    roles = PUBLISHED_BY.get(kind, PUBLISHERS)
    return actor.is_system or any(actor.has_role(role, institution) for role in roles)


def may_publish_change(actor: Actor, change: Change, four_eyes: bool) -> bool:
    """Whoever publishes there; with four eyes, another person than prepared it."""
    second = actor.is_system or not four_eyes or actor.person_id != change.prepared_by
    return second and may_publish_kind(actor, change.institution, change.kind)


def may_set_catalog_policy(actor: Actor, institution: str) -> bool:
    """Registrars of the institution choose whether a second person publishes."""
    return actor.is_system or actor.has_role("registrar", institution)
