"""Later due dates for one learner: what they move, and lists of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from linkspan.courseware.rules.course import Block
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Unusable


@dataclass(frozen=True, slots=True)
class Extension:
    """A later due date of a subsection (`usage`) for one learner."""

    id: UUID
    learner_id: UUID
    run_id: str
    usage: str
    due: datetime
    reason: str
    by: str
    at: datetime


class ExtensionOutcome(StrEnum):
    """What becomes of a row of a list."""

    GRANTED = "granted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ExtensionLine:
    """A row of a list as it was sent, the header being row 1, and what became of it, or would."""

    row: int
    email: str
    subsection: str
    due: str
    reason: str
    outcome: ExtensionOutcome = ExtensionOutcome.GRANTED
    problem: str = ""


def may_extend(actor: Actor, institution: str) -> bool:
    """Program staff and registrars of the institution, and the system."""
    return actor.is_system or any(actor.has_role(role, institution) for role in ("program_staff", "registrar"))


def subsections(root: Block) -> tuple[Block, ...]:
    """The parts of a course that can be extended: the children of its chapters."""
    return tuple(part for chapter in root.children for part in chapter.children)


def part_of(root: Block, usage: str) -> Block:
    """The subsection of that id or name; Unusable if there is none."""
    found = next((part for part in subsections(root) if usage in (part.id, part.name)), None)
    if found is None:
        raise Unusable("subsection_unknown", "This course has no subsection {name}.", name=usage[:80])
    return found


def check_later(part: Block, due: datetime, end: datetime | None) -> None:
    """Unusable for a day that is no later than the subsection is due for everybody."""
    usual = part.settings.due or end
    if usual is not None and due <= usual:
        raise Unusable(
            "not_later", "It is due on {usual} for everybody. Enter a later time.", usual=f"{usual:%Y-%m-%d %H:%M} UTC"
        )


def check_time(moment: datetime) -> None:
    """Unusable for a time at which no course is taught, and that no other zone may be able to write."""
    if not 1970 <= moment.year <= 2999:
        raise Unusable("time_unusable", "Choose a time between the years 1970 and 2999.")


def extended(root: Block, extensions: Mapping[str, datetime]) -> dict[str, datetime]:
    """When each block under an extended subsection is due; one that is due later by itself stays so."""
    found: dict[str, datetime] = {}
    for part in subsections(root):
        if part.id in extensions:
            found |= dict(_moved(part, extensions[part.id]))
    return found


def _moved(part: Block, to: datetime) -> Iterator[tuple[str, datetime]]:
    for block in part.walk():
        due = block.settings.due
        yield block.id, to if due is None else max(due, to)
