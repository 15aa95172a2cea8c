"""The eligibility audit of one record under one agreement version, on one day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from linkspan.kernel.money import Money
from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.kernel.record import Record
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.agreement import Requirement as Asked
from linkspan.pathways.rules.language.derived import lapsed_on, with_derived
from linkspan.pathways.rules.language.evaluate import Finding, Outcome, evaluate
from linkspan.pathways.rules.language.findings import row_name
from linkspan.pathways.rules.language.grammar import describe
from linkspan.pathways.rules.language.meaning import PRESENT, RULES_VERSION, Meaning, Reading, Rules, reading_of
from linkspan.pathways.rules.language.values import CLAUSES, joined, plain_number
from linkspan.pathways.rules.life.versions import Judging
from linkspan.pathways.rules.recognition.solving import Recognised, RefusedCourse, recognise

USABLE = "active"
LAPSED = Sentence(
    "accreditation_lapsed", "The school's accreditation lapsed while the learner attended: a person decides"
)
IN_FORCE = Sentence("agreement_in_force", "The agreement is in force for new applicants")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One clause: its text, what was found, and the alternatives that it leaves, in words."""

    clause: str
    text: str
    finding: Finding
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """One clause of the smallest set that would turn the answer to met.

    `changes` are the conditions to fulfil, each in words; `kind` is `do` (something to do), `document` (evidence to
    hand in), `terms` (the school has not published what it asks) or `status` (the agreement takes nobody).
    """

    clause: str
    text: str
    changes: tuple[str, ...] = ()
    kind: str = "do"


@dataclass(frozen=True, slots=True)
class Hold:
    """A rule that puts the case on hold for a person to look at; it never refuses."""

    clause: str
    text: str
    have: str | None


@dataclass(frozen=True, slots=True)
class Audit:
    """The answer, clause by clause. `outcome` is the conjunction of the requirements.

    `after_admission` are the clauses that are to be met later: judged as the record stands, and no part of the outcome.
    """

    agreement_id: str
    version: int
    status: str
    outcome: Outcome
    requirements: tuple[Requirement, ...]
    missing: tuple[Missing, ...]
    recognised: tuple[Recognised, ...]
    refused: tuple[RefusedCourse, ...]
    tuition_waived: Money | None
    holds: tuple[Hold, ...] = ()
    relief: tuple[Missing, ...] = ()
    judging: Mapping[str, Any] | None = None
    rules_version: str = RULES_VERSION
    after_admission: tuple[Requirement, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The object that `linkspan audit --json` prints."""
        return {
            "agreement": self.agreement_id,
            "outcome": self.outcome.value,
            "version": self.version,
            "status": self.status,
            "requirements": [_requirement_json(requirement) for requirement in self.requirements],
            "missing": [
                {"clause": item.clause, "text": item.text, "changes": list(item.changes), "kind": item.kind}
                for item in self.missing
            ],
            "recognised": [row.as_json() for row in self.recognised],
            "refused": [{"what": row.what, "reason": row.reason, "clause": row.clause} for row in self.refused],
            "tuition_waived": self.tuition_waived.as_json() if self.tuition_waived else None,
            "holds": [{"clause": hold.clause, "text": hold.text, "have": hold.have} for hold in self.holds],
            "relief": [{"clause": row.clause, "text": row.text} for row in self.relief],
            "rules_version": self.rules_version,
        } | self._sometimes()

    def _sometimes(self) -> dict[str, Any]:
        """What only some audits have."""
        later = [_requirement_json(requirement) for requirement in self.after_admission]
        return ({"after_admission": later} if later else {}) | ({"judging": dict(self.judging)} if self.judging else {})


def _requirement_json(requirement: Requirement) -> dict[str, Any]:
    finding = requirement.finding
    return {
        "clause": requirement.clause,
        "text": requirement.text,
        "outcome": finding.outcome.value,
        "have": finding.have,
        "need": finding.need,
        "gap": plain_number(finding.gap) if finding.gap is not None else None,
        "unit": finding.unit or None,
        "reason": finding.reason or None,
        "evidence": list(finding.evidence),
    }


def status_on(agreement: Agreement, on: date) -> str:
    """The agreement's status on a day: its own while in force, `not_yet_in_force` or `no_longer_in_force` otherwise."""
    if on < agreement.valid_from:
        return "not_yet_in_force"
    if agreement.valid_to and on >= agreement.valid_to:
        return "no_longer_in_force"
    return agreement.status


def audit_record(
    record: Record,
    agreement: Agreement,
    on: date,
    entered: date | None = None,
    rules: Rules = PRESENT,
) -> Audit:
    """Judge a record under an agreement (`document.as_agreement`) on a day.

    An agreement that is not active on the day gives not met with clause `status`, and recognises nothing. A learner who
    `entered` under a version (`versions.judging_version`) is judged by it although it has ended since. To replay an
    audit, give the `rules` that it was stored with.
    """
    status, terms, record = status_on(agreement, entered or on), agreement.in_force, with_derived(record, rules)
    reading = reading_of(terms, rules)
    requirements = [_requirement(row, record, on, reading) for row in terms.requirements]
    if status != USABLE:
        closed = Finding(Outcome.NOT_MET, have=Phrase(status.replace("_", " ")), need=Phrase(USABLE))
        requirements.insert(0, Requirement("status", IN_FORCE, closed))
    recognised, refused = recognise(terms, record, on, rules) if status == USABLE else ((), ())
    return Audit(
        agreement_id=agreement.id,
        version=agreement.version,
        status=status,
        outcome=_conjunction(requirements),
        requirements=tuple(requirements),
        missing=_missing(requirements),
        recognised=recognised,
        refused=refused,
        tuition_waived=_waived(agreement, sum(row.tuition_waived for row in recognised)),
        holds=(*_holds(terms, record, on, reading), *_lapsed(terms, requirements, record, reading)),
        relief=tuple(Missing(row.clause, row.text) for row in agreement.relief),
        rules_version=rules.version,
        after_admission=_after_admission(terms, record, on, reading),
    )


def audit_under(judging: Judging, record: Record, on: date, rules: Rules = PRESENT) -> Audit:
    """Judge a record by the version that judges it (`versions.judging_version`), and say why it does."""
    return replace(audit_record(record, judging.agreement, on, judging.entered, rules), judging=judging.as_json())


def _requirement(row: Asked, record: Record, on: date, reading: Reading) -> Requirement:
    rule = row.node
    found = evaluate(rule, record, on, reading)
    text = row.text or describe(rule)
    return Requirement(row.clause, text, found, tuple(describe(child) for child in rule.get("any", ())))


def _holds(terms: Agreement, record: Record, on: date, reading: Reading) -> Iterator[Hold]:
    """Holds whose rule is met: the case waits for a person. What is unknown holds nobody."""
    for row in terms.holds:
        found = evaluate(row.rule, record, on, reading)
        if found.outcome == Outcome.MET:
            yield Hold(row.clause, row.text or describe(row.rule), found.have)


def _lapsed(terms: Agreement, requirements: Sequence[Requirement], record: Record, reading: Reading) -> Iterator[Hold]:
    """A hold for each open clause on accreditation where that of a school lapsed while the learner attended."""
    if Meaning.LAPSED_ACCREDITATION not in reading:
        return
    degrees = [row for row in record.get("degrees") or () if row.get("accredited") is None]
    ended = [(row, day) for row, day in ((row, lapsed_on(row)) for row in degrees) if day is not None]
    if not ended:
        return
    asked = {row.clause for row in terms.requirements if _asks_accreditation(row.node)}
    for requirement in requirements:
        if requirement.clause in asked and requirement.finding.outcome == Outcome.UNKNOWN:
            for row, day in ended:
                words = Phrase("{degree}: accredited until {day}, attended until {attended}")
                told = {"degree": row_name(row, Phrase("degree")), "day": day, "attended": row["attended"][1]}
                yield Hold(requirement.clause, LAPSED, Sentence("lapsed", words, **told))


def _asks_accreditation(value: Any) -> bool:
    if isinstance(value, Mapping):
        compared = value.get("compare")
        return (compared is not None and compared[0] == "accredited") or any(map(_asks_accreditation, value.values()))
    return isinstance(value, list) and any(map(_asks_accreditation, value))


def _after_admission(terms: Agreement, record: Record, on: date, reading: Reading) -> tuple[Requirement, ...]:
    if Meaning.AFTER_ADMISSION not in reading:
        return ()
    return tuple(_requirement(row, record, on, reading) for row in terms.after_admission)


def _conjunction(requirements: list[Requirement]) -> Outcome:
    outcomes = {requirement.finding.outcome for requirement in requirements}
    if Outcome.NOT_MET in outcomes:
        return Outcome.NOT_MET
    return Outcome.UNKNOWN if Outcome.UNKNOWN in outcomes else Outcome.MET


def _missing(requirements: list[Requirement]) -> tuple[Missing, ...]:
    """For each open clause its text; where a clause leaves a choice or has a gap, the nearest way too."""
    found = []
    for requirement in requirements:
        finding = requirement.finding
        if finding.outcome == Outcome.MET:
            continue
        nearest = joined(finding.missing, CLAUSES)
        several = len(requirement.alternatives) > 1 or finding.gap is not None
        tell = several and nearest and nearest != requirement.text
        text: str = requirement.text
        if tell:
            text = Sentence("nearest", "{text} (nearest: {nearest})", text=text, nearest=nearest)
        found.append(Missing(requirement.clause, text, finding.missing, _kind(requirement)))
    return tuple(found)


def _kind(requirement: Requirement) -> str:
    finding = requirement.finding
    if requirement.clause == "status":
        return "status"
    if finding.outcome == Outcome.NOT_MET:
        return "do"
    return "terms" if finding.terms_unknown else "document"


def _waived(agreement: Agreement, courses: int) -> Money | None:
    price = agreement.tuition.per_course if agreement.tuition else None
    return price.money * courses if price else None
