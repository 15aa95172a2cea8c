"""Who comes in: by a session or by a token. Roles that decide wait until their holder has a second factor."""

from dataclasses import replace
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings

from linkspan.accounts.models import User
from linkspan.accounts.queries.people import actor_of, signed_in_user
from linkspan.accounts.rules import waiting
from linkspan.kernel.actor import Actor
from linkspan.kernel.readers import by_secret, granted

#: Recovery codes replace a factor and are none.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


@by_secret
def entering(user: User) -> Actor:
    """The actor that comes in by a session; with a second factor every sign-in asks for it, so having one is enough."""
    actor = actor_of(user)
    waits = waiting(actor.grants, settings.SECOND_FACTOR_ROLES)
    if not waits or has_second_factor(user.id):
        return actor
    return replace(actor, grants=actor.grants - waits, waiting=waits)


@by_secret
def entering_by_token(person_id: UUID, signed_in: int | None = None) -> Actor:
    """The actor that comes in by a token; NotFound if the sign-in that it was made in was ended since."""
    return entering(signed_in_user(person_id, signed_in))


@granted
def has_second_factor(person_id: UUID) -> bool:
    """Whether a person signs in with a passkey or a code."""
    return bool(Authenticator.objects.filter(user_id=person_id, type__in=FACTORS).exists())
