"""What an agreement says on the way in: the admission course, deferral, fee and deposit, applying again, appeals."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from linkspan.admissions.rules.applications import HOLDING, State
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.money import Money
from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.kernel.record import Record
from linkspan.pathways.rules import Agreement, Appeals

#: Thirty days, as the agreements count the months of a term limit.
MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Bridge:
    """The course that leads from provisional to formal admission.

    `clause` is the clause it satisfies, `attempts` how often it may be taken, `within_months` the term limit; None
    where the agreement sets none.
    """

    course: str
    clause: str
    min_grade: Mapping[str, Any]
    attempts: int | None
    within_months: int | None

    @property
    def grade_in_words(self) -> str:
        """The grade that is asked."""
        return str(self.min_grade.get("value", ""))


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one agreement; zero, None or False where it is silent."""

    bridge: Bridge | None = None
    deferral_months: int = 0
    application_fee: Money | None = None
    fee_waivable: bool = False
    deposit: Money | None = None
    documents: tuple[str, ...] = ()
    appeal_days: int = 0
    answer_days: int = 21
    most_applications: int | None = None
    wait_months: int = 0


@dataclass(frozen=True, slots=True)
class BridgeStanding:
    """How far somebody admitted provisionally has come, and what the rules propose: offered, refused or provisional."""

    attempts: int
    grades: tuple[str, ...]
    until: datetime | None
    proposed: State
    reason: str


def terms_of(agreement: Agreement) -> Terms:
    """The terms of an agreement (docs/formats)."""
    fees = {row.what: row for row in agreement.fees}
    fee, deposit = fees.get("application"), fees.get("deposit")
    appeals, again = agreement.appeals or Appeals(), agreement.applying_again or {}
    return Terms(
        bridge=_bridge(agreement),
        deferral_months=agreement.deferral_months or 0,
        application_fee=fee.price.money if fee else None,
        fee_waivable=bool(fee and fee.waivable),
        deposit=deposit.price.money if deposit else None,
        documents=agreement.documents,
        appeal_days=appeals.within_days or agreement.appeal_days or 0,
        answer_days=appeals.answered_in_days or 21,
        most_applications=again.get("most"),
        wait_months=int(again.get("after_months") or 0),
    )


def _bridge(agreement: Agreement) -> Bridge | None:
    told = agreement.bridge
    if told is None or not told.clause or not told.course:
        return None
    grade = told.min_grade.plain if told.min_grade else {}
    return Bridge(told.course, told.clause, grade, told.attempts, told.within_months)


def only_bridge_missing(terms: Terms, audit_result: Mapping[str, Any]) -> bool:
    """Whether all that is missing is what the admission course would bring."""
    missing = {str(item["clause"]) for item in audit_result["missing"]}
    return terms.bridge is not None and missing == {terms.bridge.clause}


def bridge_standing(bridge: Bridge, record: Record, met: bool, until: datetime | None, now: datetime) -> BridgeStanding:
    """What the rules propose for somebody admitted provisionally; each run of the course on record is an attempt."""
    school, _, code = bridge.course.rpartition("/")
    runs = [c for c in record.get("courses") or () if c.get("id") == code and c.get("institution") in (school, None)]
    grades = tuple(str((run.get("grade") or {}).get("value", "–")) for run in runs)
    proposed, reason = State.PROVISIONAL, f"The course is still to be passed with {bridge.grade_in_words} or better."
    if met:
        proposed, reason = State.OFFERED, "Every clause of the agreement is met."
    elif bridge.attempts is not None and len(runs) >= bridge.attempts:
        proposed, reason = State.REFUSED, f"All {bridge.attempts} allowed attempts are used."
    elif until is not None and now >= until:
        proposed, reason = State.REFUSED, f"The term limit ended on {until:%Y-%m-%d}."
    return BridgeStanding(len(runs), grades, until, proposed, reason)


def check_applying_again(terms: Terms, earlier: Iterable[tuple[State, datetime]], now: datetime) -> None:
    """Refused if a place is held already, or the agreement's limits on applying again are not kept."""
    told = [(state, at) for state, at in earlier if state not in (State.WITHDRAWN, State.CANCELLED)]
    if any(state in HOLDING for state, _ in told):
        raise Refused("already_admitted", "You hold a place in this program already.")
    if terms.most_applications is not None and len(told) >= terms.most_applications:
        raise Refused(
            "applications_used",
            "This program takes {most_applications} applications of one person.",
            most_applications=terms.most_applications,
        )
    last = max((at for _, at in told), default=None)
    if last is not None and now < last + terms.wait_months * MONTH:
        raise Refused(
            "too_soon", "You can apply again from {last} on.", last=format(last + terms.wait_months * MONTH, "%Y-%m-%d")
        )


def later_term(term: str, months: int) -> str:
    """The same term some whole years later: `2019 spring` and 12 months give `2020 spring`."""
    found = re.fullmatch(r"(\d{4})(\D.*)?", term)
    if months <= 0 or months % 12 or found is None:
        raise Unusable("deferral_unusable", "Joining is deferred by whole years.")
    return f"{int(found[1]) + months // 12}{found[2] or ''}"


def check_deferral(terms: Terms, deferred: int, months: int) -> None:
    """Refused if the agreement allows no deferral, or not for so long in all."""
    if not terms.deferral_months:
        raise Refused("no_deferral", "This program does not defer places. Decline, and apply again.")
    if deferred + months > terms.deferral_months:
        raise Refused(
            "deferral_too_long",
            "Joining can be deferred by {deferral_months} months in all.",
            deferral_months=terms.deferral_months,
        )


def appeal_deadline(terms: Terms, decided_at: datetime | None) -> datetime | None:
    """Until when a decision can be appealed; None if it cannot."""
    return decided_at + timedelta(days=terms.appeal_days) if decided_at and terms.appeal_days else None


def pass_the_course(bridge: Bridge, until: datetime | None) -> str:
    """What who is admitted provisionally still has to do, by when and how often."""
    told = {"course": bridge.course, "grade": bridge.grade_in_words, "attempts": bridge.attempts}
    if until and bridge.attempts:
        words = Phrase("Pass {course} with {grade} or better by {day}, in at most {attempts} attempts.")
    elif until:
        words = Phrase("Pass {course} with {grade} or better by {day}.")
    elif bridge.attempts:
        words = Phrase("Pass {course} with {grade} or better, in at most {attempts} attempts.")
    else:
        words = Phrase("Pass {course} with {grade} or better.")
    return Sentence("pass_the_course", words, day=f"{until:%Y-%m-%d}" if until else None, **told)
