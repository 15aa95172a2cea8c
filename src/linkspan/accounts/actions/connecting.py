"""A sign-in of an institution is connected with an account, never silently, and disconnected."""

from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.db.models import F

from linkspan.accounts.actions.people import open_account
from linkspan.accounts.engines.openid import is_code
from linkspan.accounts.models import IdentityProviderRow, User
from linkspan.accounts.queries.access import is_confirmed
from linkspan.accounts.queries.providers import is_connected
from linkspan.accounts.rules.providers import Claim, check_age
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import NotFound, Refused, Unusable
from linkspan.kernel.locks import one_at_a_time

FIRST_SIGN_IN = system_actor("first sign-in by an institution")


@transaction.atomic
def connect_own(*, actor: Actor, claim: Claim, now: datetime) -> None:
    """Connect a sign-in with one's own account, whose confirmed address it tells; connected twice, nothing changes."""
    person = User.objects.get(id=actor.own_id)
    if not is_confirmed(person.id, claim.email):
        raise Refused(
            "other_account",
            "You are signed in as {email}. Sign out first, or add {told} to your account and confirm it.",
            email=person.email,
            told=claim.email,
        )
    _connect(actor, person, claim, now)


@transaction.atomic
def connect_by_code(*, claim: Claim, code: str, now: datetime) -> None:
    """Connect a sign-in with the account of its address, by the code in the mail; opened here if there is none.

    The code shows whose the address is. Where nobody had shown that before, all that a stranger set up ends: password,
    second factors, passkeys, sign-ins and tokens.
    """
    check_age(claim, now)
    if not is_code(claim, code):
        raise Unusable("code_wrong", "That is not the code in the mail. Copy it from the newest one.")
    one_at_a_time(f"address {claim.email}")
    held = EmailAddress.objects.filter(email__iexact=claim.email, verified=True).first()
    if held is not None:
        person = held.user
    else:
        person_id = open_account(actor=FIRST_SIGN_IN, email=claim.email, name=claim.name, now=now)
        person = User.objects.select_for_update().get(id=person_id)
        _confirm(person)
    if not person.is_active:
        raise Refused("account_closed", "The account of this address is closed. Ask the institution.")
    _connect(Actor(person.id, person.name or person.email), person, claim, now)


def _confirm(person: User) -> None:
    """Note the address as shown, and take away what was set up before."""
    person.set_unusable_password()
    person.sign_ins_ended += 1
    person.save(update_fields=["password", "sign_ins_ended"])
    Authenticator.objects.filter(user=person).delete()
    EmailAddress.objects.filter(user=person).delete()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)


def _connect(actor: Actor, person: User, claim: Claim, now: datetime) -> None:
    check_age(claim, now)
    provider = IdentityProviderRow.objects.select_for_update().filter(id=claim.provider_id, is_enabled=True).first()
    if provider is None:
        raise NotFound("provider_unknown", "Nobody can sign in that way here any more. Use your password.")
    if is_connected(provider.id, claim.subject):
        return
    if SocialAccount.objects.filter(user=person, provider=str(provider.id)).exists():
        raise Refused(
            "connected_otherwise",
            "This account is connected with somebody else at {name}. Sign in to it and disconnect that first.",
            name=provider.name,
        )
    SocialAccount.objects.create(user=person, provider=str(provider.id), uid=claim.subject)
    after = {"institution": provider.institution, "provider": provider.name}
    audit.record(actor=actor, verb="connect_sign_in", subject=f"accounts.user:{person.id}", now=now, after=after)


@transaction.atomic
def disconnect(*, actor: Actor, connection_id: int, now: datetime) -> None:
    """Take a sign-in of an institution off one's own account; sign-ins and tokens end, so that none of it is left."""
    row = SocialAccount.objects.filter(id=connection_id, user_id=actor.own_id).first()
    if row is None:
        raise NotFound("connection_unknown", "Your account is not connected with that.")
    before = {"provider": _name(row.provider)}
    row.delete()
    User.objects.filter(id=actor.own_id).update(sign_ins_ended=F("sign_ins_ended") + 1)
    subject = f"accounts.user:{actor.own_id}"
    audit.record(actor=actor, verb="disconnect_sign_in", subject=subject, now=now, before=before)


def _name(provider_id: str) -> str:
    return str(IdentityProviderRow.objects.values_list("name", flat=True).filter(id=UUID(provider_id)).first() or "")
