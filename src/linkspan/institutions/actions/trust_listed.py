"""What registries list, brought up to date: asked outside of any transaction, stored in one.

Whoever does not answer, or answers with what is no registry, changes nothing: what it listed last stays for 30 days.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.institutions.engines.federation import ask_federation
from linkspan.institutions.engines.registries import ask_registry, check_issuer, keys_of, quick, with_own_documents
from linkspan.institutions.events import TrustMoved
from linkspan.institutions.models import TrustChangeRow, TrustedIssuerRow, TrustSourceRow
from linkspan.institutions.rules.trust import (
    ASK_AGAIN_AFTER,
    ASK_EVERY,
    Listed,
    Listing,
    Moved,
    Standing,
    Step,
    TrustKind,
    alerts,
    steps,
)
from linkspan.kernel import outbox
from linkspan.kernel.each import each_due
from linkspan.kernel.outside import network_policy
from linkspan.vc.did import WebResolver
from linkspan.vc.errors import VcError
from linkspan.vc.net import NetworkPolicy

#: More changes of a kind than this are one line with their number.
MOST_LINES = 50
REGISTRY = "registry"


def refresh_trust(now: datetime, policy: NetworkPolicy | None = None) -> None:
    """Ask each source that is due, each by itself."""
    due = TrustSourceRow.objects.filter(ended_at=None).exclude(kind=TrustKind.ROOT).order_by("asked_at", "id")
    ending = set(_ending(now))
    ids = [
        row.id
        for row in due
        if row.asked_at is None
        or row.asked_at + ASK_EVERY <= now
        or (row.id in ending and row.asked_at + ASK_AGAIN_AFTER <= now)
    ]

    def ask(source_id: UUID) -> None:
        refresh_source(source_id, now, policy)

    each_due("institutions.refresh_trust", ids, ask, now=now, calls_out=True)


def _ending(now: datetime) -> Iterable[UUID]:
    """The federations some of whose chains end before they would be asked again: they are asked hourly then."""
    rows = TrustedIssuerRow.objects.filter(source__ended_at=None, until__lte=now + ASK_AGAIN_AFTER * 2)
    return rows.exclude(standing=Standing.GONE).values_list("source_id", flat=True)


def refresh_source(source_id: UUID, now: datetime, policy: NetworkPolicy | None = None) -> None:
    """Ask one source now and store what it lists; why not, if it cannot be read, stands with it."""
    row = TrustSourceRow.objects.filter(id=source_id, ended_at=None).first()
    if row is None or row.kind == TrustKind.ROOT:
        return
    under = policy or network_policy()
    keyless = TrustedIssuerRow.objects.filter(source=row, keys=[]).values_list("did", flat=True)
    found: Listing | VcError
    try:
        if row.kind == TrustKind.ISSUER:
            found = _one(row, under)
        elif row.kind == TrustKind.FEDERATION:
            held = TrustedIssuerRow.objects.filter(source=row, did=row.address).first()
            found = ask_federation(row.address, held.keys if held else (), under, now)
        else:
            found = with_own_documents(ask_registry(TrustKind(row.kind), row.address, under), keyless, under)
    except VcError as error:
        found = error
    _store(source_id, found, now)


def _one(row: TrustSourceRow, policy: NetworkPolicy) -> Listing:
    """A single issuer, with the keys that it publishes itself; one that is named by its key has no others."""
    held = Listed(row.address, row.name, "")
    if not check_issuer(row.address):
        return Listing({row.address: held})
    keys = keys_of(row.address, WebResolver(quick(policy)))
    return Listing({row.address: Listed(row.address, row.name, "", keys)})


@transaction.atomic
def _store(source_id: UUID, found: Listing | VcError, now: datetime) -> None:
    source = TrustSourceRow.objects.select_for_update().filter(id=source_id, ended_at=None).first()
    if source is None:
        return
    source.asked_at, source.error = now, found.code if isinstance(found, VcError) else ""
    if not isinstance(found, VcError):
        first = source.answered_at is None
        source.answered_at, source.unreadable = now, found.unreadable
        moves = _moved(source, found, now)
        _tell(source, moves, first, now)
    source.save(update_fields=["asked_at", "error", "answered_at", "unreadable"])


def _moved(source: TrustSourceRow, listing: Listing, now: datetime) -> Sequence[Step]:
    rows = {row.did: row for row in TrustedIssuerRow.objects.filter(source=source)}
    held = {did: (Listed(did, row.name, row.url, tuple(row.keys)), Standing(row.standing)) for did, row in rows.items()}
    waiting = {did: frozenset(key["publicKeyMultibase"] for key in row.waiting_keys) for did, row in rows.items()}
    found = list(steps(held, listing))
    moves = [step for step in found if _is_news(step, waiting)]
    for step in found:
        if step.what is not Moved.ADDED:
            _change(rows[step.issuer.did], step, now)
    _pin_first(rows, listing)
    _prolong(rows, listing)
    added = [step.issuer for step in moves if step.what is Moved.ADDED]
    TrustedIssuerRow.objects.bulk_create(
        [
            TrustedIssuerRow(
                source=source,
                did=one.did,
                name=one.name,
                url=one.url,
                keys=list(one.keys),
                standing=Standing.RELIED,
                since=now,
                until=one.until,
            )
            for one in added
        ],
        batch_size=500,
    )
    return moves


def _is_news(step: Step, waiting: dict[str, frozenset[str]]) -> bool:
    """A key that waits already is told once."""
    return step.what is not Moved.KEY_CHANGED or step.issuer.multibases != waiting.get(step.issuer.did)


def _change(row: TrustedIssuerRow, step: Step, now: datetime) -> None:
    if step.what is Moved.GONE:
        row.standing = Standing.GONE
    elif step.what is Moved.KEY_CHANGED:
        row.standing, row.waiting_keys = Standing.CHANGED, list(step.issuer.keys)
    else:
        row.name, row.url = step.issuer.name, step.issuer.url
        if step.what is Moved.BACK:
            row.standing, row.since = Standing.RELIED, now
    row.save(update_fields=["standing", "waiting_keys", "name", "url", "since"])


def _prolong(rows: dict[str, TrustedIssuerRow], listing: Listing) -> None:
    """Note until when the chains of those that stood there already last now."""
    changed = [row for did, row in rows.items() if did in listing.entries and row.until != listing.entries[did].until]
    for row in changed:
        row.until = listing.entries[row.did].until
    TrustedIssuerRow.objects.bulk_update(changed, ["until"], batch_size=500)


def _pin_first(rows: dict[str, TrustedIssuerRow], listing: Listing) -> None:
    """Pin the keys of whom no key was known, and take away a waiting one that is shown no more."""
    for did, one in listing.entries.items():
        row = rows.get(did)
        if row is None or not one.keys:
            continue
        if not row.keys:
            row.keys = list(one.keys)
        elif row.standing == Standing.CHANGED and one.multibases == {key["publicKeyMultibase"] for key in row.keys}:
            row.standing, row.waiting_keys = Standing.RELIED, []
        else:
            continue
        row.save(update_fields=["keys", "standing", "waiting_keys"])


def _tell(source: TrustSourceRow, moves: Sequence[Step], first: bool, now: datetime) -> None:
    """Write the history, the first listing as one line; registrars are told of what they have to look at."""
    told = {"at": now, "by": REGISTRY, "source": source}
    if first and source.kind != TrustKind.ISSUER:
        TrustChangeRow.objects.create(what=Moved.LISTED, name=source.name, count=len(moves), **told)
        return
    lines = []
    for what in dict.fromkeys(step.what for step in moves):
        names = [step.issuer.name for step in moves if step.what is what]
        if len(names) > MOST_LINES:
            lines.append(TrustChangeRow(what=what, name=source.name, count=len(names), **told))
        else:
            lines += [TrustChangeRow(what=what, name=name, **told) for name in names]
    TrustChangeRow.objects.bulk_create(lines)
    counts = [sum(step.what is what for step in alerts(moves)) for what in (Moved.GONE, Moved.KEY_CHANGED)]
    if any(counts):
        outbox.publish(TrustMoved(source.id, source.institution, source.name, *counts), now=now)
