"""Reads of exams and attempts. A result is shown by no query before its release."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F

from linkspan.accounts.queries import accepted_identity
from linkspan.accounts.rules import Tie
from linkspan.exams.models import (
    AccommodationRow,
    AppealRow,
    AttemptRow,
    BookingRow,
    ExamRow,
    ExamVersionRow,
    IncidentRow,
    PictureRow,
    ResponseRow,
    SittingRow,
    WaitingRow,
    WayRow,
)
from linkspan.exams.queries.accommodations import exemptions_of
from linkspan.exams.queries.devices import device_before
from linkspan.exams.queries.entitlements import entitled_to
from linkspan.exams.queries.files import handed_in
from linkspan.exams.queries.lockdown import check_client
from linkspan.exams.queries.series import conditions_before, fee_code
from linkspan.exams.queries.values import (
    as_appeal,
    as_attempt,
    as_exam,
    as_sitting,
    attempt_rows,
    bank_of,
    confirmers_of,
)
from linkspan.exams.queries.watching import agreed
from linkspan.exams.queries.ways import has_way
from linkspan.exams.rules import (
    LONGEST_STILL,
    NOT_COUNTED,
    STANDING_STILL,
    UNDER_WAY,
    UNKNOWN_CLIENT,
    Accepts,
    Appeal,
    AppealState,
    Area,
    Attempt,
    AttemptState,
    BookingState,
    Client,
    Condition,
    Exam,
    HandedIn,
    Incident,
    IncidentKind,
    Item,
    ItemKind,
    Picture,
    Sitting,
    Standing,
    agreement_condition,
    course_passed,
    entitlement_conditions,
    may_proctor,
    rested,
    study_conditions,
    unmet,
)
from linkspan.exams.rules.items import BY_PEOPLE
from linkspan.exams.rules.practice import device_condition
from linkspan.finance.queries import paid_for
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.readers import granted, public
from linkspan.kernel.reasons import Sentence
from linkspan.records.queries import grades_of_record
from linkspan.records.rules import Kind

SYSTEM = system_actor("exams")


@dataclass(frozen=True, slots=True)
class Question:
    """An item as the learner sees it, with what they last saved; never with its answer.

    `several` areas may be right; of what people mark the options are criteria, the choices their points. `partial`: a
    part of the right answer counts. `variables` are a formula's names. `handed_in`: files, those too that do not count.
    """

    id: str
    kind: ItemKind
    prompt: str
    options: tuple[str, ...]
    given: tuple[str, ...]
    version: int | None = None
    saved_at: datetime | None = None
    choices: tuple[str, ...] = ()
    partial: bool = False
    several: bool = False
    picture: Picture | None = None
    areas: tuple[Area, ...] = ()
    variables: tuple[str, ...] = ()
    accepts: Accepts | None = None
    handed_in: tuple[HandedIn, ...] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    """The answer of an item that counts, its version, and when it was saved."""

    item: str
    version: int
    given: tuple[str, ...]
    at: datetime


@public
def exam(code: str) -> Exam:
    """The version in force of an exam; NotFound before the first is published."""
    found = exams_in_force([code]).get(code)
    if found is None:
        raise NotFound("exam_unknown", "There is no such exam.")
    return found


@public
def exams_in_force(codes: Collection[str]) -> dict[str, Exam]:
    """The versions in force of exams by code, in one query; what is not published is left out."""
    rows = ExamVersionRow.objects.filter(exam_id__in=codes, id=F("exam__in_force")).select_related("exam")
    return {row.exam_id: as_exam(row) for row in rows.defer("bank")}


@public
def sittings(code: str) -> tuple[Sitting, ...]:
    """The sittings of an exam, earliest first."""
    rows = SittingRow.objects.filter(exam_id=code).select_related("exam__in_force__exam")
    shown = rows.defer("exam__in_force__bank").order_by("opens_at")
    return tuple(as_sitting(row, row.exam.in_force) for row in shown if row.exam.in_force)


def conditions_of(learner_id: UUID, found: Exam) -> tuple[Condition, ...]:
    """Every condition for a learner to take the exam, met or not, whatever the sitting."""
    return _conditions(learner_id, found)[0]


def _conditions(learner_id: UUID, found: Exam) -> tuple[tuple[Condition, ...], datetime | None]:
    grades = [
        (f"{fact.data['institution']}/{fact.data['id']}", fact.data)
        for fact in grades_of_record(SYSTEM, learner_id)
        if fact.kind == Kind.COURSE_GRADE
    ]
    passed = [course for course, grade in grades if course_passed(found, course, grade)]
    gives, under_way = entitled_to(learner_id, found)
    named = accepted_identity(learner_id) is not None
    seen = found.watched and (agreed(learner_id, found) or has_way(learner_id, found.code))
    watching = [agreement_condition(bool(seen))] if found.watched else []
    device = [device_condition(device_before(learner_id, found).ready)] if found.conduct.device_check else []
    study = (*study_conditions(found, passed, named, under_way), *conditions_before(learner_id, found.code))
    return (*study, *watching, *device, *entitlement_conditions(found, gives)), gives.next_from


def next_attempt_from(learner_id: UUID, found: Exam) -> datetime | None:
    """When the learner's next attempt begins at the earliest; None if at any time."""
    return entitled_to(learner_id, found)[0].next_from


def reasons_against(learner_id: UUID, found: Exam) -> tuple[str, ...]:
    """Why the learner may not take the exam yet; nothing if they may."""
    return unmet(conditions_of(learner_id, found))


#: What has to be so before a fee is asked for: nobody pays for an exam that they may not sit.
FIRST = frozenset({"course_not_passed", "name_not_confirmed", "series_not_invited", "exempt"})


@granted
def before_the_fee(reasons: Iterable[str]) -> tuple[Sentence, ...]:
    """Of the reasons against an exam what the learner does before its fee is asked for."""
    return tuple(one for one in reasons if isinstance(one, Sentence) and one.reason.code in FIRST)


def sitters(sitting_id: UUID) -> frozenset[UUID]:
    """Whom a change of a sitting concerns: who may sit it, and whose attempt in it did not end.

    A sitting by appointment may be sat by who booked or waits for a time of it, any other by who paid for the exam.
    """
    row = SittingRow.objects.filter(id=sitting_id).select_related("exam__in_force__exam").first()
    if row is None or row.exam.in_force is None:
        return frozenset()
    found = as_exam(row.exam.in_force)
    held = dict(row.attempts.values_list("learner_id", "state"))
    if row.by_appointment:
        tables = (BookingRow.objects.filter(state=BookingState.BOOKED), WaitingRow.objects.all())
        here = (rows.filter(appointment__sitting=row).values_list("learner_id", flat=True) for rows in tables)
        may = {learner for learners in here for learner in learners}
    else:
        may = {one for one in paid_for(f"exam:{fee_code(found.code)}") - set(held) if not reasons_against(one, found)}
    return frozenset(may | {learner for learner, state in held.items() if state in UNDER_WAY})


def no_reviewers(attempt_id: UUID) -> frozenset[UUID]:
    """Who gives no verdict on an attempt: who confirmed the identity, and who left the verdict to another."""
    row = AttemptRow.objects.select_related("rejection").filter(id=attempt_id).first()
    if row is None:
        return frozenset()
    held = getattr(row, "rejection", None)
    left = row.second_review_by_id if held is None else held.proposed_by_id
    return confirmers_of(row) | ({left} if left else set())


def exam_reasons(
    actor: Actor, learner_id: UUID, code: str, now: datetime, found: Exam | None = None
) -> tuple[str, ...]:
    """Why the learner may not check in for the exam now, for the learner; nothing if they may."""
    permit(actor.is_system or actor.is_person(learner_id), "see this")
    return reasons_now(learner_id, found or exam(code), now)


def reasons_now(learner_id: UUID, found: Exam, now: datetime) -> tuple[str, ...]:
    """`reasons_against`, that the last attempt was not long ago, and that no exemption stands."""
    conditions, next_from = _conditions(learner_id, found)
    return unmet((*exemptions_of(learner_id, found.code, now), *conditions, rested(next_from, now)))


def attempts_of(actor: Actor, learner_id: UUID) -> tuple[Attempt, ...]:
    """A learner's attempts, newest first."""
    permit(actor.is_system or actor.is_person(learner_id), "see these attempts")
    rows = attempt_rows().filter(learner_id=learner_id).order_by("-created_at")
    return tuple(_to_learner(as_attempt(row)) for row in rows)


def attempt(actor: Actor, attempt_id: UUID) -> Attempt:
    """One attempt, for its learner and for proctors."""
    row = attempt_rows().filter(id=attempt_id).first()
    found = as_attempt(row) if row else None
    if found is None or not (
        actor.is_person(found.learner_id) or may_proctor(actor, found.sitting.exam, found.learner_id)
    ):
        raise NotFound("attempt_unknown", "There is no such attempt, or it is not yours.")
    return _to_learner(found) if actor.is_person(found.learner_id) else found


def _to_learner(found: Attempt) -> Attempt:
    """A learner is not told that a reviewer asked another one."""
    hidden = found.state is AttemptState.SECOND_REVIEW
    return replace(found, state=AttemptState.SUBMITTED, second_review=None) if hidden else found


def questions(
    actor: Actor, attempt_id: UUID, *, now: datetime, client: Client = UNKNOWN_CLIENT
) -> tuple[Question, ...]:
    """The form of one's own started attempt, with what was saved; Refused in another browser than it asks for."""
    row = AttemptRow.objects.select_related("version").filter(id=attempt_id).first()
    if row is None or not actor.is_person(row.learner_id) or row.state != AttemptState.STARTED:
        raise NotFound("attempt_unknown", "There is no such attempt under way.")
    check_client(row, client, now)
    saved = {answer.item: answer for answer in saved_answers(row.id)}
    bank = {item.id: item for item in bank_of(row.version)}
    files = handed_in(row.id) if row.uploads else ()
    return tuple(as_question(bank[name], saved.get(name), files) for name in row.form)


def as_question(item: Item, saved: Saved | None = None, files: Iterable[HandedIn] = ()) -> Question:
    """An item as a learner sees it, with the files of theirs that belong to it."""
    given = saved.given if saved else ()
    theirs = tuple(replace(one, counts=str(one.id) in given) for one in files if one.item == item.id)
    return Question(
        item.id,
        item.kind,
        item.prompt,
        item.options,
        given,
        saved.version if saved else None,
        saved.at if saved else None,
        item.answers if item.kind in BY_PEOPLE else item.choices,
        item.partial,
        len(item.answers) > 1,
        item.picture,
        item.areas,
        tuple(one.name for one in item.variables),
        item.accepts,
        theirs,
    )


def asked_picture(
    actor: Actor, attempt_id: UUID, name: str, *, now: datetime, client: Client = UNKNOWN_CLIENT
) -> bytes:
    """The picture of a question on the form of one's own started attempt, as PNG."""
    row = AttemptRow.objects.select_related("version").filter(id=attempt_id).first()
    if row is None or not actor.is_person(row.learner_id) or row.state != AttemptState.STARTED:
        raise NotFound("attempt_unknown", "There is no such attempt under way.")
    check_client(row, client, now)
    item = next((one for one in bank_of(row.version) if one.id == name and name in row.form), None)
    return picture_content(item)


def picture_content(item: Item | None) -> bytes:
    """The picture of a question, as PNG; NotFound if it has none."""
    row = PictureRow.objects.filter(sha256=item.picture.sha256).first() if item and item.picture else None
    if row is None:
        raise NotFound("picture_unknown", "There is no such picture.")
    return bytes(row.content)


def ties(ids: Collection[UUID]) -> Iterable[tuple[UUID, Tie, str]]:
    """Whose exams those people sit, have booked or wait for, or ask for more time in."""
    rows = AttemptRow.objects.filter(learner_id__in=ids).values_list("learner_id", "sitting__exam__institution")
    others = (
        table.objects.filter(learner_id__in=ids).values_list("learner_id", "exam__institution")
        for table in (AccommodationRow, BookingRow, WaitingRow, WayRow)
    )
    return ((learner, Tie.SITS_EXAM, institution) for learner, institution in rows.union(*others))


def obstacles(person_id: UUID) -> Iterable[Sentence]:
    """What of theirs is under way here, so that the account is not deleted yet."""
    attempts = AttemptRow.objects.filter(learner_id=person_id, released_at=None).exclude(state__in=NOT_COUNTED)
    for title in attempts.values_list("version__title", flat=True):
        yield Sentence(
            "exam_under_way",
            "An attempt at {title} has no released result yet. Take it or decline it, and wait for the result.",
            title=title,
        )
    for title in BookingRow.objects.filter(learner_id=person_id, state=BookingState.BOOKED).values_list(
        "exam__in_force__title", flat=True
    ):
        yield Sentence("exam_booked", "You have booked a time for {title}. Cancel it first.", title=title)
    if AppealRow.objects.filter(learner_id=person_id, state=AppealState.OPEN).exists():
        yield Sentence("exam_appeal_open", "Your appeal about an exam is not decided yet.")


def incidents_of(actor: Actor, attempt_id: UUID) -> tuple[Incident, ...]:
    """What proctors noted during an attempt, for proctors, and for the learner once the verdict is released."""
    found = attempt(actor, attempt_id)
    if actor.is_person(found.learner_id) and not found.released:
        return ()
    rows = IncidentRow.objects.filter(attempt_id=attempt_id).order_by("at")
    return tuple(Incident(r.id, r.attempt_id, IncidentKind(r.kind), r.note, r.noted_by, r.at) for r in rows)


def appeal_of(actor: Actor, attempt_id: UUID) -> Appeal | None:
    """The appeal in an attempt, for who may see the attempt; None if there is none."""
    attempt(actor, attempt_id)
    rows = AppealRow.objects.select_related("attempt__version").defer("attempt__version__bank")
    row = rows.filter(attempt_id=attempt_id).first()
    return as_appeal(row) if row else None


def exam_codes() -> tuple[str, ...]:
    """Every exam that can be taken."""
    return tuple(ExamRow.objects.exclude(in_force=None).order_by("code").values_list("code", flat=True))


def saved_answers(attempt_id: UUID) -> tuple[Saved, ...]:
    """The answers of an attempt that count: of each item the highest version."""
    rows = ResponseRow.objects.filter(attempt_id=attempt_id, version__isnull=False).order_by("version")
    newest = {row.item: Saved(row.item, row.version or 0, tuple(row.given), row.at) for row in rows}
    return tuple(newest.values())


def responses_of(attempt_id: UUID) -> Mapping[str, tuple[str, ...]]:
    """The answer of each item that counts."""
    return {saved.item: saved.given for saved in saved_answers(attempt_id)}


def no_shows(now: datetime) -> tuple[UUID, ...]:
    """Attempts not started when their sitting closed."""
    waiting = (AttemptState.CREATED, AttemptState.IDENTITY_CONFIRMED)
    rows = AttemptRow.objects.filter(state__in=waiting, sitting__closes_at__lte=now)
    return tuple(rows.values_list("id", flat=True))


def due_releases(now: datetime) -> tuple[UUID, ...]:
    """Attempts with a verdict whose release date has come."""
    decided = (AttemptState.VERIFIED, AttemptState.REJECTED)
    rows = AttemptRow.objects.filter(state__in=decided, released_at=None, sitting__release_at__lte=now)
    rows = rows.exclude(state=AttemptState.VERIFIED, to_mark=True)
    rows = rows.exclude(id__in=ResponseRow.objects.filter(standing=Standing.LATE).values("attempt_id"))
    return tuple(rows.values_list("id", flat=True))


def breaks_over(now: datetime) -> tuple[UUID, ...]:
    """Attempts whose break lasts no longer: their clock goes on."""
    return tuple(AttemptRow.objects.filter(break_ends_at__lte=now).values_list("id", flat=True))


def overdue(now: datetime) -> tuple[UUID, ...]:
    """Attempts to be handed in: started ones whose time and grace are over, and those that stood still for too long."""
    still = AttemptRow.objects.filter(state__in=STANDING_STILL, paused_at__lte=now - LONGEST_STILL)
    rows = AttemptRow.objects.filter(state=AttemptState.STARTED, deadline__lte=now)
    ends = rows.values_list("id", "deadline", "version__grace_seconds")
    over = tuple(found for found, deadline, grace in ends if deadline and deadline + timedelta(seconds=grace) <= now)
    return over + tuple(still.values_list("id", flat=True))
