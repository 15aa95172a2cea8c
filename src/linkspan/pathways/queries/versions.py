"""Every agreement with its versions and their moves, and which of them judges a record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from linkspan.pathways.models import AgreementVersionRow
from linkspan.pathways.rules.audit import Audit, audit_under, status_on
from linkspan.pathways.rules.lifecycle import Move, Status, status_at
from linkspan.pathways.rules.network import is_public
from linkspan.pathways.rules.versions import Judging, judging_version

#: What a person asking today should be told first; a version in force stands before an announced one.
_FIRST = (Status.ACTIVE, Status.SUSPENDED, Status.CLOSED)


@dataclass(frozen=True, slots=True)
class Agreement:
    """One version of an agreement, with the status it has at present."""

    id: str
    version: int
    sha256: str
    document: Mapping[str, Any]

    @property
    def receiving(self) -> str:
        """The receiving institution."""
        return str(self.document["receiving"]["institution"])

    @property
    def title(self) -> str:
        """The receiving degree."""
        return str(self.document["receiving"].get("title") or self.document["receiving"]["program"])

    def status_on(self, on: date) -> str:
        """The status on a day."""
        return status_on(self.document, on)


@dataclass(frozen=True, slots=True)
class Versions:
    """All versions of one agreement on a day: the one that is shown, and those that somebody may be judged by."""

    current: Agreement
    every: Mapping[int, Agreement]
    moves: Mapping[int, list[Move]]

    def judging(self, record: Mapping[str, Any], on: date) -> Judging:
        """The version that judges a record on a day."""

        def stood(document: Mapping[str, Any], day: date) -> str:
            return str(status_at(self.moves[int(document["version"])], None, day))

        documents = [version.document for version in self.every.values()]
        return judging_version(documents, record, on, self.current.document, stood)

    def judge(self, record: Mapping[str, Any], on: date) -> tuple[Agreement, Audit]:
        """The version that judges a record on a day, and what it says."""
        judging = self.judging(record, on)
        version = int(judging.agreement["version"])
        judge = self.every[version] if version != self.current.version else self.current
        return judge, audit_under(judging, record, on)


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
    documents = _documents({sha256 for _, _, sha256 in moves})
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
    in_period = [v for v in versions if not v.status_on(on).endswith("_in_force")]
    return max(in_period, key=lambda v: (v.document["status"] in _FIRST, v.version)) if in_period else versions[0]


#: Documents by their hash: a version never changes, so what was read once is read for good.
_read: dict[str, Mapping[str, Any]] = {}
MOST_READ = 5_000


def _documents(hashes: set[str]) -> Mapping[str, Mapping[str, Any]]:
    lacking = hashes - _read.keys()
    if len(_read) + len(lacking) > MOST_READ:
        _read.clear()
        lacking = hashes
    if lacking:
        _read.update(AgreementVersionRow.objects.filter(sha256__in=lacking).values_list("sha256", "document"))
    return _read
