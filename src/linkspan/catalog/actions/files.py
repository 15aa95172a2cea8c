"""Many entries at once, from a file or from another year: each becomes a change by the verbs of a single one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from linkspan.catalog.actions.changes import alone_at, prepare_change, publish_change
from linkspan.catalog.actions.checks import check_entry
from linkspan.catalog.engines.entries import content_of, key_of, read_entry
from linkspan.catalog.queries import changes_at, published_of, publishes_with_second
from linkspan.catalog.rules import (
    Change,
    Filed,
    Invalid,
    Kind,
    Outcome,
    Planned,
    differing,
    may_edit_catalog,
    may_publish_catalog,
    may_publish_kind,
    repeated,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.each import each
from linkspan.kernel.errors import Refused, permit
from linkspan.kernel.reasons import Sentence
from linkspan.kernel.versions import version_of

TO_DO = (Outcome.NEW, Outcome.CHANGED)


def import_entries(
    *, actor: Actor, institution: str, entries: Sequence[Filed], now: datetime, trial: bool, publish: bool
) -> tuple[Planned, ...]:
    """Prepare each entry that differs from what is public, each by itself; return what became of them, in their order.

    A trial changes nothing and says the same. With `publish` they become public at once, where one person may do that;
    where a second one publishes, they wait.
    """
    permit(may_edit_catalog(actor, institution), "prepare entries of this catalogue")
    alone = publish and not publishes_with_second(institution)
    if publish:
        permit(may_publish_catalog(actor, institution), "publish entries of this catalogue")
    if not trial:
        alone_at(institution)
    plan, order = _Plan(actor, institution, now), list(Kind)
    looked = [plan.look(one) for one in sorted(entries, key=lambda one: order.index(one.kind))]
    if not trial:
        looked = _carried_out(plan, looked, alone)
    found = {one.place: one for one in looked}
    return tuple(found[one.place] for one in entries)


def copy_requirements(
    *, actor: Actor, institution: str, year: int, to_year: int, valid_from: date, now: datetime, trial: bool = False
) -> tuple[Planned, ...]:
    """Prepare what every program asked for in a catalogue year for another year, from a day on."""
    permit(may_edit_catalog(actor, institution), "prepare entries of this catalogue")
    begins: dict[str, Any] = {"catalogue_year": to_year, "valid_from": valid_from.isoformat()}
    rows = [row for row in published_of(institution, Kind.REQUIREMENTS) if row.content["catalogue_year"] == year]
    if not rows:
        raise Refused("year_empty", "No program here has requirements of {year}. Choose another year.", year=year)
    entries = [Filed(row.key, Kind.REQUIREMENTS, {**row.content, **begins}) for row in rows]
    return import_entries(actor=actor, institution=institution, entries=entries, now=now, trial=trial, publish=False)


class _Plan:
    """What entries meet in a catalogue, read once for all of them."""

    def __init__(self, actor: Actor, institution: str, now: datetime) -> None:
        self.actor, self.institution, self.now = actor, institution, now
        self.public = {kind: {row.key: row.content for row in published_of(institution, kind)} for kind in Kind}
        self.waiting = {(row.kind, row.key): row for row in changes_at(actor, institution)}
        self.coming: dict[tuple[Kind, str], Mapping[str, Any]] = {at: row.content for at, row in self.waiting.items()}
        self.placed: dict[tuple[Kind, str], str] = {}
        self.kinds: dict[str, tuple[Kind, object, str]] = {}

    def look(self, one: Filed) -> Planned:
        """Say what becomes of an entry; those that it needs were looked at before."""
        try:
            entry = read_entry(one.kind, one.told)
        except Invalid as error:
            return Planned(one.place, "", Outcome.REFUSED, errors=tuple(error.fields.items()))
        key, content = key_of(self.institution, entry), content_of(entry)
        before, waits = self.public[one.kind].get(key), self.waiting.get((one.kind, key))
        earlier = self.placed.setdefault((one.kind, key), one.place)
        planned = Planned(one.place, key, Outcome.SAME)
        if earlier != one.place:
            return planned.refused(repeated(earlier))
        if content == before:
            return planned
        if waits and waits.prepared_by != self.actor.person_id and waits.content != content:
            return planned.refused(_waits(waits.preparer))
        try:
            check_entry(self.actor, self.institution, entry, before, self.now, self.coming)
        except Invalid as error:
            return replace(planned, outcome=Outcome.REFUSED, errors=tuple(error.fields.items()))
        self.coming[(one.kind, key)] = content
        self.kinds[one.place] = (one.kind, one.told, version_of(waits.content if waits else before or {}))
        if waits and (waits.content, waits.before) == (content, before):
            return replace(planned, outcome=Outcome.WAITS)
        outcome = Outcome.NEW if before is None else Outcome.CHANGED
        return replace(planned, outcome=outcome, changes=differing(before, content))

    def carry_out(self, one: Planned, publish: bool) -> Planned:
        """Prepare an entry as it was looked at, and publish it where that is asked for."""
        kind, told, seen = self.kinds[one.place]
        found: Change | None = self.waiting.get((kind, one.key))
        if one.outcome in TO_DO:
            found = prepare_change(
                actor=self.actor, institution=self.institution, kind=kind, told=told, now=self.now, seen=seen
            )
        if publish and found is not None and may_publish_kind(self.actor, self.institution, kind):
            seen = version_of(found.content)
            publish_change(actor=self.actor, change_id=found.id, now=self.now, seen=seen)
            return replace(one, outcome=Outcome.PUBLISHED)
        return one


def _carried_out(plan: _Plan, looked: Sequence[Planned], publish: bool) -> list[Planned]:
    wanted = {*TO_DO, Outcome.WAITS} if publish else set(TO_DO)
    done = each([one for one in looked if one.outcome in wanted], lambda one: plan.carry_out(one, publish))
    found = {one.place: one for one in done.done}
    found |= {no.one.place: no.one.refused(no.message) for no in done.failed}
    return [found.get(one.place, one) for one in looked]


def _waits(preparer: str) -> Sentence:
    return Sentence(
        "change_waits", "{preparer} prepared another version. Publish or discard it first.", preparer=preparer
    )
