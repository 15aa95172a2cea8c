"""The tasks of the desk: which roles have them, where they are done, how many wait."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linkspan.accounts.queries import identity_queue
from linkspan.admissions.queries import reviews, waiting_for_admissions
from linkspan.admissions.rules.reviews import ReviewState
from linkspan.catalog.queries import changes_to_publish
from linkspan.credentials.queries import waiting_awards
from linkspan.exams.queries import accommodation_queue, appeal_queue, drafts_to_publish, proctor_queue
from linkspan.finance.queries import need_queue, payments_to_confirm
from linkspan.institutions.queries.joining import registrations_to_review
from linkspan.kernel import outbox
from linkspan.kernel.actor import Actor
from linkspan.pathways.queries.desk import versions_to_approve
from linkspan.pathways.queries.holds import waiting_holds
from linkspan.recognition.queries import open_cases
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
    waiting += len(appeal_queue(actor)) if roles & NAMES else 0
    waiting += len(accommodation_queue(actor)) if "program_staff" in roles else 0
    return waiting + (len(payments_to_confirm(actor)) if roles & {"program_staff", "registrar"} else 0)


def _readings(actor: Actor, _now: datetime) -> int:
    return sum(file.state == ReviewState.ASSIGNED for file in reviews.reading_list(actor))


@dataclass(frozen=True, slots=True)
class Task:
    """Something that the holders of some roles do; `count` says how many wait, None where nothing ever waits."""

    title: Promise
    page: str
    words: Promise
    roles: frozenset[str]
    count: Count | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A task as one person sees it."""

    title: Promise
    link: str
    words: Promise
    waiting: int


@dataclass(frozen=True, slots=True)
class Group:
    """Tasks of one kind, what waits first."""

    title: Promise
    tasks: tuple[Shown, ...]

    @property
    def waiting(self) -> int:
        """How many things wait in the group."""
        return sum(task.waiting for task in self.tasks)


def _task(title: Promise, page: str, words: Promise, roles: str, count: Count | None = None) -> Task:
    return Task(title, page, words, frozenset(roles.split()), count)


TASKS: tuple[tuple[Promise, tuple[Task, ...]], ...] = (
    (
        _("Learners and exams"),
        (
            _task(
                _("Names and evidence"),
                "desks-checks",
                _("Legal names, degrees and test results that learners handed in."),
                " ".join(NAMES | EVIDENCE),
                _checks,
            ),
            _task(
                _("Exams"),
                "exam_desk-desk",
                _("Identities, verdicts, incidents, appeals, extra time, payments reported."),
                "proctor program_staff registrar",
                _exams,
            ),
            _task(
                _("Make exams"),
                "exam_making-overview",
                _("Questions, versions and sittings: draft, publish, change."),
                "program_staff registrar author",
                lambda actor, _now: drafts_to_publish(actor),
            ),
            _task(
                _("Catalogue"),
                "catalog_desk-overview",
                _("Programs, courses, runs and prices: enter, change, publish."),
                "program_staff registrar author",
                lambda actor, _now: changes_to_publish(actor),
            ),
            _task(
                _("Grades of record"),
                "desks-grades",
                _("Close a run: its grades then count for credentials."),
                "program_staff registrar",
            ),
            _task(
                _("Import records"),
                "record_imports-desk",
                _("Take in grades, exam results and credentials from a learning platform."),
                "program_staff registrar",
            ),
            _task(
                _("Prices and coupons"),
                "money_desk-desk",
                _("Requests for a price by need, coupons, exchange rates, refunds."),
                "program_staff registrar",
                lambda actor, _now: len(need_queue(actor)),
            ),
        ),
    ),
    (
        _("Credentials"),
        (
            _task(
                _("Issue and revoke"),
                "credential_desk-desk",
                _("Awards to approve, and what becomes of those issued."),
                "registrar program_staff",
                lambda actor, _now: len(waiting_awards(actor)),
            ),
            _task(
                _("Ask a wallet"),
                "wallets-desk",
                _("Have a holder show a credential, and see whether it is valid."),
                "admissions registrar program_staff",
            ),
            _task(
                _("Systems with access"),
                "systems-desk",
                _("Software of your institution that issues and checks credentials."),
                "registrar",
            ),
        ),
    ),
    (
        _("Admission"),
        (
            _task(
                _("Admission rounds"),
                "rounds-desk",
                _("Applications, decisions, offers, and appeals to answer."),
                "admissions",
                lambda actor, _now: waiting_for_admissions(actor),
            ),
            _task(
                _("My readings"),
                "reading-reading_list",
                _("Applications to read without their names."),
                "reader",
                _readings,
            ),
            _task(
                _("Cases on hold"),
                "holds-desk",
                _("Cases that a person must look at before they go on."),
                "admissions registrar",
                lambda actor, _now: len(waiting_holds(actor)),
            ),
            _task(
                _("Inbox of records"),
                "inbox-inboxes",
                _("Records that learners let your institution read."),
                "admissions registrar",
            ),
        ),
    ),
    (
        _("Pathways and credit"),
        (
            _task(
                _("Agreements"),
                "agreements-desk-overview",
                _("Pathways with other institutions: drafts, approvals, what changes for whom."),
                "registrar dean",
                lambda actor, _now: versions_to_approve(actor),
            ),
            _task(
                _("Recognition cases"),
                "desks-cases",
                _("Credit given on a credential that is not valid any more."),
                "registrar",
                lambda actor, _now: len(open_cases(actor)),
            ),
            _task(
                _("Changed outcomes"),
                "agreements-desk-differing",
                _("Whose outcome under an agreement would be another by the present rules."),
                "registrar auditor",
            ),
        ),
    ),
    (
        _("Outcomes and oversight"),
        (
            _task(
                _("Outcomes"),
                "outcomes-dean",
                _("From completers to graduates, seats, tuition, cohorts."),
                "dean auditor",
            ),
            _task(
                _("What if"),
                "what_if-what_if",
                _("Change seats, rules or prices and see who gains."),
                "dean auditor",
            ),
            _task(_("Audit trail"), "desks-trail", _("Who did what, when, and whether the chain is whole."), "auditor"),
            _task(
                _("Erase a person"),
                "erasure-erase",
                _("Take a person's name and words out of the audit trail."),
                "operator",
            ),
            _task(
                _("Institutions that want to join"),
                "joining-desk",
                _("Accreditations to review."),
                "operator",
                lambda actor, _now: len(registrations_to_review(actor)),
            ),
            _task(
                _("People and roles"),
                "roles-mine",
                _("Invite colleagues, end roles, sign the list off."),
                "registrar operator dean auditor",
            ),
            _task(
                _("Operations"),
                "operations-operations",
                _("Deliveries that wait or were given up."),
                "operator",
                lambda _actor, _now: outbox.backlog()[1],
            ),
        ),
    ),
)


def overview(actor: Actor, now: datetime) -> tuple[Group, ...]:
    """The groups with a task for the actor; groups and tasks where more waits come first."""
    roles = roles_of(actor)
    groups = [Group(title, _shown(actor, tasks, roles, now)) for title, tasks in TASKS]
    return tuple(sorted((group for group in groups if group.tasks), key=lambda group: -group.waiting))


def _shown(actor: Actor, tasks: tuple[Task, ...], roles: frozenset[str], now: datetime) -> tuple[Shown, ...]:
    mine = [
        Shown(task.title, reverse(task.page), task.words, task.count(actor, now) if task.count else 0)
        for task in tasks
        if task.roles & roles
    ]
    return tuple(sorted(mine, key=lambda task: -task.waiting))
