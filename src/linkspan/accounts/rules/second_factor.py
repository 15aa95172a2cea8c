"""Roles that wait until their holder has a second factor: a passkey, or codes of an authenticator app."""

from collections.abc import Collection

from linkspan.accounts.rules.people import Role
from linkspan.kernel.actor import Actor, Grant
from linkspan.kernel.errors import LinkspanError, NotPermitted

#: The roles that decide about people, money and the site; the setting names others.
DECIDING = (Role.PROGRAM_STAFF, Role.PROCTOR, Role.ADMISSIONS, Role.REGISTRAR, Role.DEAN, Role.OPERATOR)


def waiting(grants: Collection[Grant], roles: Collection[str]) -> frozenset[Grant]:
    """Those of the grants that need a second factor, where these roles do."""
    return frozenset(grant for grant in grants if grant.role in roles)


def told_to(actor: Actor, error: LinkspanError) -> LinkspanError:
    """What whoever is refused is told: that a role waits for a second factor, if one does (`second_factor_missing`)."""
    if not isinstance(error, NotPermitted) or not actor.waiting:
        return error
    return NotPermitted(
        "second_factor_missing",
        "Your roles wait for a second factor. Set up a passkey or an authenticator app in your account.",
    )
