"""Every agreement with its versions and their moves, on a day."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from linkspan.pathways.models import AgreementVersionRow
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.audit.judging import AgreementVersion, Versions
from linkspan.pathways.rules.audit.network import is_public
from linkspan.pathways.rules.life.lifecycle import Move, Status, status_at
from linkspan.pathways.rules.life.versions import OUTSIDE

__all__ = ["AgreementVersion", "Versions", "terms_by_hash", "terms_in", "versions_on"]

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
    terms = terms_by_hash({sha256 for _, _, sha256 in moves})
    every: dict[str, dict[int, AgreementVersion]] = {}
    moved: dict[str, dict[int, list[Move]]] = {}
    for (name, version, sha256), held in moves.items():
        stands = replace(terms[sha256], status=str(status_at(held, None, on)))
        every.setdefault(name, {})[version] = AgreementVersion(stands, sha256)
        moved.setdefault(name, {})[version] = held
    return tuple(
        Versions(_version_on(shown, on), versions, moved[name])
        for name, versions in every.items()
        if (shown := [version for version in versions.values() if is_public(version.terms, on)])
    )


def _version_on(versions: list[AgreementVersion], on: date) -> AgreementVersion:
    """The newest version in its period on that day, those in force first; if there is none, the first one."""
    in_period = [v for v in versions if v.status_on(on) not in OUTSIDE]
    return max(in_period, key=lambda v: (v.terms.status in _FIRST, v.version)) if in_period else versions[0]


#: Terms by their hash: a version never changes, so what was read once is read for good.
_read: dict[str, Agreement] = {}
MOST_READ = 5_000


def terms_in(row: AgreementVersionRow) -> Agreement:
    """The terms of a version that is at hand, with the status that it was entered with."""
    if row.sha256 not in _read:
        if len(_read) >= MOST_READ:
            _read.clear()
        _read[row.sha256] = Agreement.read(row.document)
    return _read[row.sha256]


def terms_by_hash(hashes: set[str]) -> Mapping[str, Agreement]:
    """Terms by their SHA-256; in one query those that were not read before."""
    lacking = hashes - _read.keys()
    if len(_read) + len(lacking) > MOST_READ:
        _read.clear()
        lacking = hashes
    if lacking:
        rows = AgreementVersionRow.objects.filter(sha256__in=lacking).values_list("sha256", "document")
        _read.update((sha256, Agreement.read(document)) for sha256, document in rows)
    return _read
