"""Records come in from a learning platform: what is sound is taken, what is wrong is refused by its row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Any
from uuid import UUID

from django.db import transaction

from linkspan.accounts.actions import open_accounts
from linkspan.accounts.queries import unconfirmed
from linkspan.courseware.connector import LearningPlatform
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.addresses import Address, address
from linkspan.kernel.errors import permit
from linkspan.kernel.ids import new_id
from linkspan.kernel.jsonable import jsonable
from linkspan.records.actions.facts import check_fact
from linkspan.records.events import FactRecorded
from linkspan.records.models import FactCheckRow, FactRow
from linkspan.records.rules import (
    DECLARED_BY_LEARNER,
    Imported,
    ImportedLearner,
    NewFact,
    RefusedRow,
    check_rows,
    may_record,
)

AT_ONCE = 500
UNCONFIRMED = "somebody registered this address and has not confirmed it; import the row again after that"
Named = tuple[UUID, str, str]


@dataclass(frozen=True, slots=True)
class _Source:
    """Who hands over what, when, and why it corrects what is on record."""

    actor: Actor
    name: str
    now: datetime
    reason: str


@dataclass(slots=True)
class _Taken:
    """What goes on record."""

    facts: list[FactRow] = field(default_factory=list)
    checks: list[FactCheckRow] = field(default_factory=list)
    known: int = 0

    @property
    def corrected(self) -> list[FactRow]:
        return [row for row in self.facts if row.version > 1]


class _Trial(Exception):
    """Takes back what a dry run did."""


def import_from_platform(
    *,
    actor: Actor,
    institution: str,
    platform: LearningPlatform,
    now: datetime,
    reason: str = "",
    dry_run: bool = False,
) -> Imported:
    """Take in everybody whom a learning platform hands over, row by row: a wrong row is refused and harms no other.

    The same again adds nothing. A row that says otherwise than the record is refused, unless a `reason` is given for
    the correction. A dry run says the same and changes nothing.
    """
    permit(may_record(actor, institution), "import records here")
    checked = check_rows(platform.completers(), now.date())
    source = _Source(actor, platform.name, now, reason.strip())
    done: Imported | None = None
    try:
        with transaction.atomic():
            done = _import(source, checked.rows, checked.refused)
            if dry_run:
                raise _Trial
    except _Trial:
        pass
    assert done is not None
    return done


def import_learners(
    *, actor: Actor, institution: str, learners: Iterable[ImportedLearner], source: str, now: datetime
) -> dict[Address, UUID]:
    """Take in learners with their facts as values, in bulk; returns the learner id by e-mail.

    Importing the same again adds nothing, and what is on record stays. Unusable if one fact is. Facts of an address
    that somebody registered and has not confirmed are left out, and come with an import after that.
    """
    permit(may_record(actor, institution), "import records here")
    rows = list(enumerate(learners, start=1))
    for _, learner in rows:
        for fact in learner.facts:
            check_fact(fact, now)
    with transaction.atomic():
        return _import(_Source(actor, source, now, ""), rows, ()).ids


def _import(source: _Source, rows: Sequence[tuple[int, ImportedLearner]], refused: Sequence[RefusedRow]) -> Imported:
    people = [(row.email, row.name) for _, row in rows]
    opened = open_accounts(actor=source.actor, people=people, now=source.now)
    strange = unconfirmed(opened.values())
    ids = {email: person_id for email, person_id in opened.items() if person_id not in strange}
    taken = _Taken()
    turned_down = list(refused)
    turned_down += [RefusedRow(n, row.email, "email", UNCONFIRMED) for n, row in rows if address(row.email) not in ids]
    rows = [(number, row) for number, row in rows if address(row.email) in ids]
    for some in batched(rows, AT_ONCE):
        held = _held(ids[address(row.email)] for _, row in some)
        for number, row in some:
            wrong = _take(ids[address(row.email)], row, held, source, taken)
            turned_down += [RefusedRow(number, row.email, *why) for why in wrong]
    FactRow.objects.bulk_create(taken.facts, batch_size=AT_ONCE)
    FactCheckRow.objects.bulk_create(taken.checks, batch_size=AT_ONCE)
    changed = taken.corrected
    after = {
        "learners": len(set(ids.values())),
        "facts": len(taken.facts),
        "corrected": len(changed),
        "unconfirmed": len(strange),
        "refused": len({row.row for row in turned_down}),
        "source": source.name,
    }
    subject = f"records.import:{source.name}"[:200]
    audit.record(
        actor=source.actor, verb="import_learners", subject=subject, now=source.now, after=after, why=source.reason
    )
    if changed:
        outbox.publish_all([FactRecorded(row.learner_id, row.kind, row.key, True) for row in changed], now=source.now)
    told = tuple(sorted(turned_down, key=lambda row: row.row))
    return Imported(ids, len(taken.facts) - len(changed), len(changed), taken.known, told)


def _held(learner_ids: Iterable[UUID]) -> dict[Named, tuple[int, Mapping[str, Any], bool]]:
    """The newest version of each fact: its number, what it says, and whether a person refused its evidence."""
    rows = FactRow.objects.filter(learner_id__in=list(learner_ids)).order_by("version")
    told = rows.values_list(
        "learner_id", "kind", "key", "version", "data", "check_row__accepted", "check_row__checked_by"
    )
    return {row[:3]: (row[3], row[4], row[5] is False and row[6] is not None) for row in told}


def _take(
    learner_id: UUID,
    row: ImportedLearner,
    held: dict[Named, tuple[int, Mapping[str, Any], bool]],
    source: _Source,
    taken: _Taken,
) -> list[tuple[str, str]]:
    """Take a row whole, or say which of its facts stand against it."""
    fresh: list[tuple[NewFact, int, Any]] = []
    wrong: list[tuple[str, str]] = []
    known = 0
    for place, fact in enumerate(row.facts):
        version, told, refused = held.get((learner_id, fact.kind, fact.key), (0, None, False))
        data = jsonable(fact.data)
        if version and told == data:
            known += 1
        elif refused:
            wrong.append((f"facts.{place}", "somebody on the staff refused this evidence; they decide on it again"))
        elif version and not source.reason:
            wrong.append((f"facts.{place}", "another version is on record; give a reason to correct it"))
        else:
            fresh.append((fact, version + 1, data))
    if wrong:
        return wrong
    taken.known += known
    for fact, version, data in fresh:
        held[(learner_id, fact.kind, fact.key)] = (version, data, False)
        made = FactRow(
            id=new_id(),
            learner_id=learner_id,
            kind=fact.kind,
            key=fact.key,
            version=version,
            data=data,
            source=source.name[:200],
            recorded_at=source.now,
            recorded_by=source.actor.name,
            reason=source.reason if version > 1 else "",
        )
        taken.facts.append(made)
        if fact.kind in DECLARED_BY_LEARNER:
            taken.checks.append(_platform_check(made, source))
    return []


def _platform_check(row: FactRow, source: _Source) -> FactCheckRow:
    """Declared kinds count as checked by the platform that hands them over."""
    return FactCheckRow(
        learner_id=row.learner_id,
        fact=row,
        accepted=True,
        checked_by_name=source.name[:200],
        checked_at=source.now,
    )
