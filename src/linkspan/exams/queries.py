"""Reads of exams. A result is shown by no query before its release."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from linkspan.accounts.queries import accepted_identity
from linkspan.accounts.rules import Tie
from linkspan.exams.models import AccommodationRow, AppealRow, AttemptRow, ExamRow, IncidentRow, ResponseRow, SittingRow
from linkspan.exams.rules import (
    ANSWERING,
    NOT_COUNTED,
    Accommodation,
    AccommodationState,
    Appeal,
    AppealState,
    Attempt,
    AttemptState,
    Exam,
    Incident,
    IncidentKind,
    Item,
    ItemKind,
    Sitting,
    Standing,
    authorisation_reasons,
    course_passed,
    may_proctor,
    unbroken,
)
from linkspan.finance.queries import charges_of
from linkspan.finance.rules import ChargeState
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.refusals import Refusal
from linkspan.records.queries import grades_of_record
from linkspan.records.rules import Kind

SYSTEM = system_actor("exams")


@dataclass(frozen=True, slots=True)
class Question:
    """An item as the learner sees it, with what they last saved; never with its answer."""

    id: str
    kind: ItemKind
    prompt: str
    options: tuple[str, ...]
    given: tuple[str, ...]
    version: int | None = None
    saved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """The answer of an item that counts, its version, and when it was saved."""

    item: str
    version: int
    given: tuple[str, ...]
    at: datetime


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


def exam(code: str) -> Exam:
    """One exam."""
    row = ExamRow.objects.filter(code=code).first()
    if row is None:
        raise NotFound("exam_unknown", "There is no such exam.")
    return as_exam(row)


def sittings(code: str) -> tuple[Sitting, ...]:
    """The sittings of an exam, earliest first."""
    rows = SittingRow.objects.filter(exam_id=code).select_related("exam").order_by("opens_at")
    return tuple(as_sitting(row) for row in rows)


def reasons_against(learner_id: UUID, found: Exam) -> tuple[str, ...]:
    """Why the learner may not take the exam yet; nothing if they may."""
    grades = [
        (f"{fact.data['institution']}/{fact.data['id']}", fact.data)
        for fact in grades_of_record(SYSTEM, learner_id)
        if fact.kind == Kind.COURSE_GRADE
    ]
    passed = [course for course, grade in grades if course_passed(found, course, grade)]
    charges = charges_of(SYSTEM, learner_id)
    paid = any(c.subject == f"exam:{found.code}" and c.state == ChargeState.PAID for c in charges)
    made = AttemptRow.objects.filter(learner_id=learner_id, sitting__exam_id=found.code)
    made = made.exclude(state__in=NOT_COUNTED)
    return authorisation_reasons(found, passed, accepted_identity(learner_id) is not None, paid, made.count())


def exam_reasons(actor: Actor, learner_id: UUID, code: str) -> tuple[str, ...]:
    """`reasons_against`, for the learner."""
    permit(actor.is_system or actor.is_person(learner_id), "see this")
    return reasons_against(learner_id, exam(code))


def attempts_of(actor: Actor, learner_id: UUID) -> tuple[Attempt, ...]:
    """A learner's attempts, newest first."""
    permit(actor.is_system or actor.is_person(learner_id), "see these attempts")
    rows = AttemptRow.objects.filter(learner_id=learner_id).select_related("sitting__exam").order_by("-created_at")
    return tuple(as_attempt(row) for row in rows)


def attempt(actor: Actor, attempt_id: UUID) -> Attempt:
    """One attempt, for its learner and for proctors."""
    row = AttemptRow.objects.select_related("sitting__exam").filter(id=attempt_id).first()
    found = as_attempt(row) if row else None
    if found is None or not (
        actor.is_person(found.learner_id) or may_proctor(actor, found.sitting.exam, found.learner_id)
    ):
        raise NotFound("attempt_unknown", "There is no such attempt, or it is not yours.")
    return found


def questions(actor: Actor, attempt_id: UUID) -> tuple[Question, ...]:
    """The form of one's own started attempt, with what was saved."""
    row = AttemptRow.objects.select_related("sitting__exam").filter(id=attempt_id).first()
    if row is None or not actor.is_person(row.learner_id) or row.state != AttemptState.STARTED:
        raise NotFound("attempt_unknown", "There is no such attempt under way.")
    saved = {answer.item: answer for answer in saved_answers(row.id)}
    bank = {item.id: item for item in bank_of(row.sitting.exam)}
    return tuple(_question(bank[name], saved.get(name)) for name in row.form)


def _question(item: Item, saved: Saved | None) -> Question:
    shown = (item.id, item.kind, item.prompt, item.options)
    return Question(*shown, saved.given, saved.version, saved.at) if saved else Question(*shown, ())


def ties(ids: Collection[UUID]) -> Iterable[tuple[UUID, Tie, str]]:
    """Whose exams those people sit or have booked, or ask for more time in."""
    rows = AttemptRow.objects.filter(learner_id__in=ids).values_list("learner_id", "sitting__exam__institution")
    asking = AccommodationRow.objects.filter(learner_id__in=ids).values_list("learner_id", "exam__institution")
    return ((learner, Tie.SITS_EXAM, institution) for learner, institution in rows.union(asking))


def proctor_queue(actor: Actor) -> tuple[Attempt, ...]:
    """Attempts that wait for an identity check or a verdict, at the proctor's institutions."""
    mine = actor.institutions_as("proctor")
    permit(bool(mine), "see the proctors' queue")
    waiting = (AttemptState.CREATED, AttemptState.SUBMITTED)
    rows = AttemptRow.objects.filter(state__in=waiting, sitting__exam__institution__in=mine)
    ordered = rows.select_related("sitting__exam").order_by("created_at")
    return tuple(as_attempt(row) for row in ordered[:200])


def attempts_under_way(actor: Actor) -> tuple[Attempt, ...]:
    """Attempts that are running or about to, at the proctor's institutions: where incidents are noted."""
    mine = actor.institutions_as("proctor")
    permit(bool(mine), "see attempts under way")
    states = (AttemptState.IDENTITY_CONFIRMED, *ANSWERING)
    rows = AttemptRow.objects.filter(state__in=states, sitting__exam__institution__in=mine)
    rows = rows.exclude(learner_id=_me(actor)).select_related("sitting__exam").order_by("created_at")
    return tuple(as_attempt(row) for row in rows[:200])


def incidents_of(actor: Actor, attempt_id: UUID) -> tuple[Incident, ...]:
    """What proctors noted during an attempt, for proctors, and for the learner once the verdict is released."""
    found = attempt(actor, attempt_id)
    if actor.is_person(found.learner_id) and not found.released:
        return ()
    rows = IncidentRow.objects.filter(attempt_id=attempt_id).order_by("at")
    return tuple(Incident(r.id, r.attempt_id, IncidentKind(r.kind), r.note, r.noted_by, r.at) for r in rows)


def appeal_queue(actor: Actor) -> tuple[Appeal, ...]:
    """Open appeals that the actor may decide, oldest first."""
    mine = actor.institutions_as("proctor") | actor.institutions_as("program_staff")
    permit(bool(mine), "see appeals")
    rows = AppealRow.objects.filter(state=AppealState.OPEN, attempt__sitting__exam__institution__in=mine)
    rows = rows.exclude(learner_id=_me(actor)).exclude(attempt__reviewed_by_id=_me(actor))
    return tuple(_appeal(row) for row in rows.select_related("attempt__sitting__exam").order_by("at")[:200])


def appeal_of(actor: Actor, attempt_id: UUID) -> Appeal | None:
    """The appeal in an attempt, for who may see the attempt; None if there is none."""
    attempt(actor, attempt_id)
    row = AppealRow.objects.filter(attempt_id=attempt_id).select_related("attempt__sitting__exam").first()
    return _appeal(row) if row else None


def accommodations_of(actor: Actor, learner_id: UUID) -> tuple[Accommodation, ...]:
    """What extra time a learner asked for, for the learner alone."""
    permit(actor.is_person(learner_id), "see these requests")
    rows = AccommodationRow.objects.filter(learner_id=learner_id).select_related("exam").order_by("requested_at")
    return tuple(_accommodation(row) for row in rows)


def accommodation_queue(actor: Actor) -> tuple[Accommodation, ...]:
    """Requests for extra time that wait for program staff, oldest first."""
    mine = actor.institutions_as("program_staff")
    permit(bool(mine), "see requests for extra time")
    rows = AccommodationRow.objects.filter(state=AccommodationState.REQUESTED, exam__institution__in=mine)
    waiting = list(rows.exclude(learner_id=_me(actor)).select_related("exam").order_by("requested_at")[:200])
    said_no = AccommodationRow.objects.filter(learner_id__in={row.learner_id for row in waiting})
    before = list(said_no.filter(state=AccommodationState.REFUSED).order_by("-decided_at"))
    return tuple(_accommodation(row, before) for row in waiting)


def late_answers(actor: Actor) -> Mapping[Attempt, tuple[LateAnswer, ...]]:
    """Answers that came after the end and wait for one of the actor's institutions, by their attempt, oldest first."""
    mine = actor.institutions_as("proctor") | actor.institutions_as("program_staff")
    permit(bool(mine), "see late answers")
    rows = ResponseRow.objects.filter(standing=Standing.LATE, attempt__sitting__exam__institution__in=mine)
    rows = rows.exclude(learner_id=_me(actor)).select_related("attempt__sitting__exam", "page").order_by("at", "id")
    waiting: dict[UUID, list[ResponseRow]] = {}
    for row in rows[:500]:
        waiting.setdefault(row.attempt_id, []).append(row)
    return {as_attempt(answers[0].attempt): _late(answers) for answers in waiting.values()}


def _late(rows: list[ResponseRow]) -> tuple[LateAnswer, ...]:
    attempt = rows[0].attempt
    bank = {item.id: item for item in bank_of(attempt.sitting.exam)}
    counted = responses_of(attempt.id)
    links: dict[UUID | None, list[tuple[int, str, str]]] = {}
    for sent in attempt.responses.filter(batch__isnull=False):
        links.setdefault(sent.page_id, []).append((sent.batch or 0, sent.digest, sent.previous))
    return tuple(
        LateAnswer(
            row.id,
            row.item,
            bank[row.item].prompt,
            in_words(bank[row.item], tuple(row.given)),
            in_words(bank[row.item], counted.get(row.item, ())),
            row.at,
            row.elapsed,
            row.batch is not None and row.batch <= unbroken(links[row.page_id]),
        )
        for row in rows
    )


def in_words(item: Item | Question, given: tuple[str, ...]) -> tuple[str, ...]:
    """An answer as its reader sees it: the chosen options' texts, or what was typed."""
    places = {str(number): option for number, option in enumerate(item.options)}
    return tuple(places.get(text, text) for text in given)


def exam_codes() -> tuple[str, ...]:
    """Every exam."""
    return tuple(ExamRow.objects.order_by("code").values_list("code", flat=True))


def saved_answers(attempt_id: UUID) -> tuple[Saved, ...]:
    """The answers of an attempt that count: of each item the highest version."""
    rows = ResponseRow.objects.filter(attempt_id=attempt_id, version__isnull=False).order_by("version")
    newest = {row.item: Saved(row.item, row.version or 0, tuple(row.given), row.at) for row in rows}
    return tuple(newest.values())


def responses_of(attempt_id: UUID) -> Mapping[str, tuple[str, ...]]:
    """The answer of each item that counts."""
    return {saved.item: saved.given for saved in saved_answers(attempt_id)}


def bank_of(row: ExamRow) -> tuple[Item, ...]:
    """The bank as values."""
    return tuple(
        Item(
            entry["id"],
            entry["group"],
            ItemKind(entry["kind"]),
            entry["prompt"],
            tuple(entry["options"]),
            tuple(entry["answers"]),
            entry["tolerance"],
        )
        for entry in row.bank
    )


def as_exam(row: ExamRow) -> Exam:
    """A row as a value."""
    return Exam(
        row.code,
        row.program_key,
        row.institution,
        row.title,
        timedelta(minutes=row.duration_minutes),
        row.pass_percent,
        row.attempts_allowed,
        tuple(row.courses),
        tuple((course, Decimal(least)) for course, least in row.minimums.items()),
        timedelta(seconds=row.grace_seconds),
    )


def as_sitting(row: SittingRow) -> Sitting:
    """A row as a value."""
    return Sitting(row.id, as_exam(row.exam), row.opens_at, row.closes_at, row.release_at, row.capacity)


def as_attempt(row: AttemptRow) -> Attempt:
    """A row as a value; score, verdict and outcome only once released."""
    sitting = as_sitting(row.sitting)
    released = row.released_at is not None
    shown = AttemptState(row.state)
    if not released and shown in (AttemptState.VERIFIED, AttemptState.REJECTED):
        shown = AttemptState.SUBMITTED
    return Attempt(
        row.id,
        row.learner_id,
        sitting,
        shown,
        row.started_at,
        row.deadline,
        row.submitted_at,
        row.score if released and row.state == AttemptState.VERIFIED else None,
        outcome_of(row) if released else None,
        row.verdict_reason if released or shown is AttemptState.CANCELLED else "",
        row.paused_at,
    )


def outcome_of(row: AttemptRow) -> str:
    """passed, not_passed or rejected."""
    if row.state != AttemptState.VERIFIED:
        return "rejected"
    return "passed" if (row.score or Decimal(0)) >= row.sitting.exam.pass_percent else "not_passed"


def no_shows(now: datetime) -> tuple[UUID, ...]:
    """Attempts not started when their sitting closed."""
    waiting = (AttemptState.CREATED, AttemptState.IDENTITY_CONFIRMED)
    rows = AttemptRow.objects.filter(state__in=waiting, sitting__closes_at__lte=now)
    return tuple(rows.values_list("id", flat=True))


def due_releases(now: datetime) -> tuple[UUID, ...]:
    """Attempts with a verdict whose release date has come."""
    decided = (AttemptState.VERIFIED, AttemptState.REJECTED)
    rows = AttemptRow.objects.filter(state__in=decided, released_at=None, sitting__release_at__lte=now)
    rows = rows.exclude(id__in=ResponseRow.objects.filter(standing=Standing.LATE).values("attempt_id"))
    return tuple(rows.values_list("id", flat=True))


def overdue(now: datetime) -> tuple[UUID, ...]:
    """Started attempts whose time is over, and the time in which the last saves of their pages may come too."""
    rows = AttemptRow.objects.filter(state=AttemptState.STARTED, deadline__lte=now)
    ends = rows.values_list("id", "deadline", "sitting__exam__grace_seconds")
    return tuple(found for found, deadline, grace in ends if deadline and deadline + timedelta(seconds=grace) <= now)


def _me(actor: Actor) -> UUID:
    return actor.person_id or UUID(int=0)


def _appeal(row: AppealRow) -> Appeal:
    verdict = row.attempt.verdict_reason if row.state == AppealState.OPEN else ""
    title = row.attempt.sitting.exam.title
    state = AppealState(row.state)
    return Appeal(
        row.id, row.attempt_id, row.learner_id, title, row.statement, verdict, row.at, state, row.decided_by, row.reason
    )


def _accommodation(row: AccommodationRow, refused: Sequence[AccommodationRow] = ()) -> Accommodation:
    same = (one for one in refused if (one.learner_id, one.exam_id) == (row.learner_id, row.exam_id))
    return Accommodation(
        row.id,
        row.learner_id,
        row.exam_id,
        row.exam.title,
        row.extra_percent,
        AccommodationState(row.state),
        row.requested_at,
        row.reason,
        tuple(Refusal(f"{one.extra_percent} %", one.decided_at, one.reason) for one in same if one.decided_at),
    )
