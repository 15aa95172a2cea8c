"""Staff ask a wallet for credentials; the wallet answers; the verdict is kept, the answer is not.

OpenID4VP 1.0, answer by POST. Each request has its own nonce and state, lives ten minutes, and takes one answer. One
that is `hidden` has a key of its own too, and only what is encrypted to it is an answer.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from linkspan.credentials.models import PresentationRow
from linkspan.credentials.queries import judge
from linkspan.credentials.queries.verifier import certificate, client_of
from linkspan.credentials.queries.wallets import as_presentation, asked
from linkspan.credentials.rules.wallets import REQUEST_LIFE, Presentation, may_ask_wallets, secret_digest
from linkspan.institutions.engines.custody import sealer_of
from linkspan.institutions.queries import institution as institution_of
from linkspan.institutions.queries import signing_key
from linkspan.kernel import audit, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.vc import Unreadable, VcError, Verdict, dcql, jwe, openid4vp
from linkspan.vc.verify import Occasion, together

#: A null character in a name, as JSON writes it: no database stores one, so the sign for what is unreadable is kept.
NULL, SHOWN_NULL = "\\u0000", "\\ufffd"


@transaction.atomic
def ask_wallet(
    *,
    actor: Actor,
    institution: str,
    purpose: str,
    at: datetime,
    now: datetime,
    query: Mapping[str, Any] | None = None,
    hidden: bool = False,
) -> Presentation:
    """Make a request that a holder opens with a wallet; the purpose is kept with the verdict and on the trail.

    By a `query` in DCQL something else than one badge is asked for; Unusable (`query_refused`) names what is wrong.
    """
    permit(may_ask_wallets(actor, institution) and actor.person_id is not None, "ask wallets in this school's name")
    assert actor.person_id is not None
    if not purpose.strip() or len(purpose) > 200:
        raise Unusable("purpose_missing", "Say in up to 200 characters what the credential is asked for.")
    if query is not None:
        _check_query(query)
    signing_key(institution, at)
    state = secrets.token_urlsafe(24)
    row = PresentationRow(
        institution=institution,
        asked_by_id=actor.person_id,
        asked_by=actor.name,
        purpose=purpose.strip(),
        nonce=secrets.token_urlsafe(24),
        state=state,
        state_sha256=secret_digest(state),
        asked_at=at,
        expires_at=at + REQUEST_LIFE,
        query=None if query is None else dict(query),
    )
    if hidden or settings.HAIP:
        row.key = storage.sealed(json.dumps(jwe.new_key(row.id.hex)))
    row.client = client_of(row.id)
    row.save(force_insert=True)
    after = {"institution": institution, "purpose": row.purpose}
    audit.record(actor=actor, verb="ask_wallet", subject=f"credentials.presentation:{row.id}", now=now, after=after)
    return as_presentation(row)


def _check_query(query: Mapping[str, Any]) -> None:
    try:
        dcql.check_query(query)
    except VcError as error:
        raise Unusable("query_refused", error.message) from error


def signed_request(*, presentation_id: UUID, at: datetime) -> str:
    """The signed request object for the wallet that opens the link; Refused when it is answered or too old."""
    row = _open(presentation_id, at)
    told, name = asked(row), institution_of(row.institution).name
    if told.client.startswith("x509_"):
        return openid4vp.certified_request(told, certificate(), name=name, now=at)
    if told.client:
        raise NotFound("presentation_unknown", "There is no such request.")
    key = signing_key(row.institution, at)
    return sealer_of(key, four_eyes=True).seal_request(told, name=name, now=at)


def take_answer(*, presentation_id: UUID, vp_token: str, state: str, at: datetime) -> None:
    """Judge what a wallet answered, for this request's nonce and verifier, once.

    Unusable (`answer_refused`) for what is no answer to this request; a bad credential is an answer with its verdict.
    """
    row = _open(presentation_id, at)
    if row.key:
        raise Unusable("answer_refused", "The answer is to be encrypted to the key of the request.")
    _take(row, vp_token, state, at)


def take_hidden_answer(*, presentation_id: UUID, response: str, at: datetime) -> None:
    """`take_answer` of what a wallet encrypted to the key of the request (section 8.3)."""
    row = _open(presentation_id, at)
    if not row.key:
        raise Unusable("answer_refused", "The request has no key to which an answer could be encrypted.")
    try:
        told = jwe.decrypt(response, [json.loads(storage.opened(row.key))])
    except (VcError, Unreadable) as error:
        raise Unusable("answer_refused", error.message) from error
    _take(row, json.dumps(told.get("vp_token")), str(told.get("state")), at)


def _take(row: PresentationRow, vp_token: str, state: str, at: datetime) -> None:
    if secret_digest(state) != row.state_sha256:
        raise Unusable("answer_refused", "The answer is not one to this request.")
    try:
        verdicts = _verdicts(row, vp_token, at)
    except (VcError, Unreadable) as error:
        raise Unusable("answer_refused", error.message) from error
    _keep(row.id, verdicts[0] if len(verdicts) == 1 else together(verdicts), at)


def _verdicts(row: PresentationRow, vp_token: str, at: datetime) -> Sequence[Verdict]:
    """The verdict about each presentation; VcError where it is not what was asked for."""
    told = asked(row)
    occasion = Occasion(challenge=row.nonce, domain=told.client_id)
    if row.query is None:
        found: list[tuple[Mapping[str, Any], Any]] = [({}, openid4vp.presented(vp_token))]
    else:
        found = list(dcql.presented(row.query, dcql.answers_of(vp_token)))
        for one, held in found:
            dcql.check_met(one, held)
    if not all(dcql.is_presentation(held) for _, held in found):
        raise VcError("answer_refused", "The answer holds something that is no presentation.")
    return [
        judge(
            held if isinstance(held, dict) else held.encode(),
            at,
            occasion if one.get("require_cryptographic_holder_binding", True) else None,
            relying=[row.institution],
        )
        for one, held in found
    ]


@transaction.atomic
def _keep(presentation_id: UUID, verdict: Verdict, at: datetime) -> None:
    """Store what was judged outside of the transaction, unless another answer was stored meanwhile."""
    row = _open(presentation_id, at, lock=True)
    row.verdict, row.answered_at, row.key = json.loads(json.dumps(verdict.as_json()).replace(NULL, SHOWN_NULL)), at, ""
    row.save(update_fields=["verdict", "answered_at", "key"])


def _open(presentation_id: UUID, at: datetime, *, lock: bool = False) -> PresentationRow:
    rows = PresentationRow.objects.select_for_update() if lock else PresentationRow.objects
    row = rows.filter(id=presentation_id).first()
    if row is None:
        raise NotFound("presentation_unknown", "There is no such request.")
    if row.answered_at is not None or row.expires_at <= at:
        raise Refused("request_over", "This request was answered or is too old. Ask for a new one.")
    return row
