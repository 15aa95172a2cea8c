"""The Assessment Control Service: what an LTI tool asks of an attempt that runs.

It pauses, resumes what it paused, adds time up to a limit, and notes. Ending an attempt is a proposal: the clock stands
until a person decides, and answers stay. The same again is answered as before, and does nothing.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from linkspan.exams.actions.breaks import OF_A_BREAK, settle_break
from linkspan.exams.actions.callbacks import note_service
from linkspan.exams.actions.lti import note_incident, unknown
from linkspan.exams.actions.rows import attempt_row
from linkspan.exams.engines.callback_tokens import CONTROL, give_token, read_token
from linkspan.exams.engines.lti import judged, unjudged
from linkspan.exams.models import (
    AttemptRow,
    LtiControlRow,
    LtiSessionRow,
    OtherWayRow,
    ServiceRow,
    SessionRow,
    UsedTokenRow,
)
from linkspan.exams.queries import account_of, as_exam
from linkspan.exams.rules import (
    ANSWERING,
    IN_REVIEW,
    Act,
    AttemptState,
    IncidentKind,
    NotWatched,
    ServiceKind,
    after,
    words,
)
from linkspan.exams.rules.lti import MOST_CONTROLS, Asked, Control, extra_allowed, read_control, standing_of
from linkspan.kernel.errors import Refused, Unusable


def take_control_token(*, assertion: str, audience: frozenset[str], now: datetime) -> str:
    """A token for a tool that shows who it is by its own key (RFC 7523), each assertion once; Unusable if not."""
    client_id = words(unjudged(assertion).get("iss"), 190)
    UsedTokenRow.objects.filter(expires_at__lt=now).delete()
    for row in ServiceRow.objects.filter(kind=ServiceKind.LTI, is_enabled=True, client_id=client_id)[:20]:
        try:
            word = judged(assertion, account_of(row.id), audience, now)
        except Unusable:
            continue
        told = {"service": row, "jti": word.once, "about": "token"}
        _, fresh = UsedTokenRow.objects.get_or_create(**told, defaults={"digest": "", "expires_at": word.ends_at})
        if fresh and word.claims.get("sub") == client_id:
            return give_token(row.id, row.callback_sha256, now, CONTROL)
    raise Unusable("client_refused", "This service is not known here, or its secret is another one.")


def take_control(*, authorization: str, body: object, now: datetime) -> Mapping[str, Any]:
    """Do what a tool asks of an attempt that it watches; return how the attempt stands then."""
    caller = read_token(authorization, now, CONTROL)
    service = ServiceRow.objects.filter(id=caller.service_id, kind=ServiceKind.LTI, is_enabled=True).first()
    if service is None or not service.callback_sha256.startswith(caller.secret_sha256):
        raise Unusable("token_refused", "Take a new token: this one is not usable here.")
    asked = read_control(body)
    told = json.dumps(body, sort_keys=True, separators=(",", ":"), default=str)
    digest = hashlib.sha256(told.encode()).hexdigest()
    with transaction.atomic():
        attempt, row = _session(service, asked)
        before = row.session.controls.filter(digest=digest).first()
        if before is not None:
            return dict(before.answer)
        if row.session.controls.count() >= MOST_CONTROLS:
            raise Refused("controls_too_many", "So much was asked of this attempt that nothing more is taken.")
        answer = _done(attempt, row, asked, service.name, now)
        kept = {"action": asked.action, "severity": asked.severity, "note": asked.note, "answer": answer}
        held = {"learner_id": row.learner_id, "session": row.session, "digest": digest, "at": now}
        LtiControlRow.objects.create(**kept, **held)
        told_of = {"service": service.name, "action": asked.action.value, **answer}
        note_service(attempt, "control_attempt", now, told_of)
        return answer


def _session(service: ServiceRow, asked: Asked) -> tuple[AttemptRow, LtiSessionRow]:
    """The attempt that a tool names, by whom and what it was launched with; NotFound for another tool's."""
    names = {"sub": asked.sub, "resource_link": asked.resource_link, "number": asked.attempt_number}
    found = LtiSessionRow.objects.filter(session__service=service, **names).values_list("session__attempt_id").first()
    if found is None:
        raise unknown()
    attempt = attempt_row(found[0])
    rows = LtiSessionRow.objects.select_for_update(of=("self",)).select_related("session__service")
    row = rows.get(session__service=service, **names)
    newest = SessionRow.objects.filter(attempt=attempt).order_by("-number").values_list("id", flat=True).first()
    if OtherWayRow.objects.filter(attempt=attempt).exists() or newest != row.session_id:
        raise NotWatched("no_longer_watched", "This attempt goes on without the service.")
    return attempt, row


def _done(attempt: AttemptRow, row: LtiSessionRow, asked: Asked, service: str, now: datetime) -> dict[str, Any]:
    state = AttemptState(attempt.state)
    over = attempt.deadline is not None and attempt.paused_at is None and now >= attempt.deadline
    given = 0
    if state in ANSWERING and not over:
        given = _act(attempt, row, asked, now)
    if asked.action in (Control.FLAG, Control.TERMINATE) and (state in ANSWERING or state in IN_REVIEW):
        stops = asked.action is Control.TERMINATE and state in ANSWERING
        note_incident(attempt, service, IncidentKind.OTHER, asked.note, now, always=stops)
    standing = standing_of(AttemptState(attempt.state)).value
    return {"status": standing} | ({"extra_time": given} if asked.action is Control.UPDATE else {})


def _act(attempt: AttemptRow, row: LtiSessionRow, asked: Asked, now: datetime) -> int:
    """Move the attempt by the state table; return the minutes that were given."""
    given = extra_allowed(asked.extra_minutes, row.extra_minutes, as_exam(attempt.version).duration)
    stops = asked.action in (Control.PAUSE, Control.TERMINATE)
    if stops and attempt.break_ends_at is not None:
        settle_break(attempt, now)
        attempt.state = after(AttemptState.PAUSED, Act.BREAK_OVER)
    if stops and attempt.state == AttemptState.STARTED:
        attempt.state, attempt.paused_at = after(AttemptState.STARTED, Act.SERVICE_PAUSE), now
        # What it proposes to end, it does not resume: a person looks first.
        row.paused_at = now if asked.action is Control.PAUSE else None
    elif asked.action is Control.TERMINATE:
        row.paused_at = None
    elif asked.action is Control.RESUME and attempt.state == AttemptState.PAUSED and row.paused_at is not None:
        attempt.state = after(AttemptState.PAUSED, Act.SERVICE_RESUME)
        if attempt.paused_at is not None and attempt.deadline is not None:
            attempt.deadline += now - attempt.paused_at
        attempt.paused_at, row.paused_at = None, None
    if asked.action is Control.UPDATE and given and attempt.deadline is not None:
        attempt.deadline += timedelta(minutes=given)
        row.extra_minutes += given
    else:
        given = 0
    attempt.save(update_fields=OF_A_BREAK)
    row.save(update_fields=["paused_at", "extra_minutes"])
    return given
