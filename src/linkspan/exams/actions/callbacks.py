"""What proctoring services tell us: that a learner is ready, and what they saw. Nothing of it rejects anybody.

A callback is judged before anything of it is kept; the same again changes nothing; what fits no session is kept for
staff and refused.
"""

import hashlib
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.crypto import constant_time_compare

from linkspan.exams.actions.rows import attempt_row
from linkspan.exams.engines.callback_tokens import Caller, give_token, read_token
from linkspan.exams.events import ServiceReviewed, SessionChanged
from linkspan.exams.models import (
    AttemptRow,
    OtherWayRow,
    ServiceReviewRow,
    ServiceRow,
    SessionRow,
    StrayRow,
    UsedTokenRow,
)
from linkspan.exams.queries import as_exam
from linkspan.exams.rules import (
    Act,
    AttemptState,
    NotWatched,
    Opinion,
    ServiceKind,
    ServiceReview,
    Told,
    after,
    opinions_doubting,
    read_review,
)
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import system_actor
from linkspan.kernel.errors import NotFound, NotPermitted, Unusable

SERVICE = system_actor("proctoring service")
MOST_STRAYS, MOST_REVIEWS, LONGEST_ID = 200, 50, 200
SET_UP, NOT_SET_UP = "verified", "failed"


def take_token(*, client_id: str, client_secret: str, now: datetime) -> str:
    """A token for callbacks, for a service that shows its secret; Unusable for anybody else."""
    try:
        row = ServiceRow.objects.filter(id=UUID(client_id), is_enabled=True, kind=ServiceKind.EDX_PROCTORING).first()
    except ValueError:
        row = None
    shown = hashlib.sha256(client_secret.encode()).hexdigest()
    if row is None or not row.callback_sha256 or not constant_time_compare(shown, row.callback_sha256):
        raise Unusable("client_refused", "This service is not known here, or its secret is another one.")
    return give_token(row.id, row.callback_sha256, now)


def take_ready(*, authorization: str, external_id: str, now: datetime) -> None:
    """The service saw who is there, and the learner may start; on another device, a proctor lets the exam go on."""
    caller, service = _caller(authorization, now)
    found = _session(service, external_id, "ready", "", now)
    with transaction.atomic():
        attempt, row = locked_session(found)
        spend(caller, row, "ready", "", now)
        let_in(attempt, row, service.name, now)


def let_in(attempt: AttemptRow | None, row: SessionRow, service: str, now: datetime) -> None:
    """The service saw who is there; what is not for this session any more stays as it is."""
    if row.ready_at is None:
        row.ready_at = now
        row.save(update_fields=["ready_at"])
        if attempt is None:
            outbox.publish(SessionChanged(row.learner_id, row.id), now=now)
    waits = attempt is not None and attempt.state in (AttemptState.CREATED, AttemptState.ERROR)
    if attempt is not None and waits and is_current(attempt, row):
        attempt.state, attempt.identity_confirmed_by = after(AttemptState(attempt.state), Act.READY), service
        attempt.save(update_fields=["state", "identity_confirmed_by"])
        note_service(attempt, "ready_attempt", now, {"service": service})


def take_review(*, authorization: str, external_id: str, body: object, now: datetime) -> None:
    """What the service saw of an attempt, or of practice; the same again changes nothing.

    An attempt that nobody judged and of which nobody noted anything is accepted where its exam says so; whatever else
    it is, named people give the verdict.
    """
    caller, service = _caller(authorization, now)
    review = read_review(body)
    found = _session(service, external_id, "reviewed", review.status, now)
    told = json.dumps(body, sort_keys=True, separators=(",", ":"), default=str)
    digest = hashlib.sha256(told.encode()).hexdigest()
    with transaction.atomic():
        attempt, row = locked_session(found)
        if row.reviews.filter(digest=digest).exists():
            return
        if row.reviews.count() >= MOST_REVIEWS:
            raise Unusable("too_many_reviews", "This attempt has {most} reviews already.", most=MOST_REVIEWS)
        spend(caller, row, "reviewed", digest, now)
        if attempt is not None and OtherWayRow.objects.filter(attempt=attempt).exists():
            raise NotWatched("no_longer_watched", "This attempt goes on without the service.")
        _kept(row, review, digest, now)
        if attempt is None:
            _onboarded(row, review, now)
        else:
            _weighed(attempt, row, review, service, now)


def _caller(authorization: str, now: datetime) -> tuple[Caller, ServiceRow]:
    caller = read_token(authorization, now)
    row = ServiceRow.objects.filter(id=caller.service_id, is_enabled=True).first()
    if row is None or not row.callback_sha256.startswith(caller.secret_sha256):
        raise Unusable("token_refused", "Take a new token: this one is not usable here.")
    return caller, row


def _session(service: ServiceRow, external_id: str, what: str, status: str, now: datetime) -> SessionRow:
    """The session of that id at that service; of none, or one that is deleted, it is kept for staff that it came."""
    is_id = 0 < len(external_id) <= LONGEST_ID and external_id.isascii() and external_id.isprintable()
    rows = SessionRow.objects.filter(service=service, external_id=external_id).exclude(told=Told.DELETED)
    found = rows.select_related("version__exam").first() if is_id else None
    if found is not None and found.version.exam.institution == service.institution:
        return found
    if is_id and StrayRow.objects.filter(service=service).count() < MOST_STRAYS:
        key = {"service": service, "what": what, "external_id": external_id, "status": status}
        StrayRow.objects.get_or_create(**key, defaults={"at": now})
    raise NotFound("session_unknown", "There is no such attempt here, or it is deleted.")


def locked_session(found: SessionRow) -> tuple[AttemptRow | None, SessionRow]:
    """The attempt, then its session, both locked."""
    attempt = attempt_row(found.attempt_id) if found.attempt_id else None
    return attempt, SessionRow.objects.select_for_update().get(id=found.id)


def spend(caller: Caller, row: SessionRow, what: str, digest: str, now: datetime) -> None:
    """A token says one thing about a session: with other words it was taken from somebody."""
    UsedTokenRow.objects.filter(expires_at__lt=now).delete()
    key = {"service_id": caller.service_id, "jti": caller.jti, "about": f"{what}:{row.id}"[:64]}
    defaults = {"digest": digest, "expires_at": caller.expires_at}
    used, fresh = UsedTokenRow.objects.get_or_create(**key, defaults=defaults)
    if not fresh and used.digest != digest:
        raise NotPermitted("token_used", "This token was used for another callback about this attempt. Take a new one.")


def _kept(row: SessionRow, review: ServiceReview, digest: str, now: datetime) -> None:
    ServiceReviewRow.objects.create(
        learner_id=row.learner_id,
        session=row,
        status=review.status,
        comments=[
            {"words": one.words, "status": one.status, "start": one.start, "stop": one.stop} for one in review.comments
        ],
        reviewed_by=review.reviewed_by,
        digest=digest,
        at=now,
    )


def _onboarded(row: SessionRow, review: ServiceReview, now: datetime) -> None:
    """Practice was looked at: whoever is set up now, and waits with an exam, is registered for it."""
    if review.opinion is Opinion.UNSEEN:
        return
    row.onboarding = SET_UP if review.opinion is Opinion.CLEAR else NOT_SET_UP
    row.save(update_fields=["onboarding"])
    waiting = SessionRow.objects.filter(learner_id=row.learner_id, service_id=row.service_id, told=Told.NOTHING)
    for session_id in waiting.exclude(attempt=None).values_list("id", flat=True):
        outbox.publish(SessionChanged(row.learner_id, session_id), now=now)


def _weighed(attempt: AttemptRow, row: SessionRow, review: ServiceReview, service: ServiceRow, now: datetime) -> None:
    exam = as_exam(attempt.version)
    note_service(attempt, "take_service_review", now, {"service": service.name, "status": review.status})
    if exam.watched is not None and exam.watched.accepts and _is_clear(attempt, row, review):
        attempt.state = after(AttemptState(attempt.state), Act.SERVICE_ACCEPT)
        attempt.reviewed_by = service.name
        attempt.save(update_fields=["state", "reviewed_by"])
        note_service(attempt, "review_attempt", now, {"state": attempt.state})
        return
    event = ServiceReviewed(attempt.learner_id, attempt.id, exam.title, exam.institution, str(review.opinion))
    outbox.publish(event, now=now)


def _is_clear(attempt: AttemptRow, row: SessionRow, review: ServiceReview) -> bool:
    """Whether nothing speaks against an attempt that nobody judged yet: no incident, no doubt, no other device."""
    if review.opinion is not Opinion.CLEAR or attempt.state != AttemptState.SUBMITTED or row.number != 1:
        return False
    doubts = ServiceReviewRow.objects.filter(session__attempt=attempt, status__in=opinions_doubting())
    return is_current(attempt, row) and not doubts.exists() and not attempt.incidents.exists()


def is_current(attempt: AttemptRow, row: SessionRow) -> bool:
    """Whether a session is an attempt's newest, and nobody let that go on another way."""
    return not SessionRow.objects.filter(attempt=attempt).filter(number__gt=row.number).exists() and not (
        OtherWayRow.objects.filter(attempt=attempt).exists()
    )


def note_service(attempt: AttemptRow, verb: str, now: datetime, told: dict[str, Any]) -> None:
    """Keep on the trail of an attempt what its service did."""
    subject, school = f"exams.attempt:{attempt.id}", attempt.version.exam.institution
    audit.record(actor=SERVICE, verb=verb, subject=subject, now=now, after=told, institution=school)
