"""Write and read entries: one chain an institution, and one of the platform."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from linkspan.kernel.actor import Actor
from linkspan.kernel.audit.chain import GENESIS, PLATFORM, Sealed, commitment, new_salt, words
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.models import TrailChain, TrailEntry


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the trail as read; `erased` says that its words or its actor's name are gone by request."""

    institution: str
    number: int
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
    erased: bool


def record(
    *,
    actor: Actor,
    verb: str,
    subject: str,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    why: str = "",
    institution: str | None = None,
) -> None:
    """Append one entry, in the caller's transaction.

    `subject` names the thing as `domain.noun:id`; `before` and `after` hold the fields that matter. Floats are
    refused by design: grades and credits are decimals and stand as strings. The entry stands in the chain of
    `institution`, else in that of the one institution at which the actor has a role, else in the platform's. Whoever
    writes waits only for those who write to the same chain.
    """
    name, said = actor.name, words(jsonable(before), jsonable(after), why)
    name_salt, words_salt = new_salt(), new_salt()
    with transaction.atomic():
        head, _ = TrailChain.objects.select_for_update().get_or_create(
            institution=chain_of(actor) if institution is None else institution, defaults={"sha256": GENESIS}
        )
        entry = TrailEntry(
            institution=head.institution,
            number=head.length + 1,
            at=now,
            actor_id=actor.person_id,
            actor_name=name,
            verb=verb,
            subject=subject,
            **said,
            name_salt=name_salt,
            name_sha256=commitment(name_salt, name),
            words_salt=words_salt,
            words_sha256=commitment(words_salt, said),
            previous_sha256=head.sha256,
        )
        entry.sha256 = sealed(entry).sha256()
        entry.save(force_insert=True)
        head.length, head.sha256 = entry.number, entry.sha256
        head.save(update_fields=["length", "sha256"])


def chain_of(actor: Actor) -> str:
    """The institution at which the actor has a role, if it is one alone; else the platform."""
    held = {grant.institution for grant in actor.grants if grant.institution is not None}
    return held.pop() if len(held) == 1 else PLATFORM


def sealed(row: TrailEntry) -> Sealed:
    """What the hash of a row covers."""
    return Sealed(
        row.institution,
        row.at,
        row.actor_id,
        row.verb,
        row.subject,
        row.name_sha256,
        row.words_sha256,
        row.previous_sha256,
    )


def chains() -> tuple[str, ...]:
    """The institutions that have entries."""
    rows = TrailEntry.objects.exclude(institution=PLATFORM).values_list("institution", flat=True)
    return tuple(rows.distinct().order_by("institution"))


def trail_of(subject: str) -> tuple[Entry, ...]:
    """All entries about one subject, oldest first."""
    return tuple(read_entry(row) for row in TrailEntry.objects.filter(subject=subject).order_by("position"))


def newest_entries(limit: int = 100, *, verb: str = "", subject: str = "") -> tuple[Entry, ...]:
    """The newest entries, newest first, narrowed by exact verb or by the beginning of the subject."""
    rows = TrailEntry.objects.order_by("-position")
    if verb:
        rows = rows.filter(verb=verb)
    if subject:
        rows = rows.filter(subject__startswith=subject)
    return tuple(read_entry(row) for row in rows[:limit])


def read_entry(row: TrailEntry) -> Entry:
    """A row as a value."""
    return Entry(
        row.institution,
        row.number,
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
        not (row.name_salt and row.words_salt),
    )


def as_text(value: Any) -> str:
    """A `before` or `after` for a reader."""
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
