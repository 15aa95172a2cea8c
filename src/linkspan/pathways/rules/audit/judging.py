"""An agreement with all its versions, and what the version that judges a record says to it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from linkspan.kernel.record import Record
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.audit.record import Audit, audit_under, status_on
from linkspan.pathways.rules.life.lifecycle import Move, Status, status_at
from linkspan.pathways.rules.life.versions import Judging, judging_version


@dataclass(frozen=True, slots=True)
class AgreementVersion:
    """One version of an agreement as it stands: its terms, with the status it has at present, and their hash."""

    terms: Agreement
    sha256: str

    @property
    def id(self) -> str:
        """The agreement's identifier."""
        return self.terms.id

    @property
    def version(self) -> int:
        """Its number."""
        return self.terms.version

    @property
    def document(self) -> dict[str, Any]:
        """The terms as they are written."""
        return self.terms.as_json()

    @property
    def receiving(self) -> str:
        """The receiving institution."""
        return self.terms.receiving.institution

    @property
    def title(self) -> str:
        """The receiving degree."""
        return self.terms.receiving.name

    def status_on(self, on: date) -> str:
        """The status on a day."""
        return status_on(self.terms, on)


@dataclass(frozen=True, slots=True)
class Versions:
    """All versions of one agreement on a day: the one that is shown, and those that somebody may be judged by."""

    current: AgreementVersion
    every: Mapping[int, AgreementVersion]
    moves: Mapping[int, list[Move]]

    def judging(self, record: Record, on: date) -> Judging:
        """The version that judges a record on a day."""

        def stood(terms: Agreement, day: date) -> str:
            return str(status_at(self.moves[terms.version], None, day))

        every = [version.terms for version in self.every.values()]
        return judging_version(every, record, on, self.current.terms, stood)

    def judge(self, record: Record, on: date) -> tuple[AgreementVersion, Audit]:
        """The version that judges a record on a day, and what it says."""
        judging = self.judging(record, on)
        version = judging.agreement.version
        judge = self.every[version] if version != self.current.version else self.current
        return judge, audit_under(judging, record, on)


def as_stood(pathway: Versions) -> dict[str, Any]:
    """The versions by hash, with their status and moves, as JSON: enough to judge by them again as they stand now."""
    rows = [
        {
            "version": number,
            "sha256": one.sha256,
            "status": one.terms.status,
            "moves": [[str(m.status), m.at.isoformat(), m.effective.isoformat()] for m in pathway.moves[number]],
        }
        for number, one in sorted(pathway.every.items())
    ]
    return {"id": pathway.current.id, "current": pathway.current.version, "versions": rows}


def from_stood(stood: Mapping[str, Any], terms: Mapping[str, Agreement]) -> Versions:
    """The same back, with the terms by hash."""
    every, moves = {}, {}
    for row in stood["versions"]:
        number = int(row["version"])
        every[number] = AgreementVersion(replace(terms[row["sha256"]], status=row["status"]), row["sha256"])
        moves[number] = [
            Move(Status(status), "", "", datetime.fromisoformat(at), date.fromisoformat(effective))
            for status, at, effective in row["moves"]
        ]
    return Versions(every[int(stood["current"])], every, moves)
