"""An agreement with all its versions, and what the version that judges a record says to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from linkspan.pathways.rules.audit import Audit, audit_under, status_on
from linkspan.pathways.rules.lifecycle import Move, Status, status_at
from linkspan.pathways.rules.versions import Judging, judging_version


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


def as_stood(pathway: Versions) -> dict[str, Any]:
    """The versions by hash, with their status and moves, as JSON: enough to judge by them again as they stand now."""
    rows = [
        {
            "version": number,
            "sha256": one.sha256,
            "status": one.document["status"],
            "moves": [[str(m.status), m.at.isoformat(), m.effective.isoformat()] for m in pathway.moves[number]],
        }
        for number, one in sorted(pathway.every.items())
    ]
    return {"id": pathway.current.id, "current": pathway.current.version, "versions": rows}


def from_stood(stood: Mapping[str, Any], documents: Mapping[str, Mapping[str, Any]]) -> Versions:
    """The same back, with the documents by hash."""
    every, moves = {}, {}
    for row in stood["versions"]:
        number, document = int(row["version"]), {**documents[row["sha256"]], "status": row["status"]}
        every[number] = Agreement(str(stood["id"]), number, row["sha256"], document)
        moves[number] = [
            Move(Status(status), "", "", datetime.fromisoformat(at), date.fromisoformat(effective))
            for status, at, effective in row["moves"]
        ]
    return Versions(every[int(stood["current"])], every, moves)
