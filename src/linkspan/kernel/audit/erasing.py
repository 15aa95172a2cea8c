"""Erase a person's words and name from entries; the commitments stay, so the chains hold."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from linkspan.kernel.actor import Actor
from linkspan.kernel.audit.chain import ERASE, PLATFORM, Part
from linkspan.kernel.audit.entries import record
from linkspan.kernel.models import TrailEntry


@dataclass(frozen=True, slots=True)
class Erased:
    """How many names and words went, and of which kinds of things the words went or stay where the person acted."""

    names: int
    words: int
    gone: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, int] = field(default_factory=dict)


@transaction.atomic
def erase(
    *, actor: Actor, person_id: UUID, kinds: Collection[str], ground: str, now: datetime, dry_run: bool = False
) -> Erased:
    """Blank the person's name wherever they acted, and the words about things of these kinds that are their own.

    A thing is a person's own if it is called by their id or if they began it. Who, when, which verb and which
    thing stay, by ids; so does the entry that names what was erased, and why. A second time erases nothing.
    """
    own = _own_subjects(person_id, kinds)
    rows = TrailEntry.objects.filter(Q(actor_id=person_id) | Q(subject__in=own)).exclude(verb=ERASE)
    found: dict[str, list[tuple[int, list[Part]]]] = {}
    told: list[Part] = []
    gone, kept = Counter[str](), Counter[str]()
    for row in rows.order_by("institution", "number").select_for_update():
        parts = [Part.NAME] if row.name_salt and row.actor_id == person_id else []
        parts += [Part.WORDS] if row.words_salt and row.subject in own else []
        if row.words_salt:
            (gone if Part.WORDS in parts else kept)[row.subject.partition(":")[0]] += 1
        if not parts:
            continue
        found.setdefault(row.institution, []).append((row.number, parts))
        told += parts
        if not dry_run:
            _blank(row, parts)
    if told and not dry_run:
        subject = f"accounts.user:{person_id}"
        record(
            actor=actor,
            verb=ERASE,
            subject=subject,
            now=now,
            after={"entries": found},
            why=ground,
            institution=PLATFORM,
        )
    return Erased(told.count(Part.NAME), told.count(Part.WORDS), gone, kept)


def _own_subjects(person_id: UUID, kinds: Collection[str]) -> set[str]:
    named = {f"{kind}:{person_id}" for kind in kinds}
    touched = TrailEntry.objects.filter(actor_id=person_id).values_list("subject", flat=True).distinct()
    candidates = [subject for subject in touched if subject.split(":")[0] in kinds]
    begun: dict[str, UUID | None] = {}
    rows = TrailEntry.objects.filter(subject__in=candidates).order_by("position")
    for subject, actor_id in rows.values_list("subject", "actor_id"):
        begun.setdefault(subject, actor_id)
    return named | {subject for subject, actor_id in begun.items() if actor_id == person_id}


def _blank(row: TrailEntry, parts: list[Part]) -> None:
    if Part.NAME in parts:
        row.actor_name = row.name_salt = ""
    if Part.WORDS in parts:
        row.before, row.after, row.why, row.words_salt = None, None, "", ""
    row.save()
