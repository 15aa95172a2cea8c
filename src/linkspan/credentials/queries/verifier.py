"""How this server's verifiers are named to wallets: by the settings of its operator."""

from functools import cache
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from linkspan.kernel.errors import Refused
from linkspan.kernel.readers import public
from linkspan.vc import VcError, openid4vp
from linkspan.vc.openid4vp import BY_ADDRESS, BY_DID, BY_HASH, BY_NAME, Certified


@public
def client_of(presentation_id: UUID) -> str:
    """The verifier's name in a request (OpenID4VP 1.0, section 5.9.3); empty for the institution's DID.

    Refused (`verifier_unnamed`) where the operator's certificate cannot be used for it.
    """
    way = BY_HASH if settings.HAIP else settings.WALLET_CLIENT
    if way == BY_DID:
        return ""
    if way == BY_ADDRESS:
        return f"{BY_ADDRESS}:{answer_place(presentation_id)}"
    held = certificate()
    if way == BY_HASH:
        return f"{BY_HASH}:{held.leaf_hash}"
    host = urlsplit(settings.BASE_URL).hostname or ""
    if host not in held.names:
        raise Refused("verifier_unnamed", "The operator's certificate does not name this host: {host}.", host=host)
    return f"{BY_NAME}:{host}"


@public
def answer_place(presentation_id: UUID) -> str:
    """Where the answer to a request goes."""
    return f"{settings.BASE_URL}/api/v1/openid4vp/{presentation_id}/answer"


@public
def certificate() -> Certified:
    """The operator's certificate for requests; Refused (`verifier_unnamed`) if there is none that wallets could use."""
    place = Path(settings.WALLET_CERTIFICATE)
    try:
        return _read(str(place), place.stat().st_mtime_ns)
    except OSError as error:
        raise Refused("verifier_unnamed", "The file LINKSPAN_WALLET_CERTIFICATE cannot be read.") from error
    except VcError as error:
        raise Refused("verifier_unnamed", error.message) from error


@cache
def _read(place: str, _changed: int) -> Certified:
    return openid4vp.certified(Path(place).read_bytes())
