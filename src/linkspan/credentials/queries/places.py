"""Where wallets find an institution as an issuer, and what its type of credential is called there."""

from django.conf import settings

from linkspan.institutions.queries import institution as institution_of
from linkspan.kernel.readers import public
from linkspan.vc import openid4vci
from linkspan.vc.openid4vci import Places


@public
def wallet_places(institution: str) -> Places:
    """The credential issuer identifier of an institution and its endpoints."""
    base = f"{settings.BASE_URL}/api/v1/openid4vci/{institution}"
    return Places(base, settings.BASE_URL)


@public
def selective_type(institution: str) -> str:
    """The type (`vct`) of an institution's credentials in the SD-JWT form."""
    return f"{settings.BASE_URL}/i/{institution}/credential-type"


@public
def selective_metadata(institution: str) -> bytes:
    """What stands at that name: the type in words for people, to the byte, so that credentials can name its hash."""
    return openid4vci.type_metadata(selective_type(institution), institution_of(institution).name)
