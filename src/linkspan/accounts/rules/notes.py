"""Notes of an office about a person: who may write and read them, and what a note is."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from linkspan.accounts.rules.people import READERS, Role, Ties
from linkspan.kernel.actor import Actor

#: The offices that keep notes; whoever watches, marks or reads without names keeps theirs with that work.
NOTERS = (Role.REGISTRAR, Role.PROGRAM_STAFF, Role.ADMISSIONS)
LONGEST_NOTE, LONGEST_WHY = 4_000, 500
#: Notes of one office about one person, and versions of one note.
MOST_NOTES, MOST_VERSIONS = 200, 50


@dataclass(frozen=True, slots=True)
class Office:
    """An office of an institution, by the role of those who work in it."""

    role: Role
    institution: str


@dataclass(frozen=True, slots=True)
class NoteVersion:
    """What a note said from a moment on, and who wrote that; `withdrawn` says that it no longer holds, and `why`."""

    number: int
    text: str
    withdrawn: bool
    why: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Note:
    """A note with all its versions, the oldest first; the last one holds."""

    id: UUID
    learner_id: UUID
    office: Office
    versions: tuple[NoteVersion, ...]

    @property
    def last(self) -> NoteVersion:
        """What it says now."""
        return self.versions[-1]

    @property
    def earlier(self) -> tuple[NoteVersion, ...]:
        """What it said before, the newest first."""
        return self.versions[-2::-1]


def works_in(actor: Actor, office: Office) -> bool:
    """Whether the actor is of that office, and it is one that keeps notes."""
    return office.role in NOTERS and actor.has_role(office.role, office.institution)


def offices_noting(actor: Actor, person_id: UUID, ties: Ties) -> tuple[Office, ...]:
    """The offices in which the actor works with that person and keeps notes; none about oneself."""
    if actor.is_person(person_id):
        return ()
    found = {
        Office(role, school)
        for tie, school in ties
        for role in NOTERS
        if role in READERS[tie] and actor.has_role(role, school)
    }
    return tuple(sorted(found, key=lambda one: (one.institution, one.role)))
