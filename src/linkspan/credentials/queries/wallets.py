"""Where wallets find an issuer, and what came of requests to wallets."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings

from linkspan.credentials.models import PresentationRow
from linkspan.credentials.rules.wallets import Presentation, may_ask_wallets
from linkspan.institutions.queries import signing_key
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.readers import public
from linkspan.vc import Check, Verdict, openid4vp
from linkspan.vc.openid4vci import Places


@public
def wallet_places(institution: str) -> Places:
    """The credential issuer identifier of an institution and its endpoints."""
    base = f"{settings.BASE_URL}/api/v1/openid4vci/{institution}"
    return Places(base, f"{base}/token", f"{base}/nonce", f"{base}/credential")


@public
def selective_type(institution: str) -> str:
    """The type (`vct`) of an institution's credentials in the SD-JWT form."""
    return f"{settings.BASE_URL}/i/{institution}/credential-type"


def asked(row: PresentationRow) -> openid4vp.Asked:
    """A request as the protocol's messages need it; the verifier is the institution by the DID it signs with."""
    base = f"{settings.BASE_URL}/api/v1/openid4vp/{row.id}"
    did = signing_key(row.institution, row.asked_at).did
    return openid4vp.Asked(did, f"{base}/answer", row.nonce, row.state, selective_type(row.institution))


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
    link = openid4vp.request_link(asked(row), f"{settings.BASE_URL}/api/v1/openid4vp/{row.id}/request")
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
    checks = tuple(Check(**check) for check in stored["checks"])
    return Verdict(stored["verdict"], checks, stored["issuer"], stored["achievement"])
