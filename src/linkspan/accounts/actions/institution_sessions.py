"""Sign-ins that came by an institution: noted, used once, and ended when the institution says so."""

import hashlib
from collections.abc import Collection
from datetime import datetime
from importlib import import_module
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from linkspan.accounts.models import InstitutionSignInRow, ProviderMessageRow, User
from linkspan.kernel import audit, storage
from linkspan.kernel.actor import system_actor
from linkspan.kernel.errors import Refused

THERE = system_actor("sign-out at an institution")


@transaction.atomic
def use_message(*, provider_id: UUID, message_id: str, ends_at: datetime) -> None:
    """Use a message of a provider; Refused (`message_used`) the second time, until it has expired."""
    _, fresh = ProviderMessageRow.objects.get_or_create(
        provider_id=provider_id, message_sha256=_hash(message_id), defaults={"ends_at": ends_at}
    )
    if not fresh:
        raise Refused("message_used", "This answer of the provider was used before. Begin the sign-in again.")


@transaction.atomic
def note_sign_in(
    *, person_id: UUID, provider_id: UUID, name: str, index: str, session_key: str, ends_at: datetime
) -> UUID:
    """Note a sign-in by a provider under the names that it has for the person and the session; returns its id."""
    row = InstitutionSignInRow.objects.create(
        user_id=person_id,
        provider_id=provider_id,
        name_sha256=_hash(name),
        index_sha256=_hash(index),
        secret=storage.sealed(session_key),
        ends_at=ends_at,
    )
    return row.id


@transaction.atomic
def forget_sign_in(*, sign_in_id: UUID) -> None:
    """Forget a sign-in that its person ended here."""
    InstitutionSignInRow.objects.filter(id=sign_in_id).delete()


@transaction.atomic
def end_sign_ins_there(*, provider_id: UUID, name: str, indexes: Collection[str], now: datetime) -> int:
    """End the sign-ins that came by a provider for a person, or for those sessions of theirs alone; how many.

    Without a name the sessions are enough. Sign-ins by other ways and tokens stay: the person did not leave those.
    """
    rows = InstitutionSignInRow.objects.filter(provider_id=provider_id)
    if name:
        rows = rows.filter(name_sha256=_hash(name))
    if indexes:
        rows = rows.filter(index_sha256__in=[_hash(one) for one in indexes])
    if not name and not indexes:
        return 0
    found = list(rows)
    for row in found:
        _end(row)
    for person_id in sorted({row.user_id for row in found}):
        audit.record(actor=THERE, verb="sign_out_there", subject=f"accounts.user:{person_id}", now=now)
    rows.filter(id__in=[row.id for row in found]).delete()
    return len(found)


def _end(row: InstitutionSignInRow) -> None:
    """End a session. One that goes by another key since, as after a new password, ends with all of the person's."""
    session = import_module(settings.SESSION_ENGINE).SessionStore(storage.opened(row.secret))
    if session.exists(session.session_key):
        session.delete()
    else:
        User.objects.filter(id=row.user_id).update(sign_ins_ended=F("sign_ins_ended") + 1)


def _hash(told: str) -> str:
    return hashlib.sha256(told.encode()).hexdigest()
