"""Indices of status lists: random, never given out twice; a new list is opened when one fills up."""

import secrets
from datetime import datetime
from uuid import UUID

from django.db.models import F

from linkspan.credentials.models import StatusEntryRow, StatusListRow
from linkspan.vc import status

#: A list is closed when this share of its indices is given out: beyond it, random ones are long to find.
FULL = 0.8
LONGEST = 2**20


def take_entries(institution: str, issuer: str, count: int, now: datetime) -> list[StatusEntryRow]:
    """So many entries, not saved yet, in the issuer's open list or in new ones sized by need; in a transaction."""
    entries: list[StatusEntryRow] = []
    while len(entries) < count:
        held = _open_list(institution, issuer, count - len(entries), now)
        wanted = min(count - len(entries), int(held.length * FULL) - held.taken)
        indices = _free_indices(held, wanted)
        entries += [StatusEntryRow(status_list=held, index=index) for index in indices]
        StatusListRow.objects.filter(id=held.id).update(taken=F("taken") + wanted)
    return entries


def _open_list(institution: str, issuer: str, need: int, now: datetime) -> StatusListRow:
    rows = StatusListRow.objects.select_for_update().filter(issuer=issuer, taken__lt=F("length") * FULL)
    held = next((row for row in rows.order_by("id") if row.taken < int(row.length * FULL)), None)
    if held is not None:
        return held
    length = min(max(status.SHORTEST, 1 << (2 * need - 1).bit_length()), LONGEST)
    return StatusListRow.objects.create(institution=institution, issuer=issuer, length=length, changed_at=now)


def _free_indices(held: StatusListRow, count: int) -> list[int]:
    """Random indices that were never given out; the list's row is locked, so nobody takes them meanwhile."""
    found: set[int] = set()
    while len(found) < count:
        drawn = {secrets.randbelow(held.length) for _ in range(count - len(found))} - found
        for some in _in_slices(sorted(drawn)):
            used = StatusEntryRow.objects.filter(status_list=held, index__in=some)
            drawn -= set(used.values_list("index", flat=True))
        found |= drawn
    mixed = sorted(found)
    secrets.SystemRandom().shuffle(mixed)
    return mixed


def _in_slices(values: list[int], size: int = 500) -> list[list[int]]:
    return [values[start : start + size] for start in range(0, len(values), size)]


def mark(entry_id: UUID, now: datetime, **bits: bool) -> None:
    """Set or clear bits of an entry, and count the list's change; call in a transaction."""
    StatusEntryRow.objects.filter(id=entry_id).update(**bits)
    lists = StatusListRow.objects.filter(entries__id=entry_id)
    StatusListRow.objects.filter(id__in=list(lists.values_list("id", flat=True))).update(
        version=F("version") + 1, changed_at=now
    )
