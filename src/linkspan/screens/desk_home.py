"""The home of the desks: the tasks of each role, and how many things wait in each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from linkspan.accounts.queries import identity_queue, merges_waiting
from linkspan.admissions import queries
from linkspan.admissions.queries import waiting_for_admissions
from linkspan.admissions.rules import ReviewState
from linkspan.catalog.queries import changes_to_publish
from linkspan.courseware.queries import links_to_decide, reports_waiting, trials_waiting
from linkspan.credentials.queries import waiting_awards
from linkspan.exams.queries import (
    accommodation_queue,
    appeal_queue,
    count_to_mark,
    drafts_to_publish,
    proctor_queue,
    rulings_to_adopt,
    way_queue,
)
from linkspan.finance.queries import need_queue, payments_to_confirm, undelivered_refunds
from linkspan.institutions.queries import registrations_to_review, trust_to_look_at
from linkspan.kernel import outbox
from linkspan.kernel.actor import Actor
from linkspan.pathways.queries import versions_to_approve, waiting_holds
from linkspan.recognition.queries import exceptions_waiting, lists_waiting, open_cases
from linkspan.records.queries import evidence_queue

#: How many wait for an actor.
type Count = Callable[[Actor, datetime], int]

#: Who checks legal names, and who checks evidence.
NAMES = frozenset({"program_staff", "proctor"})
EVIDENCE = frozenset({"registrar", "program_staff", "admissions"})


def roles_of(actor: Actor) -> frozenset[str]:
    """The roles that an actor holds anywhere."""
    return frozenset(grant.role for grant in actor.grants)


def _checks(actor: Actor, now: datetime) -> int:
    roles = roles_of(actor)
    names = len(identity_queue(actor, now)) if roles & NAMES else 0
    return names + (len(evidence_queue(actor, now)) if roles & EVIDENCE else 0)


def _exams(actor: Actor, _now: datetime) -> int:
    roles = roles_of(actor)
    waiting = len(proctor_queue(actor)) if "proctor" in roles else 0
    waiting += len(appeal_queue(actor)) + len(way_queue(actor)) if roles & NAMES else 0
    return waiting + (len(accommodation_queue(actor)) + count_to_mark(actor) if "program_staff" in roles else 0)


def _making(actor: Actor, _now: datetime) -> int:
    return drafts_to_publish(actor) + rulings_to_adopt(actor)


def _money(actor: Actor, _now: datetime) -> int:
    return len(payments_to_confirm(actor)) + undelivered_refunds(actor)


def _authoring(actor: Actor, _now: datetime) -> int:
    return trials_waiting(actor) + reports_waiting(actor)


def _readings(actor: Actor, _now: datetime) -> int:
    return sum(file.state == ReviewState.ASSIGNED for file in queries.reading_list(actor))


class Task(StrEnum):
    """What there is to do at desks."""

    CHECKS = "checks"
    EXAMS = "exams"
    EXAM_MAKING = "exam_making"
    PROCTORING = "proctoring"
    CATALOGUE = "catalogue"
    AUTHORING = "authoring"
    GRADES = "grades"
    IMPORTS = "imports"
    USERNAMES = "usernames"
    PRICES = "prices"
    MONEY = "money"
    CREDENTIALS = "credentials"
    WALLETS = "wallets"
    SYSTEMS = "systems"
    LOOK = "look"
    TRUST = "trust"
    ROUNDS = "rounds"
    READINGS = "readings"
    HOLDS = "holds"
    INBOX = "inbox"
    AGREEMENTS = "agreements"
    CASES = "cases"
    CREDIT = "credit"
    CONFERRALS = "conferrals"
    CHANGED_OUTCOMES = "changed_outcomes"
    OUTCOMES = "outcomes"
    WHAT_IF = "what_if"
    TRAIL = "trail"
    ERASURE = "erasure"
    RETENTION = "retention"
    JOINING = "joining"
    ROLES = "roles"
    JOINS = "joins"
    SIGN_IN = "sign_in"
    OPERATIONS = "operations"


class Area(StrEnum):
    """What tasks are about."""

    LEARNERS = "learners"
    CREDENTIALS = "credentials"
    ADMISSION = "admission"
    PATHWAYS = "pathways"
    OVERSIGHT = "oversight"


@dataclass(frozen=True, slots=True)
class Duty:
    """A task that the holders of some roles have; `count` says how many wait, None where nothing ever waits."""

    task: Task
    roles: frozenset[str]
    count: Count | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A task of a person, and how many things wait in it."""

    task: Task
    waiting: int


@dataclass(frozen=True, slots=True)
class Group:
    """A person's tasks in an area, those where more waits first."""

    area: Area
    waiting: int
    tasks: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class DeskHome:
    """All that the home of the desks shows; no group for who has no role."""

    waiting: int
    groups: tuple[Group, ...]


def _duty(task: Task, roles: str, count: Count | None = None) -> Duty:
    return Duty(task, frozenset(roles.split()), count)


DUTIES: Mapping[Area, tuple[Duty, ...]] = {
    Area.LEARNERS: (
        Duty(Task.CHECKS, NAMES | EVIDENCE, _checks),
        _duty(Task.EXAMS, "proctor program_staff registrar", _exams),
        _duty(
            Task.EXAM_MAKING,
            "program_staff registrar author",
            lambda actor, _now: drafts_to_publish(actor) + rulings_to_adopt(actor),
        ),
        _duty(Task.PROCTORING, "registrar operator"),
        _duty(Task.CATALOGUE, "program_staff registrar author", lambda actor, _now: changes_to_publish(actor)),
        _duty(
            Task.AUTHORING,
            "author program_staff registrar",
            lambda actor, _now: trials_waiting(actor) + reports_waiting(actor),
        ),
        _duty(Task.GRADES, "program_staff registrar"),
        _duty(Task.IMPORTS, "program_staff registrar"),
        _duty(Task.MONEY, "program_staff registrar", _money),
        _duty(Task.USERNAMES, "program_staff registrar", lambda actor, _now: links_to_decide(actor)),
        _duty(Task.PRICES, "program_staff registrar", lambda actor, _now: len(need_queue(actor))),
    ),
    Area.CREDENTIALS: (
        _duty(Task.CREDENTIALS, "registrar program_staff", lambda actor, _now: len(waiting_awards(actor))),
        _duty(Task.WALLETS, "admissions registrar program_staff"),
        _duty(Task.SYSTEMS, "registrar"),
        _duty(Task.LOOK, "registrar"),
        _duty(Task.TRUST, "registrar", lambda actor, _now: trust_to_look_at(actor)),
    ),
    Area.ADMISSION: (
        _duty(Task.ROUNDS, "admissions", lambda actor, _now: waiting_for_admissions(actor)),
        _duty(Task.READINGS, "reader", _readings),
        _duty(Task.HOLDS, "admissions registrar", lambda actor, _now: len(waiting_holds(actor))),
        _duty(Task.INBOX, "admissions registrar"),
    ),
    Area.PATHWAYS: (
        _duty(Task.AGREEMENTS, "registrar dean", lambda actor, _now: versions_to_approve(actor)),
        _duty(Task.CASES, "registrar", lambda actor, _now: len(open_cases(actor))),
        _duty(Task.CREDIT, "registrar", lambda actor, _now: exceptions_waiting(actor)),
        _duty(Task.CONFERRALS, "registrar", lambda actor, _now: lists_waiting(actor)),
        _duty(Task.CHANGED_OUTCOMES, "registrar auditor"),
    ),
    Area.OVERSIGHT: (
        _duty(Task.OUTCOMES, "dean auditor"),
        _duty(Task.WHAT_IF, "dean auditor"),
        _duty(Task.TRAIL, "auditor"),
        _duty(Task.ERASURE, "operator"),
        _duty(Task.RETENTION, "operator"),
        _duty(Task.JOINING, "operator", lambda actor, _now: len(registrations_to_review(actor))),
        _duty(Task.ROLES, "registrar operator dean auditor"),
        _duty(Task.JOINS, "registrar operator", lambda actor, now: len(merges_waiting(actor, now))),
        _duty(Task.SIGN_IN, "registrar operator"),
        _duty(Task.OPERATIONS, "operator", lambda _actor, _now: outbox.backlog()[1]),
    ),
}


def desk_home(actor: Actor, now: datetime) -> DeskHome:
    """The tasks of the actor's roles; areas and tasks where more waits come first."""
    found = [_group(area, actor, now) for area in DUTIES]
    groups = tuple(sorted((group for group in found if group.tasks), key=lambda group: -group.waiting))
    return DeskHome(sum(group.waiting for group in groups), groups)


def _group(area: Area, actor: Actor, now: datetime) -> Group:
    roles = roles_of(actor)
    mine = [duty for duty in DUTIES[area] if duty.roles & roles]
    tasks = [Waiting(duty.task, duty.count(actor, now) if duty.count else 0) for duty in mine]
    return Group(area, sum(task.waiting for task in tasks), tuple(sorted(tasks, key=lambda task: -task.waiting)))
