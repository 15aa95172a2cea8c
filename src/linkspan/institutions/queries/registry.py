"""Reads of institutions."""

from linkspan.institutions.models import InstitutionRow
from linkspan.institutions.rules import Institution
from linkspan.kernel.errors import NotFound
from linkspan.kernel.readers import public


@public
def institutions() -> tuple[Institution, ...]:
    """All, by name."""
    rows = InstitutionRow.objects.prefetch_related("keys").order_by("name")
    return tuple(_institution(row) for row in rows)


@public
def institution(code: str) -> Institution:
    """One; NotFound if there is none of that code."""
    row = InstitutionRow.objects.prefetch_related("keys").filter(code=code).first()
    if row is None:
        raise NotFound("institution_unknown", "There is no institution {code}.", code=code)
    return _institution(row)


@public
def institution_names() -> dict[str, str]:
    """Every institution's name by code, in one query."""
    return dict(InstitutionRow.objects.values_list("code", "name"))


def _institution(row: InstitutionRow) -> Institution:
    keys = sorted(row.keys.all(), key=lambda key: key.valid_from)
    did = keys[-1].did if keys else None
    return Institution(row.code, row.name, tuple(row.aliases), row.country, row.time_zone, row.url, did)
