"""Which version of an agreement judges a learner: the one in force today, or the one they entered under."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.kernel.record import CredentialHeld, Record
from linkspan.pathways.rules.agreement import Agreement, Entry, Sending
from linkspan.pathways.rules.language.values import as_date, span_after

ACTIVE, ENDED = "active", "no_longer_in_force"
#: The statuses of a version on a day outside of its period.
OUTSIDE = frozenset({"not_yet_in_force", ENDED})


@dataclass(frozen=True, slots=True)
class Judging:
    """The version that judges, the day the learner counts as entered on (None: today), why, and another to choose.

    `why` is empty where the agreement says nothing of entry, so that there is nothing to explain.
    """

    agreement: Agreement
    entered: date | None
    why: str
    other: int | None = None

    def as_json(self) -> dict[str, Any] | None:
        """What an audit keeps of it, enough to judge again; None where there is nothing to explain."""
        if not self.why:
            return None
        entered = self.entered.isoformat() if self.entered else None
        return {"why": self.why, "entered": entered, "other": self.other, "status": self.agreement.status}


def in_force(agreement: Agreement, on: date) -> bool:
    """Whether the day lies in the version's period: from `valid_from` to the day before `valid_to`."""
    return agreement.valid_from <= on and (agreement.valid_to is None or on < agreement.valid_to)


def judging_version(
    versions: Sequence[Agreement],
    record: Record,
    on: date,
    current: Agreement | None = None,
    stood: Callable[[Agreement, date], str] = lambda version, day: version.status,
) -> Judging:
    """The version that judges a record on a day, by the `entry` of the version in force then (`current`, if known).

    `entry.by` names the date that decides (credential, first enrolment in a course of either party, application);
    `absence` makes a longer absence from courses end the enrolment, so that the return counts; `until` ends the
    grandfathering; `choice`: stay (the version entered under), move (the one in force), either (that entered under,
    unless the learner chooses the other). Nobody entered under a version that was not active (`stood`) on that day,
    and an earlier one takes people only as long as the one in force does. `versions` is not empty.
    """
    ordered = sorted(versions, key=lambda version: version.version)
    current = current or next((version for version in reversed(ordered) if in_force(version, on)), ordered[0])
    entry = current.entry
    if entry is None:
        return Judging(current, None, "")
    if entry.choice == "move" or (entry.until is not None and on >= entry.until):
        why = Sentence("judged_by_day", "the version in force on the day judges everybody")
        return Judging(current, None, why)
    entered = entry_date(entry, current, record, on)
    told = {"day": Phrase(entry.by.replace("_", " "))}
    if entered is None:
        words = Phrase("the version in force on the day; the {day} is not on record")
        return Judging(current, None, Sentence("entry_unknown", words, **told))
    past = [v for v in reversed(ordered) if in_force(v, entered) and stood(v, entered) == ACTIVE]
    if not past or past[0].version >= current.version:
        words = Phrase("the version in force on the day; it is so since before {entered}, the {day}")
        return Judging(current, None, Sentence("entered_since", words, entered=entered, **told))
    earlier = replace(past[0], status=current.status if in_force(current, on) else ENDED)
    other = current.version if entry.choice == "either" else None
    words = Phrase("the version in force on {entered}, the {day}")
    return Judging(earlier, entered, Sentence("entered_under", words, entered=entered, **told), other)


def judging_from(agreement: Agreement, result: Mapping[str, Any]) -> Judging:
    """How the version judged that a stored audit names, from the audit's JSON; it had the status that it had then."""
    stored = result.get("judging") or {}
    status = str(stored.get("status", result.get("status", "")))
    document = agreement if not status or status in OUTSIDE else replace(agreement, status=status)
    return Judging(document, as_date(stored.get("entered")), str(stored.get("why", "")), stored.get("other"))


def entry_date(entry: Entry, agreement: Agreement, record: Record, on: date) -> date | None:
    """The date that decides, from the record; None if it is not there."""
    if entry.by == "application_date":
        return as_date((record.get("application") or {}).get("date"))
    if entry.by == "credential_date":
        found = [as_date(row.get("awarded")) for row in sending_credentials(agreement.sending, record)]
        return min((day for day in found if day is not None), default=None)
    parties = set(agreement.sides)
    rows = [row for row in record.get("courses") or () if row.get("institution") in parties]
    spans = [(as_date(row.get("started")), as_date(row.get("completed"))) for row in rows]
    begun = sorted((started, done or started) for started, done in spans if started is not None)
    return _enrolled_since(begun, entry.absence, on)


def _enrolled_since(begun: Sequence[tuple[date, date]], absence: Mapping[str, int] | None, on: date) -> date | None:
    """The first day of the enrolment that still runs: an absence longer than the span ends one.

    The day itself where the last absence has not ended yet. Such a rule: catalogue in force at re-entry, after a year.
    """
    if not begun or not absence:
        return begun[0][0] if begun else None
    since, last = begun[0]
    for started, done in [*begun[1:], (on, on)]:
        if started > span_after(last, absence):
            since = started
        last = max(last, done)
    return since


def sending_credentials(sending: Sending, record: Record) -> list[CredentialHeld]:
    """The active credentials of the sending program, under its present name or an earlier one (`aliases`)."""
    names = set(sending.names)
    return [
        row
        for row in record.get("credentials") or ()
        if (row.get("issuer"), row.get("program")) in names and row.get("status") == "active"
    ]
