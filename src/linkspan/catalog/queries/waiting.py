"""What waits in the catalogue: entries that are prepared and not public."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from linkspan.catalog.models import CatalogPolicyRow, ChangeRow
from linkspan.kernel.waiting import Open, What, Whose, part, together


def waits(whose: Whose, _now: datetime) -> Iterator[Open]:
    """Entries to publish; where a second person is asked for, not by who prepared them."""
    rows = whose.of(ChangeRow.objects.all(), "")
    told = {"title": "key", "keys": "institution", "learner": "", "but_not": "prepared_by"}
    found = together(whose, part(What.PUBLISH_ENTRY, rows, since="prepared_at", **told))
    schools = {one.institution for one in found}
    alone = set(CatalogPolicyRow.objects.filter(institution__in=schools, four_eyes=False).values_list("pk", flat=True))
    for one in found:
        yield replace(one, but_not=None) if one.institution in alone else one
