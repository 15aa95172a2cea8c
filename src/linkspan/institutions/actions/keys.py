"""Actions on signing keys."""

import secrets
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import transaction

from linkspan.institutions.engines.custody import held_elsewhere
from linkspan.institutions.models import InstitutionRow, SigningKeyRow
from linkspan.institutions.queries.keys import current_key
from linkspan.institutions.rules import Custody, Moving, did_web, is_public, may_manage_institution, moving
from linkspan.kernel import audit, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit, stated
from linkspan.vc import did_key_of


def make_signing_key(
    *,
    actor: Actor,
    code: str,
    now: datetime,
    web: bool | None = None,
    custody: Custody = Custody.FILE,
    reference: str = "",
) -> str:
    """Give the institution a new Ed25519 key, end the one before it, and return the DID that it signs for.

    With `web` that is the institution's did:web, which stays the same over rotations; without, the key's own did:key.
    Where nothing is said, the method stays as it is, and a first key signs under the did:web if others can read it at
    this address. A key in the signer process or a token exists already: `reference` is the socket or the label.
    """
    permit(may_manage_institution(actor, code), "make a signing key")
    if not InstitutionRow.objects.filter(pk=code).exists():
        raise NotFound("institution_unknown", "There is no institution {code}.", code=code)
    if custody == Custody.FILE:
        seed = secrets.token_bytes(32)
        multibase, secret = _multibase(seed), storage.keep(seed)
    else:
        multibase, secret = held_elsewhere(custody, reference), reference
    under_web = _as_before(code, now) if web is None else web
    did = _did_web(code) if under_web else f"did:key:{multibase}"
    _keep_key(
        actor, SigningKeyRow(institution_id=code, did=did, multibase=multibase, custody=custody, secret=secret), now
    )
    return did


def move_to_web(*, actor: Actor, code: str, reason: str, now: datetime) -> str:
    """Have an institution that signs under a did:key sign under its did:web from now on, and return it.

    What was signed before stays valid under its did:key. Refused (`address_not_public`, `key_elsewhere`); where it
    moved already, nothing changes.
    """
    permit(may_manage_institution(actor, code), "move this institution to its web address")
    told = stated(reason)
    if not InstitutionRow.objects.filter(pk=code).exists():
        raise NotFound("institution_unknown", "There is no institution {code}.", code=code)
    seed, did = secrets.token_bytes(32), _did_web(code)
    secret = storage.keep(seed)
    with transaction.atomic():
        InstitutionRow.objects.select_for_update().get(pk=code)
        state = moving(current_key(code, now), public=is_public(settings.BASE_URL, code))
        if state is Moving.OFFLINE:
            raise Refused("address_not_public", "This server has no web address that others can read.")
        if state is Moving.ELSEWHERE:
            raise Refused("key_elsewhere", "Your key lies outside of this server. Ask your operators to move it.")
        if state is Moving.OPEN:
            row = SigningKeyRow(institution_id=code, did=did, multibase=_multibase(seed), secret=secret)
            _keep_key(actor, row, now, verb="move_to_web", why=told)
    return did


def _did_web(code: str) -> str:
    return did_web(settings.BASE_URL, code, code == settings.INSTITUTION)


def _as_before(code: str, now: datetime) -> bool:
    """Whether a key of which nothing was said signs under the did:web."""
    last = SigningKeyRow.objects.filter(institution_id=code).order_by("-valid_from").first()
    return is_public(settings.BASE_URL, code) if last is None else last.did.startswith("did:web:")


@transaction.atomic
def _keep_key(
    actor: Actor, row: SigningKeyRow, now: datetime, *, verb: str = "make_signing_key", why: str = ""
) -> None:
    """Store a key, whoever holds it, and end the one before it."""
    if SigningKeyRow.objects.filter(multibase=row.multibase).exists():
        raise Refused("key_in_use", "This key is in use already. Make another one.")
    SigningKeyRow.objects.filter(institution_id=row.institution_id, valid_to=None).update(valid_to=now)
    row.valid_from = now
    row.save(force_insert=True)
    subject = f"institutions.institution:{row.institution_id}"
    after = {"did": row.did, "key": row.multibase, "custody": row.custody}
    audit.record(actor=actor, verb=verb, subject=subject, now=now, after=after, why=why)


@transaction.atomic
def declare_compromised(
    *, actor: Actor, code: str, multibase: str, since: datetime, reason: str, now: datetime
) -> None:
    """Say that somebody else may have had the key since an instant: what it signs from then on counts no more.

    An earlier instant may be found out later; the date moves only back. Make a new key afterwards.
    """
    permit(may_manage_institution(actor, code), "declare a key compromised")
    if not reason.strip():
        raise Unusable("reason_missing", "Say what happened to the key.")
    if since > now:
        raise Unusable("date_later", "A key is declared compromised from an instant that has passed.")
    row = SigningKeyRow.objects.select_for_update().filter(institution_id=code, multibase=multibase).first()
    if row is None:
        raise NotFound("key_unknown", "{code} has no such key.", code=code)
    if row.compromised_at is not None and row.compromised_at <= since:
        return
    row.compromised_at, row.valid_to = since, row.valid_to or now
    row.save(update_fields=["compromised_at", "valid_to"])
    subject, after = f"institutions.institution:{code}", {"key": multibase, "since": since}
    audit.record(actor=actor, verb="declare_compromised", subject=subject, now=now, after=after, why=reason)


def _multibase(seed: bytes) -> str:
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return did_key_of(public).removeprefix("did:key:")
