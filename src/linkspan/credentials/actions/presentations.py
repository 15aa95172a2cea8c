"""Staff ask a wallet for a credential; the wallet answers; the verdict is kept, the answer is not.

OpenID4VP 1.0, answer by POST. Each request has its own nonce and state, lives ten minutes, and takes one answer.
"""

import secrets
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.credentials.models import PresentationRow
from linkspan.credentials.queries import judge
from linkspan.credentials.queries.wallets import as_presentation, asked
from linkspan.credentials.rules.wallets import REQUEST_LIFE, Presentation, may_ask_wallets, secret_digest
from linkspan.institutions.engines.custody import sealer_of
from linkspan.institutions.queries import institution as institution_of
from linkspan.institutions.queries import signing_key
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.vc import Unreadable, VcError, Verdict, openid4vp
from linkspan.vc.verify import Occasion


@transaction.atomic
def ask_wallet(*, actor: Actor, institution: str, purpose: str, at: datetime, now: datetime) -> Presentation:
    """Make a request that a holder opens with a wallet; the purpose is kept with the verdict and on the trail."""
    permit(may_ask_wallets(actor, institution) and actor.person_id is not None, "ask wallets in this school's name")
    assert actor.person_id is not None
    if not purpose.strip() or len(purpose) > 200:
        raise Unusable("purpose_missing", "Say in up to 200 characters what the credential is asked for.")
    signing_key(institution, at)
    state = secrets.token_urlsafe(24)
    row = PresentationRow.objects.create(
        institution=institution,
        asked_by_id=actor.person_id,
        asked_by=actor.name,
        purpose=purpose.strip(),
        nonce=secrets.token_urlsafe(24),
        state=state,
        state_sha256=secret_digest(state),
        asked_at=at,
        expires_at=at + REQUEST_LIFE,
    )
    after = {"institution": institution, "purpose": row.purpose}
    audit.record(actor=actor, verb="ask_wallet", subject=f"credentials.presentation:{row.id}", now=now, after=after)
    return as_presentation(row)


def signed_request(*, presentation_id: UUID, at: datetime) -> str:
    """The signed request object for the wallet that opens the link; Refused when it is answered or too old."""
    row = _open(presentation_id, at)
    key = signing_key(row.institution, at)
    return sealer_of(key, four_eyes=True).seal_request(asked(row), name=institution_of(row.institution).name, now=at)


def take_answer(*, presentation_id: UUID, vp_token: str, state: str, at: datetime) -> None:
    """Judge what a wallet answered, for this request's nonce and verifier, once.

    Unusable (`answer_refused`) for what is no answer to this request; a bad credential is an answer with its verdict.
    """
    row = _open(presentation_id, at)
    if secret_digest(state) != row.state_sha256:
        raise Unusable("answer_refused", "The answer is not one to this request.")
    told = asked(row)
    try:
        held = openid4vp.presented(vp_token)
        occasion = Occasion(challenge=row.nonce, domain=told.client_id)
        verdict = judge(held if isinstance(held, dict) else held.encode(), at, occasion, relying=[row.institution])
    except (VcError, Unreadable) as error:
        raise Unusable("answer_refused", error.message) from error
    _keep(presentation_id, verdict, at)


@transaction.atomic
def _keep(presentation_id: UUID, verdict: Verdict, at: datetime) -> None:
    """Store what was judged outside of the transaction, unless another answer was stored meanwhile."""
    row = _open(presentation_id, at, lock=True)
    row.verdict, row.answered_at = verdict.as_json(), at
    row.save(update_fields=["verdict", "answered_at"])


def _open(presentation_id: UUID, at: datetime, *, lock: bool = False) -> PresentationRow:
    rows = PresentationRow.objects.select_for_update() if lock else PresentationRow.objects
    row = rows.filter(id=presentation_id).first()
    if row is None:
        raise NotFound("presentation_unknown", "There is no such request.")
    if row.answered_at is not None or row.expires_at <= at:
        raise Refused("request_over", "This request was answered or is too old. Ask for a new one.")
    return row
