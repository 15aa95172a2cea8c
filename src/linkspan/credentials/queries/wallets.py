"""Where wallets find an issuer, and what came of requests to wallets."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from linkspan.accounts.queries import wallet_access
from linkspan.credentials.models import PresentationRow
from linkspan.credentials.queries.places import selective_type
from linkspan.credentials.queries.verifier import answer_place
from linkspan.credentials.queries.wallet_access import names_within, opened
from linkspan.credentials.rules.wallets import Presentation, may_ask_wallets
from linkspan.institutions.queries import institution as institution_of
from linkspan.institutions.queries import signing_key
from linkspan.kernel import storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, NotPermitted, permit
from linkspan.kernel.readers import by_secret, public
from linkspan.vc import Check, Verdict, jwe, openid4vp
from linkspan.vc.verify.verdict import Note


@public
def opening_keys() -> tuple[dict[str, str], ...]:
    """The private keys that open what wallets encrypt to this server's issuers; the first is the one to use."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return tuple(jwe.key_from(secret, "linkspan.wallets", f"{number}") for number, secret in enumerate(secrets))


@by_secret
def credential_names(token: str, thumbprint: str, at: datetime) -> dict[str, list[str]]:
    """What a token opens, by name in each form (`credential_identifiers`), for a wallet that asked to be told."""
    found = wallet_access(token, thumbprint, at)
    if found is None or not found.wish.by_details:
        return {}
    institution = found.wish.issuer.rpartition("/")[2]
    try:
        return names_within(opened(institution, token, thumbprint, at))
    except NotPermitted:
        return {}


def asked(row: PresentationRow) -> openid4vp.Asked:
    """A request as the protocol's messages need it; the verifier is the institution by the DID it signs with."""
    did = signing_key(row.institution, row.asked_at).did
    return openid4vp.Asked(
        did,
        answer_place(row.id),
        row.nonce,
        row.state,
        selective_type(row.institution),
        row.client,
        jwe.public(json.loads(storage.opened(row.key))) if row.key else None,
        row.query,
    )


def presentation(actor: Actor, presentation_id: UUID) -> Presentation:
    """A request with its verdict, for staff of the institution that asked."""
    row = PresentationRow.objects.filter(id=presentation_id).first()
    if row is None:
        raise NotFound("presentation_unknown", "There is no such request.")
    permit(may_ask_wallets(actor, row.institution), "see this request")
    return as_presentation(row)


def presentations(actor: Actor, institution: str) -> tuple[Presentation, ...]:
    """The newest requests of an institution, without their links."""
    permit(may_ask_wallets(actor, institution), "see requests to wallets here")
    rows = PresentationRow.objects.filter(institution=institution).order_by("-asked_at", "-id")[:50]
    return tuple(_presentation(row, "") for row in rows)


def as_presentation(row: PresentationRow) -> Presentation:
    """A row as a value, with the link that opens a wallet."""
    place = f"{settings.BASE_URL}/api/v1/openid4vp/{row.id}/request"
    link = openid4vp.request_link(asked(row), place, name=institution_of(row.institution).name)
    return _presentation(row, link)


def _presentation(row: PresentationRow, link: str) -> Presentation:
    return Presentation(
        row.id,
        row.institution,
        row.purpose,
        row.asked_by,
        link,
        row.asked_at,
        row.expires_at,
        row.answered_at,
        _verdict(row.verdict) if row.verdict else None,
    )


def _verdict(stored: Mapping[str, Any]) -> Verdict:
    """The verdict of which that was the JSON."""
    first = stored["achievement"]
    return Verdict(
        stored["verdict"],
        tuple(Check(**check) for check in stored["checks"]),
        stored["issuer"],
        first,
        tuple(Note(**note) for note in stored.get("notes", ())),
        tuple(stored.get("achievements", (first,))),
        tuple(_verdict(one) for one in stored.get("credentials", ())),
        tuple(_verdict(one) for one in stored.get("endorsements", ())),
    )
