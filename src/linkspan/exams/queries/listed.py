"""The desk's list of attempts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from linkspan.accounts.queries import called, name_of
from linkspan.exams.models import AttemptRow
from linkspan.exams.rules import AttemptState
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit
from linkspan.kernel.lists import Ask, Shape, found, numbered, values_of, word_beginnings
from linkspan.kernel.paging import Page

_VERDICTS = (AttemptState.VERIFIED, AttemptState.REJECTED)
_KEPT = ("learner_id", "state", "submitted_at", "released_at", "sitting__opens_at", "version__title")
_SECRET = Q(state__in=_VERDICTS, released_at=None)


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """An attempt in a list; a verdict is told once it is released."""

    id: UUID
    learner_id: UUID
    title: str
    sits_at: datetime
    submitted_at: datetime | None
    state: AttemptState


def _states() -> dict[str, Q]:
    shown = {state: states & ~_SECRET for state, states in values_of(AttemptState, "state").items()}
    return shown | {AttemptState.SUBMITTED.value: Q(state=AttemptState.SUBMITTED) | _SECRET}


ATTEMPTS = Shape(
    search=lambda text: called(text) | numbered(text) | word_beginnings(text, ("version__title",)),
    filters={"state": _states()},
    sorts={
        "name": (name_of(),),
        "title": ("version__title",),
        "sitting": ("sitting__opens_at",),
        "submitted": ("submitted_at",),
    },
    first="-sitting",
    day="sitting__opens_at",
)


def attempts_at(actor: Actor, ask: Ask) -> Page[AttemptLine]:
    """The attempts at exams of the institutions where the actor is a proctor, the newest sitting first."""
    mine = actor.institutions_as("proctor")
    permit(bool(mine), "see attempts at exams")
    rows = AttemptRow.objects.filter(sitting__exam__institution__in=mine).select_related("sitting", "version")
    return found(rows.only(*_KEPT), ask, ATTEMPTS, _line)


def attempts_here(actor: Actor, learner_id: UUID) -> tuple[AttemptLine, ...]:
    """A learner's attempts at exams of the institutions where the actor is proctor or program staff, newest first."""
    mine = actor.institutions_as("proctor") | actor.institutions_as("program_staff")
    permit(bool(mine), "see attempts at exams")
    rows = AttemptRow.objects.filter(learner_id=learner_id, sitting__exam__institution__in=mine)
    rows = rows.select_related("sitting", "version").only(*_KEPT)
    return tuple(_line(row) for row in rows.order_by("-sitting__opens_at", "id"))


def _line(row: AttemptRow) -> AttemptLine:
    state = AttemptState(row.state)
    shown = AttemptState.SUBMITTED if state in _VERDICTS and row.released_at is None else state
    return AttemptLine(row.id, row.learner_id, row.version.title, row.sitting.opens_at, row.submitted_at, shown)
