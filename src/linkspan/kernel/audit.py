"""The append-only audit trail with a hash chain: who did what to what, when, why, before and after."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import rfc8785
from django.db import transaction

from linkspan.kernel.actor import Actor
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.models import TrailEntry, TrailHead

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the trail as read."""

    position: int
    at: datetime
    actor_id: UUID | None
    actor_name: str
    verb: str
    subject: str
    before: Any
    after: Any
    why: str
    sha256: str


def _digest(row: TrailEntry) -> str:
    body = {
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_id": str(row.actor_id) if row.actor_id else None,
        "actor_name": row.actor_name,
        "verb": row.verb,
        "subject": row.subject,
        "before": row.before,
        "after": row.after,
        "why": row.why,
        "previous": row.previous_sha256,
    }
    return hashlib.sha256(rfc8785.dumps(body)).hexdigest()


def record(
    *,
    actor: Actor,
    verb: str,
    subject: str,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    why: str = "",
) -> None:
    """Append one entry, in the caller's transaction.

    `subject` names the thing as `domain.noun:id`; `before` and `after` hold the fields that matter. Floats are
    refused by design: grades and credits are decimals and stand as strings.
    """
    with transaction.atomic():
        head, _ = TrailHead.objects.select_for_update().get_or_create(id=1, defaults={"sha256": GENESIS})
        entry = TrailEntry(
            at=now,
            actor_id=actor.person_id,
            actor_name=actor.name,
            verb=verb,
            subject=subject,
            before=jsonable(before),
            after=jsonable(after),
            why=why,
            previous_sha256=head.sha256,
        )
        entry.sha256 = _digest(entry)
        entry.save(force_insert=True)
        head.sha256 = entry.sha256
        head.save(update_fields=["sha256"])


def trail_of(subject: str) -> tuple[Entry, ...]:
    """All entries about one subject, oldest first."""
    return tuple(_read(row) for row in TrailEntry.objects.filter(subject=subject).order_by("position"))


def newest_entries(limit: int = 100, *, verb: str = "", subject: str = "") -> tuple[Entry, ...]:
    """The newest entries, newest first, narrowed by exact verb or by the beginning of the subject."""
    rows = TrailEntry.objects.order_by("-position")
    if verb:
        rows = rows.filter(verb=verb)
    if subject:
        rows = rows.filter(subject__startswith=subject)
    return tuple(_read(row) for row in rows[:limit])


def broken_links() -> Iterator[int]:
    """Positions at which the chain does not hold: an entry was changed, removed or put in."""
    previous = GENESIS
    for row in TrailEntry.objects.order_by("position").iterator():
        if row.previous_sha256 != previous or _digest(row) != row.sha256:
            yield row.position
        previous = row.sha256
    head = TrailHead.objects.filter(id=1).first()
    if head is not None and head.sha256 != previous:
        yield -1


def _read(row: TrailEntry) -> Entry:
    return Entry(
        row.position,
        row.at,
        row.actor_id,
        row.actor_name,
        row.verb,
        row.subject,
        row.before,
        row.after,
        row.why,
        row.sha256,
    )


def as_text(value: Any) -> str:
    """A `before` or `after` for a reader."""
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
