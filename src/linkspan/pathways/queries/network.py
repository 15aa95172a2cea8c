"""Reads of the open network, with what a record is to each pathway."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from linkspan.catalog.queries import prices_in_force, runs_of_courses
from linkspan.catalog.rules import CourseRun
from linkspan.kernel.money import Money
from linkspan.kernel.readers import granted, public
from linkspan.kernel.record import Record
from linkspan.pathways.queries.versions import MOST_READ, AgreementVersion, versions_on
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.audit.network import Terms, terms_of
from linkspan.pathways.rules.audit.record import Audit
from linkspan.pathways.rules.life.versions import sending_credentials


@dataclass(frozen=True, slots=True)
class PathwayAnswer:
    """What one pathway says to one record, and the credential that it was asked for."""

    agreement: AgreementVersion
    audit: Audit
    credential: str


@dataclass(frozen=True, slots=True)
class NetworkRow:
    """One public pathway on a day: its terms, and what it says to the record at hand, if there is one."""

    agreement: AgreementVersion
    terms: Terms
    status: str
    audit: Audit | None = None


@dataclass(frozen=True, slots=True)
class AdmissionCourse:
    """A course by which a pathway is entered: what it costs, and the run to take; None where that is not known."""

    course: str
    price: Money | None
    run: CourseRun | None


@granted
def pathways_for(record: Record, on: date) -> tuple[PathwayAnswer, ...]:
    """Every pathway that an active credential of the record opens, with its audit by the version that judges it."""
    answers = []
    for versions in sorted(versions_on(on), key=lambda one: (one.current.receiving, one.current.title)):
        held = sending_credentials(versions.current.terms.sending, record)
        if held:
            agreement, audit = versions.judge(record, on)
            answers.append(PathwayAnswer(agreement, audit, str(held[-1]["id"])))
    return tuple(answers)


@granted
def network_on(on: date, record: Record | None = None) -> tuple[NetworkRow, ...]:
    """Every public pathway on a day, each judged on the record if one is given. One query, but for new documents.

    The terms are those of the version that judges: the one in force, or the one that the learner entered under.
    """
    rows = []
    for versions in versions_on(on):
        agreement, audit = versions.judge(record, on) if record is not None else (versions.current, None)
        terms = _offered_by(agreement, on)
        rows.append(NetworkRow(agreement, terms, audit.status if audit else agreement.status_on(on), audit))
    return tuple(rows)


#: What a version offers on a day, by its hash: worked out once, as the version never changes.
_offered: dict[tuple[str, date], Terms] = {}


def _offered_by(agreement: AgreementVersion, on: date) -> Terms:
    key = (agreement.sha256, on)
    if key not in _offered:
        if len(_offered) >= MOST_READ:
            _offered.clear()
        _offered[key] = terms_of(agreement.terms, on)
    return _offered[key]


@public
def admission_courses(agreements: Iterable[Agreement], now: datetime) -> dict[str, AdmissionCourse]:
    """The admission courses that agreements name, by course, in two queries: price, and the first run to come."""
    keys = sorted({one.bridge.course for one in agreements if one.bridge and one.bridge.course})
    if not keys:
        return {}
    prices = prices_in_force((f"course:{key}" for key in keys), now.date())
    runs: dict[str, CourseRun] = {}
    for run in runs_of_courses(keys):
        if now < run.enrolment_closes:
            runs.setdefault(run.course.key, run)
    return {key: AdmissionCourse(key, prices.get(f"course:{key}"), runs.get(key)) for key in keys}
