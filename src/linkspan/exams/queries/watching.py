"""Reads of attempts that services of others watch."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import UUID

from django.db.models import QuerySet

from linkspan.exams.models import (
    AgreementRow,
    ExamVersionRow,
    OtherWayRow,
    ServiceExamRow,
    ServiceReviewRow,
    ServiceRow,
    SessionRow,
    StrayRow,
)
from linkspan.exams.queries.services import as_service, service
from linkspan.exams.queries.values import as_exam, attempt_rows
from linkspan.exams.rules import (
    IN_REVIEW,
    REVIEWS,
    AppealState,
    Comment,
    Exam,
    OtherWay,
    Practice,
    Service,
    ServiceKind,
    ServiceReview,
    Session,
    Stray,
    Told,
    may_manage_exams,
    may_proctor,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, permit
from linkspan.kernel.readers import granted

#: So long a service may take for a review before proctors are told that they may give the verdict without it.
PATIENCE = timedelta(days=5)


def offered_services(actor: Actor, institution: str) -> tuple[Service, ...]:
    """The services by which an exam of an institution may be watched, for who makes exams there."""
    permit(may_manage_exams(actor, institution), "make exams here")
    rows = ServiceRow.objects.filter(institution=institution, is_enabled=True).order_by("name", "id")
    return tuple(as_service(row) for row in rows)


def check_service_on(version: ExamVersionRow) -> None:
    """Refused if a version is watched by a service that is switched off."""
    if version.watched is None:
        return
    if not ServiceRow.objects.filter(id=version.watched["service_id"], is_enabled=True).exists():
        raise Refused("service_off", "The service that watches this exam is switched off. Choose another one first.")


@granted
def agreed(learner_id: UUID, found: Exam) -> bool:
    """Whether a learner agreed to how that version is watched."""
    rows = AgreementRow.objects.filter(learner_id=learner_id, version__exam_id=found.code)
    return rows.filter(version__number=found.version).exists()


def has_agreed(learner_id: UUID, version: ExamVersionRow) -> bool:
    """Whether a learner agreed to how that version is watched."""
    return AgreementRow.objects.filter(learner_id=learner_id, version=version).exists()


def service_exam_id(service_id: UUID, version_id: UUID, *, is_practice: bool) -> str:
    """A version's id at a service; empty before the service knows of it."""
    rows = ServiceExamRow.objects.filter(service_id=service_id, version_id=version_id, is_practice=is_practice)
    return rows.values_list("external_id", flat=True).first() or ""


def practice_rows(learner_id: UUID, service_id: UUID) -> QuerySet[SessionRow]:
    """A learner's practice with a service."""
    return SessionRow.objects.filter(learner_id=learner_id, service_id=service_id, attempt=None)


def practice_of(actor: Actor, found: Exam) -> Practice | None:
    """One's newest practice with the service that watches an exam; None if there was none."""
    if found.watched is None:
        return None
    rows = practice_rows(actor.own_id, found.watched.service_id).select_related("service")
    row = rows.order_by("-number").first()
    return Practice(row.id, as_session(row, ()), row.finished_at) if row else None


def session_of(actor: Actor, attempt_id: UUID) -> Session | None:
    """The newest session of an attempt; what the service saw for its proctors, and once released for its learner."""
    row = attempt_rows().filter(id=attempt_id).first()
    own = row is not None and actor.is_person(row.learner_id)
    if row is None or not (own or may_proctor(actor, as_exam(row.version), row.learner_id)):
        raise NotFound("attempt_unknown", "There is no such attempt, or it is not yours.")
    if row.version.watched is None:
        return None
    found = SessionRow.objects.filter(attempt=row).select_related("service").order_by("-number").first()
    if found is None:
        return None
    hidden = own and row.released_at is None
    seen = ServiceReviewRow.objects.filter(session__attempt_id=row.id).order_by("at", "id")
    return as_session(found, () if hidden else tuple(as_review(one) for one in seen))


def other_way(actor: Actor, attempt_id: UUID) -> OtherWay | None:
    """Who let an attempt go on without its service, and why; None if nobody did."""
    session_of(actor, attempt_id)
    row = OtherWayRow.objects.filter(attempt_id=attempt_id).first()
    return OtherWay(row.reason, row.given_by, row.at) if row else None


def strays(actor: Actor, service_id: UUID) -> tuple[Stray, ...]:
    """Callbacks of a service that fit no session, newest first, for whoever manages it."""
    rows = StrayRow.objects.filter(service_id=service(actor, service_id).id).order_by("-at", "-id")[:50]
    return tuple(Stray(row.what, row.external_id, row.status, row.at) for row in rows)


def recordings_due(now: datetime) -> tuple[UUID, ...]:
    """Sessions whose recording was kept for as long as learners were told, while no appeal is open."""
    rows = SessionRow.objects.filter(attempt__released_at__isnull=False, going_at=None).exclude(external_id="")
    rows = rows.exclude(service__kind=ServiceKind.LTI)
    rows = rows.exclude(told=Told.DELETED).exclude(attempt__appeal__state=AppealState.OPEN)
    found = rows.values_list("id", "attempt__released_at", "version__watched")
    return tuple(held for held, released, told in found if _is_over(released, told, now))


def _is_over(released: datetime | None, watched: Mapping[str, int] | None, now: datetime) -> bool:
    return released is not None and watched is not None and now >= released + timedelta(days=watched["keeps_days"])


def unreviewed(now: datetime) -> tuple[UUID, ...]:
    """Sessions for whose review a service takes long, and of which proctors were not told yet."""
    rows = SessionRow.objects.filter(reviews=None, reminded_at=None, told=Told.SUBMITTED, attempt__other_way=None)
    rows = rows.exclude(service__kind=ServiceKind.LTI)
    rows = rows.filter(attempt__state__in=IN_REVIEW, attempt__submitted_at__lte=now - PATIENCE)
    return tuple(rows.values_list("id", flat=True))


def is_with_service(attempt_id: UUID) -> bool:
    """Whether a service watches an attempt, on or off, and nobody let it go on another way."""
    return SessionRow.objects.filter(attempt_id=attempt_id, attempt__other_way=None).exists()


def watches(attempt_id: UUID) -> bool:
    """Whether a service is to say something of an attempt before our reviewers do; an LTI tool gives no review."""
    rows = SessionRow.objects.filter(attempt_id=attempt_id, service__is_enabled=True, attempt__other_way=None)
    return rows.exclude(service__kind=ServiceKind.LTI).exists()


def lets_in(attempt_id: UUID) -> bool:
    """Whether a service that is switched on sees who is there."""
    rows = SessionRow.objects.filter(attempt_id=attempt_id, service__is_enabled=True, attempt__other_way=None)
    return rows.exists()


def services_that_know(learner_id: UUID) -> tuple[UUID, ...]:
    """The services that were ever told of a learner."""
    rows = SessionRow.objects.filter(learner_id=learner_id).exclude(told=Told.NOTHING, onboarding="")
    rows = rows.exclude(service__kind=ServiceKind.LTI)
    return tuple(rows.order_by("service_id").values_list("service_id", flat=True).distinct())


def as_session(row: SessionRow, reviews: tuple[ServiceReview, ...]) -> Session:
    """A row as a value."""
    return Session(
        row.id,
        row.service.name,
        row.service.is_enabled,
        Told(row.told),
        row.asked_at,
        row.failing_since,
        row.problem,
        row.onboarding,
        tuple(row.instructions),
        _with_attempt(row.software, row.external_id),
        row.ready_at,
        reviews,
        row.deleted_at,
        ServiceKind(row.service.kind),
    )


def _with_attempt(software: str, external_id: str) -> str:
    """Where the software is got, naming the attempt as the contract has it."""
    if not software or not external_id:
        return software
    parts = urlsplit(software)
    query = urlencode([*parse_qsl(parts.query), ("attempt", external_id)])
    return urlunsplit(parts._replace(query=query))


def as_review(row: ServiceReviewRow) -> ServiceReview:
    """A row as a value."""
    comments = tuple(Comment(**one) for one in row.comments)
    return ServiceReview(row.status, REVIEWS[row.status], comments, row.reviewed_by, row.at)
