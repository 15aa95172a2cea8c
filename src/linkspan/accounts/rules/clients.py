"""Programs that use the API by themselves: what they may do, and how they prove who they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from linkspan.accounts.rules.people import Role
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable


class Scope(StrEnum):
    """What a system of an institution may do over the VC API: an action and a path (VC API 0.7, section 3.2.2)."""

    ISSUE = "write:/credentials/issue"
    STATUS = "write:/credentials/status"
    VERIFY = "write:/credentials/verify"
    PRESENT = "write:/presentations"
    READ = "read:/credentials"


@dataclass(frozen=True, slots=True)
class ApiClient:
    """A system of an institution that signs its requests for access with the key behind `jwk`."""

    id: UUID
    institution: str
    name: str
    jwk: Mapping[str, str]
    scopes: frozenset[str]
    revoked_at: datetime | None


#: RFC 7523, section 3: an assertion is short-lived, so that a stolen one is soon worthless.
LONGEST_ASSERTION = timedelta(minutes=5)


CLOCK_SKEW = timedelta(seconds=60)


def check_assertion(claims: Mapping[str, Any], client_id: str, audience: str, now: datetime) -> str:
    """The `jti` of a client assertion whose signature holds; Unusable (`assertion_refused`) saying what is wrong.

    RFC 7523, section 3: `iss` and `sub` are the client, `aud` is the token endpoint, `exp` is near, `jti` is new.
    """
    expires = claims.get("exp")
    named = claims.get("aud")
    wrong = None
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        wrong = "iss and sub are the client's id"
    elif audience not in (named if isinstance(named, list) else [named]):
        wrong = f"aud is {audience}"
    elif isinstance(expires, bool) or not isinstance(expires, int | float):
        wrong = "exp is a number of seconds"
    elif not now.timestamp() - CLOCK_SKEW.total_seconds() < expires <= (now + LONGEST_ASSERTION).timestamp():
        wrong = "exp is at most five minutes ahead"
    elif not isinstance(claims.get("jti"), str) or not 8 <= len(claims["jti"]) <= 200:
        wrong = "jti is a text of 8 to 200 characters"
    if wrong:
        raise Unusable("assertion_refused", "The client assertion is not usable: {wrong}.", wrong=wrong)
    return str(claims["jti"])


def granted_scopes(client: ApiClient, asked: str) -> frozenset[str]:
    """The scopes asked for, all of the client's if none; Refused (`scope_refused`) for one that it does not have."""
    wanted = frozenset(asked.split()) or client.scopes
    if not wanted <= client.scopes:
        more = ", ".join(sorted(wanted - client.scopes))
        raise Refused("scope_refused", "This client may not: {more}. Ask the institution's registrar.", more=more)
    return wanted


def may_manage_clients(actor: Actor, institution: str) -> bool:
    """Operators, and the institution's own registrar."""
    return actor.is_system or actor.has_role(Role.OPERATOR) or actor.has_role(Role.REGISTRAR, institution)
