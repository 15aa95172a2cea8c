"""Sessions at proctoring services: opened with an attempt, told what becomes of it, outside of any transaction.

What a service was told last stands in its session, and what it is still to be told follows from the attempt as it is
now: so a message that comes twice, late or in another order does no harm, and a service that was away learns the rest.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from linkspan.accounts.queries import accepted_identity, people_by_id, person_of
from linkspan.exams.actions.rows import SYSTEM
from linkspan.exams.engines.service_client import (
    course_key,
    exam_body,
    learner_key,
    minutes,
)
from linkspan.exams.engines.talks import Talks, talk_to
from linkspan.exams.events import RecordingDeleted, ReviewOverdue, ServiceFails, SessionChanged
from linkspan.exams.models import (
    AttemptRow,
    ExamVersionRow,
    LtiSessionRow,
    OtherWayRow,
    ServiceExamRow,
    SessionRow,
    WayRow,
)
from linkspan.exams.queries import (
    account_of,
    as_exam,
    has_agreed,
    held_by,
    newest_way,
    service_exam_id,
    services_that_know,
)
from linkspan.exams.queries.watching import practice_rows
from linkspan.exams.rules import (
    AttemptState,
    Offering,
    ServiceKind,
    ServiceRefuses,
    ServiceSilent,
    Told,
    instructions_in,
    owed,
    practice_state,
    web_address,
)
from linkspan.exams.rules.accommodations import breaks_of, extra_time
from linkspan.exams.rules.ways import WayState
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Busy, NotFound, Refused
from linkspan.kernel.locks import one_at_a_time
from linkspan.kernel.public import public_base

#: Nobody else works on a session meanwhile; longer than its calls take.
CLAIM = timedelta(minutes=3)
#: So often a learner has the service asked again.
ASK_AGAIN = timedelta(seconds=30)


def open_session(row: AttemptRow, now: datetime) -> None:
    """Have the service that watches an attempt know of it, anew for each device; nothing where none watches it.

    Staff may have let the learner sit the exam another way before: then the service never learns of it.
    """
    way = newest_way(row.learner_id, row.version.exam_id) if row.version.watched is not None else None
    if way is not None and way.state == WayState.APPROVED:
        sit_another_way(row, way, now)
    if row.version.watched is not None and not OtherWayRow.objects.filter(attempt=row).exists():
        _opened(row.learner_id, row.version, row, SessionRow.objects.filter(attempt=row).count() + 1, now)


def tell_service(row: AttemptRow, now: datetime) -> None:
    """Have the service told what became of an attempt, if one watches it."""
    if row.version.watched is not None:
        held = SessionRow.objects.filter(attempt=row).exclude(told=Told.DELETED)
        for session_id in held.values_list("id", flat=True):
            outbox.publish(SessionChanged(row.learner_id, session_id), now=now)


def sit_another_way(row: AttemptRow, way: WayRow, now: datetime) -> None:
    """Have an attempt go on without its service, as staff let its learner; a second time changes nothing."""
    if row.version.watched is None:
        return
    given = {"given_by": way.decided_by, "given_by_id": way.decided_by_id, "at": now}
    told = {"learner_id": row.learner_id, "reason": way.reason, **given}
    _, fresh = OtherWayRow.objects.get_or_create(attempt=row, defaults=told)
    if fresh:
        tell_service(row, now)


@transaction.atomic
def begin_practice(*, actor: Actor, code: str, now: datetime) -> None:
    """Practise with the service that watches an exam, and be set up there; while one is not over, it stays."""
    version = ExamVersionRow.objects.filter(exam_id=code, id=F("exam__in_force")).defer("bank", "seb_settings").first()
    if version is None or version.watched is None:
        raise NotFound("exam_unwatched", "No service watches this exam.")
    if version.watched.get("kind") == ServiceKind.LTI:
        raise Refused("no_practice", "This service has no practice. It shows you what to do before the exam begins.")
    if not has_agreed(actor.own_id, version):
        raise Refused("agreement_missing", "Read how this exam is watched, and agree first.")
    held = practice_rows(actor.own_id, UUID(version.watched["service_id"]))
    if not held.filter(onboarding="", deleted_at=None).exists():
        _opened(actor.own_id, version, None, held.count() + 1, now)


@transaction.atomic
def finish_practice(*, actor: Actor, session_id: UUID, now: datetime) -> None:
    """Say that one has done what the service asks for to be set up; it looks at it then."""
    row = SessionRow.objects.select_for_update().filter(id=session_id, attempt=None).first()
    if row is None or not actor.is_person(row.learner_id):
        raise NotFound("practice_unknown", "There is no such practice, or it is not yours.")
    if row.ready_at is None:
        raise Refused("practice_not_ready", "Open the software of the service first: it tells us when you are ready.")
    if row.finished_at is None:
        row.finished_at = now
        row.save(update_fields=["finished_at"])
        outbox.publish(SessionChanged(row.learner_id, row.id), now=now)


@transaction.atomic
def ask_service_again(*, actor: Actor, attempt_id: UUID, now: datetime) -> None:
    """Have the service asked again now, by the learner who waits for it; at most twice a minute."""
    row = SessionRow.objects.select_for_update().filter(attempt_id=attempt_id).order_by("-number").first()
    if row is None or not actor.is_person(row.learner_id):
        raise NotFound("attempt_unknown", "There is no such attempt, or it is not yours.")
    if row.told == Told.NOTHING and now - row.asked_at >= ASK_AGAIN:
        row.asked_at = now
        row.save(update_fields=["asked_at"])
        outbox.publish(SessionChanged(row.learner_id, row.id), now=now)


@transaction.atomic
def let_recording_go(*, session_id: UUID, now: datetime) -> None:
    """Have the service delete what it recorded: it was kept for as long as the learner had been told."""
    row = SessionRow.objects.select_for_update().get(id=session_id)
    if row.going_at is None:
        row.going_at = now
        row.save(update_fields=["going_at"])
        outbox.publish(SessionChanged(row.learner_id, row.id), now=now)


@transaction.atomic
def tell_overdue(*, session_id: UUID, now: datetime) -> None:
    """Have the proctors told, once, that they may give a verdict without the service's review."""
    row = SessionRow.objects.select_for_update(of=("self",)).select_related("attempt").get(id=session_id)
    if row.reminded_at is None and row.attempt is not None:
        row.reminded_at = now
        row.save(update_fields=["reminded_at"])
        exam = as_exam(row.version)
        outbox.publish(ReviewOverdue(row.learner_id, row.attempt.id, exam.title, exam.institution), now=now)


def sync_session(*, session_id: UUID, now: datetime) -> None:
    """Tell the service, step by step, all that it is still to be told; what it does not take is raised, to come again.

    One worker at a time; a service that is switched off is told nothing.
    """
    free = Q(busy_until=None) | Q(busy_until__lte=now)
    if not SessionRow.objects.filter(free, id=session_id).update(busy_until=now + CLAIM):
        raise Busy("session_busy", "Another worker talks to the service about this session.")
    try:
        talk: Talks | None = None
        for _ in Told:
            row = _row(session_id)
            steps = _owed(row)
            if not row.service.is_enabled or not steps:
                break
            talk = talk or talk_to(account_of(row.service_id), _language(row.learner_id))
            if not _do(row, steps[0], talk, now):
                break
    except (ServiceSilent, ServiceRefuses) as error:
        _failed(session_id, str(error.message), now)
        raise
    finally:
        SessionRow.objects.filter(id=session_id).update(busy_until=None)


def _language(learner_id: UUID) -> str:
    found = people_by_id([learner_id]).get(learner_id)
    return found.locale if found and found.locale else "en"


def retire_learner(*, learner_id: UUID, now: datetime) -> None:
    """Have every service that knows a learner whose account is deleted delete all about them; raised to come again."""
    for service_id in services_that_know(learner_id):
        talk_to(account_of(service_id)).retire(learner_key(service_id, learner_id))
        with transaction.atomic():
            rows = SessionRow.objects.filter(learner_id=learner_id, service_id=service_id)
            rows.update(told=Told.DELETED, deleted_at=now, onboarding="")
            subject = f"exams.service:{service_id}"
            audit.record(actor=SYSTEM, verb="retire_learner", subject=subject, now=now)


def _do(row: SessionRow, step: Told, talk: Talks, now: datetime) -> bool:
    """Do one step outside and keep it; False where the learner has to be set up first."""
    exam_id = _exam_id(row, talk)
    if step is Told.CREATED:
        return _register(row, exam_id, talk, now)
    if step is Told.DELETED:
        talk.delete(exam_id, row.external_id)
    else:
        talk.tell(exam_id, row.external_id, step)
    _keep(row, step, now, **({"deleted_at": now} if step is Told.DELETED and talk.deletes else {}))
    return True


def _register(row: SessionRow, exam_id: str, talk: Talks, now: datetime) -> bool:
    external_id, status = talk.register(exam_id, _attempt_body(row))
    if not external_id:
        until = ""
        with suppress(ServiceSilent, ServiceRefuses):  # not every service tells; what it said already is enough
            _, until = talk.onboarding(course_key(as_exam(row.version)), learner_key(row.service_id, row.learner_id))
        _keep(row, Told.NOTHING, now, onboarding=status.removeprefix("onboarding_"), onboarding_until=until)
        return False
    if row.service.kind == ServiceKind.LTI:
        know_session(row, exam_id)
    _keep(row, Told.CREATED, now, external_id=external_id, onboarding="")
    offering = Offering.kept(row.service.offering)
    try:
        told = talk.attempt(exam_id, external_id)
        steps, software = instructions_in(told), web_address(told.get("download_url"))
    except (ServiceSilent, ServiceRefuses):  # it is registered; what the service tells everybody will do
        steps, software = (), ""
    more = {"instructions": list(steps or offering.instructions), "software": software or offering.download_url}
    SessionRow.objects.filter(id=row.id).update(**more)
    return True


@transaction.atomic
def know_session(row: SessionRow, exam_id: str) -> None:
    """Number a session as an LTI tool knows it: of a learner and an exam, from 1."""
    sub = learner_key(row.service_id, row.learner_id)
    one_at_a_time(f"exams.lti:{sub}")
    number = LtiSessionRow.objects.filter(sub=sub, resource_link=exam_id).count() + 1
    told = {"learner_id": row.learner_id, "sub": sub, "resource_link": exam_id, "number": number}
    LtiSessionRow.objects.get_or_create(session=row, defaults=told)


def _attempt_body(row: SessionRow) -> dict[str, object]:
    person, identity, exam = person_of(row.learner_id), accepted_identity(row.learner_id), as_exam(row.version)
    held = held_by(row.learner_id, exam.code, row.asked_at)
    time = exam.duration + extra_time(exam.duration, held) + breaks_of(held, ()).whole
    return {
        "status": "created",
        "lms_host": public_base(),
        "time_limit_mins": minutes(time),
        "is_sample_attempt": row.attempt_id is None,
        "user_id": learner_key(row.service_id, row.learner_id),
        "full_name": identity.legal_name if identity else person.name,
        "email": person.email,
    }


def _exam_id(row: SessionRow, talk: Talks) -> str:
    """The exam's id at the service, which learns of it first."""
    is_practice = row.attempt_id is None
    found = service_exam_id(row.service_id, row.version_id, is_practice=is_practice)
    if not found:
        number = int.from_bytes(row.version_id.bytes[-4:]) >> 1
        body = exam_body(as_exam(row.version), number, "", row.service.client_id, is_practice=is_practice)
        made = talk.put_exam(body)
        key = {"service_id": row.service_id, "version_id": row.version_id, "is_practice": is_practice}
        found = ServiceExamRow.objects.get_or_create(**key, defaults={"external_id": made})[0].external_id
    return found


@transaction.atomic
def _keep(row: SessionRow, told: Told, now: datetime, **more: object) -> None:
    """Keep what the service took; with it an earlier failure is over."""
    fields = {"told": told, "told_at": now, "failing_since": None, "problem": "", **more}
    SessionRow.objects.filter(id=row.id).update(**fields)
    subject = f"exams.attempt:{row.attempt_id}" if row.attempt_id else f"exams.exam:{row.version.exam_id}"
    after = {"service": row.service.name, "told": str(told)}
    audit.record(actor=SYSTEM, verb="tell_service", subject=subject, now=now, after=after)
    if told is Told.DELETED and row.going_at is not None:
        event = RecordingDeleted(row.learner_id, row.id, row.version.title, row.service.name)
        outbox.publish(event, now=now)


@transaction.atomic
def _failed(session_id: UUID, why: str, now: datetime) -> None:
    """Keep that the service does not answer; proctors are told the first time."""
    row = SessionRow.objects.select_for_update(of=("self",)).get(id=session_id)
    first = row.failing_since is None
    row.failing_since, row.problem = row.failing_since or now, why[:300]
    row.save(update_fields=["failing_since", "problem"])
    if first and row.attempt is not None:
        exam = as_exam(row.version)
        event = ServiceFails(row.learner_id, row.attempt.id, exam.title, exam.institution, row.service.name)
        outbox.publish(event, now=now)


def _opened(learner_id: UUID, version: ExamVersionRow, attempt: AttemptRow | None, number: int, now: datetime) -> UUID:
    service_id = UUID((version.watched or {})["service_id"])
    told = {"learner_id": learner_id, "service_id": service_id, "version": version, "asked_at": now}
    row = SessionRow.objects.create(**told, attempt=attempt, number=number)
    outbox.publish(SessionChanged(learner_id, row.id), now=now)
    return row.id


def _row(session_id: UUID) -> SessionRow:
    return SessionRow.objects.select_related("service", "version__exam", "attempt").get(id=session_id)


def _owed(row: SessionRow) -> tuple[Told, ...]:
    told, over = Told(row.told), row.going_at is not None
    if row.attempt is None:
        state = practice_state(row.ready_at, row.finished_at)
        return owed(told, state, is_current=True, is_waived=False, is_over=over)
    newest = SessionRow.objects.filter(attempt=row.attempt).order_by("-number").values_list("number", flat=True).first()
    waived = OtherWayRow.objects.filter(attempt_id=row.attempt_id).exists()
    state = AttemptState(row.attempt.state)
    return owed(told, state, is_current=row.number == newest, is_waived=waived, is_over=over)
