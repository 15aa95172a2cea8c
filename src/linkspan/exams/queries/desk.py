"""What waits at the exam desk, by the institutions of the actor."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Case, Count, F, OuterRef, Subquery, When
from django.db.models.functions import Coalesce

from linkspan.exams.models import AppealRow, AttemptRow, IncidentRow, LiftRow, ResponseRow
from linkspan.exams.queries.attempts import responses_of
from linkspan.exams.queries.files import handed_in, named_by
from linkspan.exams.queries.values import as_appeal, as_attempt, as_lift, attempt_rows, bank_of
from linkspan.exams.rules import (
    ANSWERING,
    IN_REVIEW,
    Appeal,
    AppealState,
    Attempt,
    AttemptState,
    HandedIn,
    Lift,
    Standing,
    answer_in_words,
)
from linkspan.exams.rules.saving import unbroken
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit


@dataclass(frozen=True, slots=True)
class LateAnswer:
    """An answer that came after the end: what it would replace, and when the page says it was given.

    `in_order`: no save of that page before it is missing or was exchanged.
    """

    id: UUID
    item: str
    prompt: str
    given: tuple[str, ...]
    counted: tuple[str, ...]
    at: datetime
    elapsed: timedelta | None
    in_order: bool
    without_seb: bool = False
    files: tuple[HandedIn, ...] = ()


def proctor_queue(actor: Actor) -> tuple[Attempt, ...]:
    """Attempts that wait for an identity check or a verdict, at the proctor's institutions.

    Who stands at the door comes first, however many reviews wait; then what most was noted of, then what waits longest.
    """
    mine = actor.institutions_as("proctor")
    permit(bool(mine), "see the proctors' queue")
    waiting = (AttemptState.CREATED, *IN_REVIEW)
    notes = IncidentRow.objects.filter(attempt=OuterRef("pk")).order_by().values("attempt")
    rows = attempt_rows().filter(state__in=waiting, sitting__exam__institution__in=mine)
    rows = rows.annotate(
        inside=Case(When(state=AttemptState.CREATED, then=0), default=1),
        noted=Coalesce(Subquery(notes.annotate(n=Count("id")).values("n")), 0),
    )
    rows = rows.order_by("inside", "-noted", F("submitted_at").asc(nulls_first=True), "created_at")
    return tuple(as_attempt(row) for row in rows[:200])


def attempts_under_way(actor: Actor) -> tuple[Attempt, ...]:
    """Attempts that are running or about to, at the proctor's institutions: where incidents are noted."""
    mine = actor.institutions_as("proctor")
    permit(bool(mine), "see attempts under way")
    states = (AttemptState.IDENTITY_CONFIRMED, *ANSWERING)
    rows = attempt_rows().filter(state__in=states, sitting__exam__institution__in=mine)
    rows = rows.exclude(learner_id=_me(actor)).order_by("created_at")
    return tuple(as_attempt(row) for row in rows[:200])


def appeal_queue(actor: Actor) -> tuple[Appeal, ...]:
    """Open appeals that the actor may decide, oldest first."""
    mine = actor.institutions_as("proctor") | actor.institutions_as("program_staff")
    permit(bool(mine), "see appeals")
    rows = AppealRow.objects.filter(state=AppealState.OPEN, attempt__sitting__exam__institution__in=mine)
    rows = rows.exclude(learner_id=_me(actor)).exclude(attempt__reviewed_by_id=_me(actor))
    rows = rows.exclude(attempt__rejection__proposed_by_id=_me(actor))
    rows = rows.select_related("attempt__version").defer("attempt__version__bank").order_by("at")
    return tuple(as_appeal(row) for row in rows[:200])


def lifts(actor: Actor) -> tuple[Lift, ...]:
    """Rejections that a second person lifted at the actor's institutions, newest first."""
    mine = frozenset[str]().union(*(actor.institutions_as(role) for role in ("proctor", "program_staff", "auditor")))
    permit(bool(mine), "see lifted rejections")
    rows = LiftRow.objects.filter(attempt__sitting__exam__institution__in=mine).exclude(learner_id=_me(actor))
    rows = rows.select_related("attempt__version").defer("attempt__version__bank", "attempt__version__seb_settings")
    return tuple(as_lift(row) for row in rows.order_by("-at")[:500])


def late_answers(actor: Actor) -> Mapping[Attempt, tuple[LateAnswer, ...]]:
    """Answers that came after the end and wait for one of the actor's institutions, by their attempt, oldest first."""
    mine = actor.institutions_as("proctor") | actor.institutions_as("program_staff")
    permit(bool(mine), "see late answers")
    rows = ResponseRow.objects.filter(standing=Standing.LATE, attempt__sitting__exam__institution__in=mine)
    rows = (
        rows.exclude(learner_id=_me(actor))
        .select_related("attempt__sitting", "attempt__version__exam", "page")
        .order_by("at", "id")
    )
    waiting: dict[UUID, list[ResponseRow]] = {}
    for row in rows[:500]:
        waiting.setdefault(row.attempt_id, []).append(row)
    return {as_attempt(answers[0].attempt): _late(answers) for answers in waiting.values()}


def _late(rows: list[ResponseRow]) -> tuple[LateAnswer, ...]:
    attempt = rows[0].attempt
    bank = {item.id: item for item in bank_of(attempt.version)}
    counted = responses_of(attempt.id)
    files = handed_in(attempt.id) if attempt.uploads else ()
    names = {str(one.id): one.name for one in files}
    links: dict[UUID | None, list[tuple[int, str, str]]] = {}
    for sent in attempt.responses.filter(batch__isnull=False):
        links.setdefault(sent.page_id, []).append((sent.batch or 0, sent.digest, sent.previous))
    return tuple(
        LateAnswer(
            row.id,
            row.item,
            bank[row.item].prompt,
            answer_in_words(bank[row.item], tuple(row.given), names),
            answer_in_words(bank[row.item], counted.get(row.item, ()), names),
            row.at,
            row.elapsed,
            row.batch is not None and row.batch <= unbroken(links[row.page_id]),
            row.without_seb,
            named_by(row.given, files) if row.item in attempt.uploads else (),
        )
        for row in rows
    )


def _me(actor: Actor) -> UUID:
    return actor.person_id or UUID(int=0)


def count_answering() -> int:
    """How many attempts are being answered, those that stand still among them."""
    return AttemptRow.objects.filter(state__in=ANSWERING).count()
