"""Reads of signing keys, as issuers publish them."""

from datetime import datetime
from itertools import groupby
from typing import Any

from django.conf import settings

from linkspan.institutions.models import SigningKeyRow
from linkspan.institutions.queries.registry import institution
from linkspan.institutions.rules import (
    Custody,
    KeyShown,
    SigningKey,
    SigningPlace,
    did_document,
    is_public,
    may_see_trust,
    moving,
    registry_row,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.readers import public


def current_key(code: str, at: datetime) -> SigningKey | None:
    """The key with which the institution signs at that instant, if it has one."""
    rows = SigningKeyRow.objects.filter(institution_id=code, valid_from__lte=at).order_by("-valid_from")
    return next((key for key in map(_key, rows) if key.holds(at)), None)


def signing_key(code: str, at: datetime) -> SigningKey:
    """The key with which the institution signs at that instant; NotFound if it has none."""
    found = current_key(code, at)
    if found is None:
        raise NotFound("signing_key_missing", "{code} has no signing key. An operator makes one at setup.", code=code)
    return found


@public
def did_document_of(code: str) -> dict[str, Any]:
    """The controller document of the institution's did:web; NotFound if it has none."""
    rows = SigningKeyRow.objects.filter(institution_id=code, did__startswith="did:web:").order_by("valid_from")
    keys = [_key(row) for row in rows]
    if not keys:
        raise NotFound("did_unknown", "{code} issues under no did:web here.", code=code)
    return did_document(keys[-1].did, [key for key in keys if key.did == keys[-1].did])


def signing_place(actor: Actor, code: str, at: datetime) -> SigningPlace:
    """How the institution signs, for those who decide on it and for auditors."""
    permit(may_see_trust(actor, code), "see how this institution signs")
    institution(code)
    rows = SigningKeyRow.objects.filter(institution_id=code).order_by("-valid_from")
    keys = tuple(
        KeyShown(
            row.did, row.multibase, row.did.startswith("did:web:"), row.valid_from, row.valid_to, row.compromised_at
        )
        for row in rows
    )
    state = moving(current_key(code, at), public=is_public(settings.BASE_URL, code))
    address = f"{settings.BASE_URL}/{'' if code == settings.INSTITUTION else f'i/{code}'}"
    return SigningPlace(code, keys, state, address.rstrip("/"))


@public
def issuer_registry() -> dict[str, list[dict[str, object]]]:
    """Every institution's keys, with history, in the format that `linkspan verify --registry` reads."""
    rows = SigningKeyRow.objects.select_related("institution").order_by("did", "valid_from")
    found = []
    for _, group in groupby(rows, key=lambda row: row.did):
        held = list(group)
        school = held[0].institution
        found.append(registry_row(school.name, school.url, [_key(row) for row in held]))
    return {"issuers": found}


def _key(row: SigningKeyRow) -> SigningKey:
    return SigningKey(
        row.institution_id,
        row.did,
        row.multibase,
        Custody(row.custody),
        row.secret,
        row.valid_from,
        row.valid_to,
        row.compromised_at,
    )
