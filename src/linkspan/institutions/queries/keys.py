"""Reads of signing keys, as issuers publish them."""

from datetime import datetime
from itertools import groupby
from typing import Any

from linkspan.institutions.models import SigningKeyRow
from linkspan.institutions.rules import Custody, SigningKey, did_document, registry_row
from linkspan.kernel.errors import NotFound
from linkspan.kernel.readers import public


def signing_key(code: str, at: datetime) -> SigningKey:
    """The key with which the institution signs at that instant; NotFound if it has none."""
    rows = SigningKeyRow.objects.filter(institution_id=code, valid_from__lte=at).order_by("-valid_from")
    found = next((key for key in map(_key, rows) if key.holds(at)), None)
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
