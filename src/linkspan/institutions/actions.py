"""What is done to institutions and their keys."""

import secrets
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from linkspan.institutions.models import InstitutionRow, SigningKeyRow
from linkspan.institutions.rules import may_manage_institution
from linkspan.kernel import audit, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit
from linkspan.vc import did_key_of


@transaction.atomic
def register_institution(
    *, actor: Actor, code: str, name: str, country: str, time_zone: str, url: str, aliases: list[str], now: datetime
) -> None:
    """Enter an institution; entering the same code again changes nothing."""
    permit(may_manage_institution(actor, code), "register an institution")
    fields = {"name": name, "country": country, "time_zone": time_zone, "url": url, "aliases": aliases}
    _, created = InstitutionRow.objects.get_or_create(code=code, defaults=fields)
    if created:
        subject = f"institutions.institution:{code}"
        audit.record(actor=actor, verb="register_institution", subject=subject, now=now, after=fields)


@transaction.atomic
def make_signing_key(*, actor: Actor, code: str, now: datetime) -> str:
    """Make an Ed25519 key for the institution, end the one before it, and return its did:key."""
    permit(may_manage_institution(actor, code), "make a signing key")
    seed = secrets.token_bytes(32)
    did = _did_key(seed)
    SigningKeyRow.objects.filter(institution_id=code, valid_to=None).update(valid_to=now)
    SigningKeyRow.objects.create(institution_id=code, did=did, seed_document=storage.keep(seed), valid_from=now)
    subject = f"institutions.institution:{code}"
    audit.record(actor=actor, verb="make_signing_key", subject=subject, now=now, after={"did": did})
    return did


def _did_key(seed: bytes) -> str:
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return did_key_of(public)
