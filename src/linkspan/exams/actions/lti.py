"""An exam that an LTI tool watches: launched from the learner's browser, begun by the tool's word, ended on its page.

The tool's word comes in a post of another site, which brings no sign-in: it is judged and kept, and counts once the
browser that was launched, in which the learner is signed in, goes on with it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

from django.core import signing
from django.db import transaction
from django.utils.crypto import constant_time_compare

from linkspan.accounts.queries import accepted_identity, person_of
from linkspan.exams.actions.callbacks import is_current, let_in, note_service
from linkspan.exams.actions.rows import attempt_row, own_attempt_row
from linkspan.exams.engines.lti import check_message, judged, launch_in, session_data, signed, unjudged
from linkspan.exams.events import ServiceReviewed
from linkspan.exams.models import AttemptRow, IncidentRow, LtiSessionRow, OtherWayRow, SessionRow, UsedTokenRow
from linkspan.exams.queries import account_of, as_exam
from linkspan.exams.rules import AttemptState, IncidentKind, NotWatched, Opinion, Told, words
from linkspan.exams.rules.lti import LAUNCH_LASTS, LEARNER, LTI, PROCTORING, VERSION, Control, Message, same_person
from linkspan.kernel import outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable
from linkspan.kernel.public import public_base

SALT = "linkspan.exams.lti.hint"
LONGEST_STATE = 2000


@dataclass(frozen=True, slots=True)
class Launch:
    """A signed message, and where the browser posts it."""

    place: str
    id_token: str
    state: str


@transaction.atomic
def launch_service(*, actor: Actor, attempt_id: UUID, browser: str, now: datetime, end: bool = False) -> str:
    """Where the learner's browser begins at the tool that watches their attempt, or ends there; a new launch each time.

    `browser` is the mark that this browser holds: in no other one the attempt begins.
    """
    attempt, row = _current(own_attempt_row(actor, attempt_id))
    if end:
        if not row.wants_end or attempt.submitted_at is None:
            raise Refused("service_done", "The service waits for nothing more.")
    elif attempt.state not in (AttemptState.CREATED, AttemptState.ERROR):
        raise Refused("service_done", "The service waits for nothing more.")
    row.launch, row.launched_at, row.browser = uuid4(), now, _digest(browser)
    row.authorised_at = None
    if not end:
        row.returned_at, row.other_name = None, ""
    row.save()
    service = row.session.service
    hint = signing.dumps({"launch": row.launch.hex, "end": end}, salt=SALT)
    query = {
        "iss": public_base(),
        "login_hint": row.sub,
        "target_link_uri": service.launch_url,
        "lti_message_hint": hint,
        "client_id": service.client_id,
        "lti_deployment_id": str(service.id),
    }
    return f"{service.base_url}{'&' if urlsplit(service.base_url).query else '?'}{urlencode(query)}"


def authorise_launch(
    *, actor: Actor, query: Mapping[str, str], browser: str, start_url: str, control_url: str, now: datetime
) -> Launch:
    """The message that a tool asks for, signed: once for a launch, to the address that was entered. Unusable if not."""
    try:
        hint = signing.loads(query.get("lti_message_hint", "")[:1000], salt=SALT, max_age=None)
        launch, end = UUID(hint["launch"]), bool(hint["end"])
    except (signing.BadSignature, ValueError, KeyError, TypeError) as error:
        raise _unfit() from error
    with transaction.atomic():
        attempt, row = _launched(launch)
        service = row.session.service
        nonce, state = query.get("nonce", ""), query.get("state", "")
        fits = (
            actor.is_person(row.learner_id)
            and constant_time_compare(row.browser, _digest(browser))
            and _is_fresh(row, now)
            and row.authorised_at is None
            and query.get("login_hint") == row.sub
            and query.get("client_id") == service.client_id
            and query.get("redirect_uri") == service.launch_url
            and query.get("scope") == "openid"
            and query.get("response_type") == "id_token"
            and query.get("response_mode") == "form_post"
            and 0 < len(nonce) <= 500
            and len(state) <= LONGEST_STATE
        )
        if not fits:
            raise _unfit()
        row.authorised_at = now
        row.save(update_fields=["authorised_at"])
        verb = "end_at_service" if end else "launch_service"
        note_service(attempt, verb, now, {"service": service.name, "number": row.number})
    claims = _claims(attempt, row, end=end, start_url=start_url, control_url=control_url)
    told = {"nonce": nonce, "aud": service.client_id, "sub": row.sub, **claims}
    return Launch(service.launch_url, signed(account_of(service.id).secret, told, now), state)


def take_start(*, token: str, now: datetime) -> UUID:
    """The tool says that the assessment may begin: judged by its keys, kept once; return the attempt.

    What is no launch of ours, another tool's, late or repeated is refused. Another name than the learner's is an
    incident.
    """
    launch = launch_in(unjudged(token).get(f"{PROCTORING}session_data"))
    found = LtiSessionRow.objects.filter(launch=launch).select_related("session__service").first() if launch else None
    if launch is None or found is None or not found.session.service.is_enabled:
        raise _unfit()
    word = judged(token, account_of(found.session.service_id), frozenset({public_base()}), now)
    check_message(word.claims, Message.START_ASSESSMENT, str(found.session.service_id))
    with transaction.atomic():
        attempt, row = _launched(launch)
        UsedTokenRow.objects.filter(expires_at__lt=now).delete()
        once = {"service_id": row.session.service_id, "jti": word.once, "about": "start"}
        _, fresh = UsedTokenRow.objects.get_or_create(**once, defaults={"digest": "", "expires_at": word.ends_at})
        link = word.claims.get(f"{LTI}resource_link")
        as_sent = (
            word.claims.get(f"{PROCTORING}session_data") == session_data(launch)
            and word.claims.get(f"{PROCTORING}attempt_number") == row.number
            and isinstance(link, dict)
            and link.get("id") == row.resource_link
        )
        waits = row.authorised_at is not None and row.returned_at is None and _is_fresh(row, now)
        if not (fresh and as_sent and waits and attempt.state in (AttemptState.CREATED, AttemptState.ERROR)):
            raise _unfit()
        _check_current(attempt, row)
        row.returned_at = now
        row.wants_end = word.claims.get(f"{PROCTORING}end_assessment_return") is True
        row.other_name = _other_name(row, word.claims.get(f"{PROCTORING}verified_user"))
        row.save()
        note_service(attempt, "take_start", now, {"service": row.session.service.name})
        if row.other_name:
            note_incident(attempt, row.session.service.name, IncidentKind.IDENTITY, row.other_name, now)
        return attempt.id


@transaction.atomic
def begin_by_service(*, actor: Actor, attempt_id: UUID, browser: str, now: datetime) -> None:
    """Go on with what the tool said, in the browser that was launched: the identity is confirmed.

    Refused where the tool saw somebody else's name: a proctor decides then. A second time changes nothing.
    """
    attempt, row = _current(own_attempt_row(actor, attempt_id))
    if row.returned_at is None or not constant_time_compare(row.browser, _digest(browser)):
        raise Refused("service_waits", "Begin at the service first, in this browser.")
    if row.other_name:
        raise Refused("other_person", "The service saw another name than yours. A proctor decides how you go on.")
    let_in(attempt, row.session, row.session.service.name, now)


def note_incident(
    attempt: AttemptRow, service: str, kind: IncidentKind, note: str, now: datetime, *, always: bool = False
) -> None:
    """Put what a service noted before the proctors, who alone judge it.

    They are told of the first, and `always` of what stops the clock: a flood of notes is one notice.
    """
    told_before = attempt.incidents.filter(noted_by=service, noted_by_id=None).exists()
    told = {"learner_id": attempt.learner_id, "kind": kind, "note": note, "noted_by": service, "at": now}
    IncidentRow.objects.create(attempt=attempt, **told)
    if told_before and not always:
        return
    exam = as_exam(attempt.version)
    doubt = ServiceReviewed(attempt.learner_id, attempt.id, exam.title, exam.institution, str(Opinion.DOUBT))
    outbox.publish(doubt, now=now)


def _current(attempt: AttemptRow) -> tuple[AttemptRow, LtiSessionRow]:
    """An attempt's newest session at its tool, locked; Refused where there is none, or it goes on another way."""
    newest = SessionRow.objects.filter(attempt=attempt).order_by("-number").first()
    rows = LtiSessionRow.objects.select_for_update(of=("self",)).select_related("session__service")
    row = rows.filter(session=newest).first() if newest else None
    if row is None or row.session.told == Told.NOTHING or not row.session.service.is_enabled:
        raise Refused("service_not_ready", "The service is not ready yet. Load the page again in a minute.")
    _check_current(attempt, row)
    return attempt, row


def _launched(launch: UUID) -> tuple[AttemptRow, LtiSessionRow]:
    """The session of a launch, with its attempt, both locked: the newest launch alone is one."""
    held = LtiSessionRow.objects.filter(launch=launch).values_list("session__attempt_id", flat=True).first()
    if held is None:
        raise _unfit()
    attempt = attempt_row(held)
    rows = LtiSessionRow.objects.select_for_update(of=("self",)).select_related("session__service")
    row = rows.filter(launch=launch, session__service__is_enabled=True).first()
    if row is None:
        raise _unfit()
    return attempt, row


def _check_current(attempt: AttemptRow, row: LtiSessionRow) -> None:
    if OtherWayRow.objects.filter(attempt=attempt).exists() or not is_current(attempt, row.session):
        raise NotWatched("no_longer_watched", "This attempt goes on without the service.")


def _is_fresh(row: LtiSessionRow, now: datetime) -> bool:
    return row.launched_at is not None and row.launched_at <= now < row.launched_at + LAUNCH_LASTS


def _other_name(row: LtiSessionRow, verified: object) -> str:
    identity = accepted_identity(row.learner_id)
    if same_person(verified, identity.legal_name if identity else person_of(row.learner_id).name):
        return ""
    told = verified if isinstance(verified, dict) else {}
    seen = [words(told.get(part), 100) for part in ("given_name", "middle_name", "family_name")]
    return (words(told.get("name"), 200) or " ".join(one for one in seen if one))[:200]


def _claims(attempt: AttemptRow, row: LtiSessionRow, *, end: bool, start_url: str, control_url: str) -> dict[str, Any]:
    exam, person = as_exam(attempt.version), person_of(row.learner_id)
    identity = accepted_identity(row.learner_id)
    told: dict[str, Any] = {
        f"{LTI}message_type": (Message.END_ASSESSMENT if end else Message.START_PROCTORING).value,
        f"{LTI}version": VERSION,
        f"{LTI}deployment_id": str(row.session.service_id),
        f"{LTI}target_link_uri": row.session.service.launch_url,
        f"{LTI}resource_link": {"id": row.resource_link, "title": exam.title},
        f"{LTI}roles": [LEARNER],
        f"{LTI}launch_presentation": {"document_target": "window", "locale": person.locale or "en"},
        f"{PROCTORING}attempt_number": row.number,
        f"{PROCTORING}session_data": session_data(row.launch or UUID(int=0)),
        "name": identity.legal_name if identity else person.name,
        "email": person.email,
    }
    if not end:
        told[f"{PROCTORING}start_assessment_url"] = start_url
        actions = [one.value for one in Control]
        told[f"{PROCTORING}acs"] = {"assessment_control_url": control_url, "actions": actions}
    return told


def _digest(mark: str) -> str:
    return hashlib.sha256(mark.encode()).hexdigest() if mark else "-"


def _unfit() -> Unusable:
    return Unusable("launch_unfit", "This does not belong to your exam, or came too late. Begin again from your exam.")


def unknown() -> NotFound:
    """A session that is not there."""
    return NotFound("session_unknown", "There is no such attempt here, or it is deleted.")
