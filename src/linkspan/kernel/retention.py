"""What is kept too long goes: daily, each kind by itself, in batches that each leave a receipt on the trail.

A run that was cut short goes on where it was at the next tick, since what went is not due any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models, transaction

from linkspan.kernel import audit
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.each import Each, each, each_due
from linkspan.kernel.errors import Unusable, permit
from linkspan.kernel.forgetting import drop_unnamed, hashes_in
from linkspan.kernel.keeping import KeptFor
from linkspan.kernel.locks import one_at_a_time
from linkspan.kernel.models import RetentionRow
from linkspan.kernel.outbox.letters import may_operate
from linkspan.kernel.reasons import Phrase

CLOCK = system_actor("retention")
BATCH, MOST_BATCHES = 500, 200
OF_LIBRARIES: Mapping[str, KeptFor] = {
    "sessions.Session": KeptFor("sessions", Phrase("Sign-ins in a browser, after their end"), "expire_date", 1, 0, 30)
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of rows with the days that hold here."""

    model: type[models.Model]
    kept: KeptFor
    days: int

    @property
    def code(self) -> str:
        """What settings call it."""
        return self.kept.code

    def due(self, now: datetime) -> "models.QuerySet[models.Model]":
        """The rows whose time is over."""
        before = {f"{self.kept.since}__lt": now - timedelta(days=self.days)}
        rows = self.model._default_manager.filter(self.kept.only, **before)
        return rows.exclude(**{self.kept.file: ""}) if self.kept.file else rows


@dataclass(frozen=True, slots=True)
class Standing:
    """A kind as a page shows it: how much is due, and when and how much went last."""

    kind: Kind
    due: int
    at: datetime | None
    removed: int

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        kept = self.kind.kept
        bounds = {"days": self.kind.days, "least": kept.least, "most": kept.most}
        told = {"due": self.due, "at": self.at, "removed": self.removed}
        return {"kind": kept.code, "holds": str(kept.holds), **bounds, **told}


@cache
def _declared() -> tuple[tuple[type[models.Model], KeptFor], ...]:
    stated = (
        (model, OF_LIBRARIES.get(model._meta.label) or vars(model).get("KEPT_FOR")) for model in apps.get_models()
    )
    return tuple(sorted(((model, kept) for model, kept in stated if kept), key=lambda one: one[1].code))


def kinds() -> tuple[Kind, ...]:
    """Every kind with its days, by code; Unusable for a setting that names no kind or leaves its bounds."""
    wanted: dict[str, int] = dict(settings.RETENTION)
    found = tuple(Kind(model, kept, _days(kept, wanted.pop(kept.code, kept.days))) for model, kept in _declared())
    for code in wanted:
        known = ", ".join(kind.code for kind in found)
        raise Unusable(
            "retention_unknown", "LINKSPAN_RETENTION names {code}. It knows {known}.", code=code, known=known
        )
    return found


def _days(kept: KeptFor, days: int) -> int:
    if not kept.least <= days <= kept.most:
        raise Unusable(
            "retention_out_of_bounds",
            "LINKSPAN_RETENTION: {code} is kept for {least} to {most} days, not {days}.",
            code=kept.code,
            least=kept.least,
            most=kept.most,
            days=days,
        )
    return days


def standing(actor: Actor, now: datetime) -> tuple[Standing, ...]:
    """Each kind with what is due and what went last, for operators."""
    permit(may_operate(actor), "see for how long data is kept")
    last = {row.kind: row for row in RetentionRow.objects.all()}
    told = []
    for kind in kinds():
        row = last.get(kind.code)
        told.append(Standing(kind, kind.due(now).count(), row.at if row else None, row.removed if row else 0))
    return tuple(told)


def apply(*, actor: Actor, now: datetime) -> Each[Kind, int]:
    """Remove what is due now, each kind by itself; how many of each. For operators, beside the clock."""
    permit(may_operate(actor), "remove what was kept long enough")
    return each(kinds(), lambda kind: _apply(actor, kind, now), calls_out=True)


def apply_retention(now: datetime) -> None:
    """Remove what is due, once a day; a kind that fails or has more to remove is done again at the next tick."""
    done = set(RetentionRow.objects.filter(at__date__gte=now.date()).values_list("kind", flat=True))
    due = (kind for kind in kinds() if kind.code not in done)
    job = "kernel.apply_retention"
    each_due(job, due, lambda kind: _apply(CLOCK, kind, now), now=now, calls_out=True, named=lambda kind: kind.code)


def _apply(actor: Actor, kind: Kind, now: datetime) -> int:
    removed = 0
    for _ in range(MOST_BATCHES):
        number = _batch(actor, kind, now)
        removed += number
        if number < BATCH:
            RetentionRow.objects.update_or_create(kind=kind.code, defaults={"at": now, "removed": removed})
            break
    return removed


@transaction.atomic
def _batch(actor: Actor, kind: Kind, now: datetime) -> int:
    one_at_a_time(f"retention {kind.code}")
    keys = list(kind.due(now).order_by("pk").values_list("pk", flat=True)[:BATCH])
    if not keys:
        return 0
    rows = kind.model._default_manager.filter(pk__in=keys)
    files = hashes_in(rows, [kind.kept.file]) if kind.kept.file else hashes_in(rows)
    if kind.kept.file:
        rows.update(**{kind.kept.file: ""})
    else:
        rows.delete()
    after: dict[str, Any] = {"removed": len(keys), "days": kind.days}
    subject = f"kernel.retention:{kind.code}"
    audit.record(actor=actor, verb="apply_retention", subject=subject, now=now, after=after, institution=audit.PLATFORM)
    drop_unnamed(files)
    return len(keys)
