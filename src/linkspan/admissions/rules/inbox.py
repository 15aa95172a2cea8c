"""A school's inbox: whose record it may read, on which basis, until when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from linkspan.accounts.rules import Basis, ConsentGiven, Part, Purpose, basis_for
from linkspan.admissions.rules.applications import Application, State

#: An application in one of these states is over: the learner no longer seeks to enrol by it.
OVER = frozenset({State.WITHDRAWN, State.DECLINED, State.LAPSED, State.REFUSED, State.CANCELLED})


class Order(StrEnum):
    """The orders of an inbox."""

    NEWEST = "newest"
    ENDING = "ending"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Entry:
    """One learner for one purpose. `until` is None where an application is the basis; then `state` is not empty."""

    learner_id: UUID
    purpose: str
    basis: Basis
    parts: tuple[str, ...]
    since: datetime
    until: datetime | None
    state: str
    eligibility: str
    agreement_id: str


@dataclass(frozen=True, slots=True)
class InboxFilters:
    """What staff asked for; what is empty lets everything through."""

    purpose: str = ""
    basis: str = ""
    state: str = ""
    eligibility: str = ""
    order: Order = Order.NEWEST


def stands(application: Application) -> bool:
    """Whether the learner still seeks to enrol by this application."""
    return application.state not in OVER


def entries(consents: Iterable[ConsentGiven], applications: Iterable[Application], now: datetime) -> tuple[Entry, ...]:
    """What an institution may read now, from every consent to it and every application that stands there."""
    given: dict[UUID, list[ConsentGiven]] = {}
    for consent in consents:
        given.setdefault(consent.learner_id, []).append(consent)
    applied = newest_applications(applications)
    found = []
    for learner_id in given.keys() | applied.keys():
        mine = given.get(learner_id, [])
        purposes = {consent.purpose for consent in mine} | (
            {Purpose.ADMISSION.value} if learner_id in applied else set()
        )
        for purpose in sorted(purposes):
            entry = _entry(learner_id, purpose, mine, applied.get(learner_id), now)
            if entry:
                found.append(entry)
    return tuple(found)


def newest_applications(applications: Iterable[Application]) -> Mapping[UUID, Application]:
    """The newest application that stands, by learner."""
    standing = sorted((a for a in applications if stands(a)), key=lambda a: a.submitted_at)
    return {application.learner_id: application for application in standing}


def _entry(
    learner_id: UUID, purpose: str, consents: list[ConsentGiven], applied: Application | None, now: datetime
) -> Entry | None:
    found = basis_for(consents, applied.submitted_at if applied else None, now, purpose)
    if found is None:
        return None
    basis, consent = found
    about = applied if purpose == Purpose.ADMISSION else None
    since = consent.given_at if consent else (applied.submitted_at if applied else now)
    return Entry(
        learner_id,
        purpose,
        basis,
        consent.records if consent else tuple(Part),
        since,
        consent.expires_at if consent else None,
        about.state.value if about else "",
        about.eligibility if about else "",
        about.round.agreement_id if about else "",
    )


def chosen(found: Iterable[Entry], filters: InboxFilters) -> tuple[Entry, ...]:
    """The entries that pass the filters, in the order asked for; ties by learner, so that pages do not jump."""
    passing = [
        entry
        for entry in found
        if filters.purpose in ("", entry.purpose)
        and filters.basis in ("", entry.basis)
        and filters.state in ("", entry.state)
        and filters.eligibility in ("", entry.eligibility)
    ]
    passing.sort(key=lambda entry: (str(entry.learner_id), entry.purpose))
    match filters.order:
        case Order.ENDING:
            passing.sort(key=lambda entry: (entry.until is None, entry.until or entry.since))
        case Order.STATE:
            passing.sort(key=lambda entry: entry.state)
        case Order.NEWEST:
            passing.sort(key=lambda entry: entry.since, reverse=True)
    return tuple(passing)
