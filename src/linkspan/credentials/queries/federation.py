"""Institutions as entities of federations: what each says of itself, signed by its key (OpenID Federation 1.0, 9)."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from linkspan.credentials.queries.places import wallet_places
from linkspan.institutions.engines.custody import sealer_of
from linkspan.institutions.queries import federation_entity, institution, signing_key, superiors_of
from linkspan.institutions.rules import SigningKey
from linkspan.kernel.readers import public
from linkspan.vc.federation import TYPE
from linkspan.vc.keys import jwk_of, key_of_multibase

#: How long a statement counts; it is made anew each hour.
LIFE = timedelta(days=2)


@public
def entity_statement(code: str, now: datetime) -> str:
    """The entity configuration of an institution, as a token; NotFound if it has no key, or does not exist."""
    entity = federation_entity(code, now)
    key = signing_key(code, now)
    issued = max(now.replace(minute=0, second=0, microsecond=0), key.valid_from)
    school = institution(code)
    return _signed(entity, key, (school.name, school.url), wallet_places(code).issuer, superiors_of(code), issued)


@lru_cache(maxsize=64)
def _signed(
    entity: str, key: SigningKey, named: tuple[str, str], issuer: str, superiors: tuple[str, ...], issued: datetime
) -> str:
    name, url = named
    jwks = {"keys": [{**jwk_of(key_of_multibase(key.multibase)), "kid": key.method, "use": "sig"}]}
    who = {"organization_name": name, **({"organization_uri": url} if url else {})}
    issues = {"credential_issuer": issuer, "display": [{"name": name}], "jwks": jwks}
    claims: dict[str, Any] = {
        "iss": entity,
        "sub": entity,
        "iat": int(issued.timestamp()),
        "exp": int((issued + LIFE).timestamp()),
        "jwks": jwks,
        "metadata": {"federation_entity": who, "openid_credential_issuer": issues},
    }
    if superiors:
        claims["authority_hints"] = list(superiors)
    return sealer_of(key, four_eyes=False).seal_published(TYPE, claims)
