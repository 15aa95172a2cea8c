"""Which version of an agreement judges a learner: the one in force today, or the one they entered under."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from linkspan.pathways.rules.values import as_date


@dataclass(frozen=True, slots=True)
class Judging:
    """The version that judges, the day the learner counts as entered on (None: today), why, and another to choose."""

    agreement: Mapping[str, Any]
    entered: date | None
    why: str
    other: Mapping[str, Any] | None = None


def in_force(agreement: Mapping[str, Any], on: date) -> bool:
    """Whether the day lies in the version's period: from `valid_from` to the day before `valid_to`."""
    begins, ends = as_date(agreement["valid_from"]), as_date(agreement.get("valid_to"))
    return (begins is None or begins <= on) and (ends is None or on < ends)


def judging_version(versions: Sequence[Mapping[str, Any]], record: Mapping[str, Any], on: date) -> Judging:
    """The version that judges a record on a day, by the `entry` of the version in force then.

    `entry.by` names the date that decides (credential, first enrolment in a course of either party, application);
    `until` ends the grandfathering; `choice`: stay (the version entered under), move (the one in force), either (that
    entered under, unless the learner chooses the other). `versions` is not empty.
    """
    ordered = sorted(versions, key=lambda version: int(version["version"]))
    current = next((version for version in reversed(ordered) if in_force(version, on)), ordered[0])
    entry = current.get("entry") or {}
    ends = as_date(entry.get("until"))
    if not entry or entry.get("choice") == "move" or (ends is not None and on >= ends):
        return Judging(current, None, "the version in force on the day")
    entered = entry_date(entry["by"], current, record)
    words = str(entry["by"]).replace("_", " ")
    if entered is None:
        return Judging(current, None, f"the version in force on the day; the {words} is not on record")
    earlier = next((version for version in reversed(ordered) if in_force(version, entered)), None)
    if earlier is None or earlier["version"] == current["version"]:
        return Judging(current, None, "the version in force on the day")
    other = current if entry.get("choice", "stay") == "either" else None
    why = f"the version in force on {entered.isoformat()}, the {words}"
    return Judging(earlier, entered, why, other)


def entry_date(by: str, agreement: Mapping[str, Any], record: Mapping[str, Any]) -> date | None:
    """The date that decides, from the record; None if it is not there."""
    if by == "application_date":
        return as_date((record.get("application") or {}).get("date"))
    if by == "credential_date":
        found = [as_date(row.get("awarded")) for row in sending_credentials(agreement["sending"], record)]
    else:
        parties = {agreement["sending"]["institution"], agreement["receiving"]["institution"]}
        rows = [row for row in record.get("courses") or () if row.get("institution") in parties]
        found = [as_date(row.get("started")) for row in rows]
    return min((day for day in found if day is not None), default=None)


def sending_credentials(sending: Mapping[str, Any], record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The active credentials of the sending program, under its present name or an earlier one (`aliases`)."""
    names = {(sending.get("institution"), sending.get("program"))}
    names |= {
        (row.get("institution", sending.get("institution")), row["program"]) for row in sending.get("aliases") or ()
    }
    return [
        row
        for row in record.get("credentials") or ()
        if (row.get("issuer"), row.get("program")) in names and row.get("status") == "active"
    ]
