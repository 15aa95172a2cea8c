"""Reads about institutions; all of it is public but the private keys."""

from datetime import datetime

from linkspan.institutions.models import InstitutionRow, SigningKeyRow
from linkspan.institutions.rules import Institution, SigningKey
from linkspan.kernel import storage
from linkspan.kernel.errors import NotFound


def institutions() -> tuple[Institution, ...]:
    """All, by name."""
    rows = InstitutionRow.objects.prefetch_related("keys").order_by("name")
    return tuple(_institution(row) for row in rows)


def institution(code: str) -> Institution:
    """One; NotFound if there is none of that code."""
    row = InstitutionRow.objects.prefetch_related("keys").filter(code=code).first()
    if row is None:
        raise NotFound("institution_unknown", f"There is no institution {code}.")
    return _institution(row)


def institution_names() -> dict[str, str]:
    """Every institution's name by code, in one query."""
    return dict(InstitutionRow.objects.values_list("code", "name"))


def signing_key(code: str, at: datetime) -> SigningKey:
    """The key with which the institution signs at that instant, private part included: for credentials' actions."""
    rows = SigningKeyRow.objects.filter(institution_id=code, valid_from__lte=at).order_by("-valid_from")
    row = next((r for r in rows if r.valid_to is None or at < r.valid_to), None)
    if row is None:
        raise NotFound("signing_key_missing", f"{code} has no signing key. An operator makes one at setup.")
    return SigningKey(code, row.did, storage.read(row.seed_document), row.valid_from, row.valid_to)


def issuer_registry() -> dict[str, list[dict[str, object]]]:
    """Every institution's keys in the format that `linkspan verify --registry` reads."""
    rows = SigningKeyRow.objects.select_related("institution").order_by("did")
    return {
        "issuers": [
            {
                "did": row.did,
                "institution": row.institution_id,
                "name": row.institution.name,
                "url": row.institution.url,
                "valid_from": row.valid_from.isoformat(),
                "valid_to": row.valid_to.isoformat() if row.valid_to else None,
            }
            for row in rows
        ]
    }


def _institution(row: InstitutionRow) -> Institution:
    keys = sorted(row.keys.all(), key=lambda key: key.valid_from)
    did = keys[-1].did if keys else None
    return Institution(row.code, row.name, tuple(row.aliases), row.country, row.time_zone, row.url, did)
