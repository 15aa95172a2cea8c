"""Every agreement with its versions and their moves, on a day."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from linkspan.pathways.models import AgreementVersionRow
from linkspan.pathways.rules.judging import Agreement, Versions
from linkspan.pathways.rules.lifecycle import Move, Status, status_at
from linkspan.pathways.rules.network import is_public
from linkspan.pathways.rules.versions import OUTSIDE

__all__ = ["Agreement", "Versions", "documents_by_hash", "versions_on"]

#: What a person asking today should be told first; a version in force stands before an announced one.
_FIRST = (Status.ACTIVE, Status.SUSPENDED, Status.CLOSED)


def versions_on(on: date, agreement_id: str | None = None) -> tuple[Versions, ...]:
    """Every agreement of which something is public on the day (or one). One query, and one for new documents."""
    fields = ("agreement_id", "version", "sha256", "moves__status", "moves__at", "moves__effective")
    order = ("agreement_id", "version", "moves__at", "moves__id")
    rows = AgreementVersionRow.objects.order_by(*order)
    if agreement_id is not None:
        rows = rows.filter(agreement_id=agreement_id)
    moves: dict[tuple[str, int, str], list[Move]] = {}
    for name, version, sha256, status, at, effective in rows.values_list(*fields):
        held = moves.setdefault((name, version, sha256), [])
        if status:
            held.append(Move(status, "", "", at, effective))
    documents = documents_by_hash({sha256 for _, _, sha256 in moves})
    every: dict[str, dict[int, Agreement]] = {}
    moved: dict[str, dict[int, list[Move]]] = {}
    for (name, version, sha256), held in moves.items():
        document = {**documents[sha256], "status": str(status_at(held, None, on))}
        every.setdefault(name, {})[version] = Agreement(name, version, sha256, document)
        moved.setdefault(name, {})[version] = held
    return tuple(
        Versions(_version_on(shown, on), versions, moved[name])
        for name, versions in every.items()
        if (shown := [version for version in versions.values() if is_public(version.document, on)])
    )


def _version_on(versions: list[Agreement], on: date) -> Agreement:
    """The newest version in its period on that day, those in force first; if there is none, the first one."""
    in_period = [v for v in versions if v.status_on(on) not in OUTSIDE]
    return max(in_period, key=lambda v: (v.document["status"] in _FIRST, v.version)) if in_period else versions[0]


#: Documents by their hash: a version never changes, so what was read once is read for good.
_read: dict[str, Mapping[str, Any]] = {}
MOST_READ = 5_000


def documents_by_hash(hashes: set[str]) -> Mapping[str, Mapping[str, Any]]:
    """Documents by the SHA-256 of their terms; in one query those that were not read before."""
    lacking = hashes - _read.keys()
    if len(_read) + len(lacking) > MOST_READ:
        _read.clear()
        lacking = hashes
    if lacking:
        _read.update(AgreementVersionRow.objects.filter(sha256__in=lacking).values_list("sha256", "document"))
    return _read
