"""People to act as."""

from datetime import UTC, datetime
from uuid import UUID

from django.contrib.auth import get_user_model
from django.test import Client

from linkspan.accounts.actions import grant_role, make_token, open_account
from linkspan.accounts.queries import actor_for
from linkspan.kernel.actor import Actor, system_actor

NOW = datetime(2018, 10, 3, 12, tzinfo=UTC)
SYSTEM = system_actor("test")


def person(name: str, *roles: tuple[str, str | None]) -> Actor:
    """A person with those (role, institution) grants."""
    email = f"{name.lower().replace(' ', '.')}@example.org"
    person_id: UUID = open_account(actor=SYSTEM, email=email, name=name, now=NOW)
    for role, institution in roles:
        grant_role(actor=SYSTEM, person_id=person_id, role=role, institution=institution, now=NOW)
    return actor_for(person_id)


def browser(who: Actor) -> Client:
    """A browser in which that person is signed in."""
    client = Client()
    client.force_login(get_user_model().objects.get(id=who.person_id))
    return client


def token_for(who: Actor) -> str:
    """A token by which a program calls the API as that person."""
    return make_token(actor=who, now=NOW)
