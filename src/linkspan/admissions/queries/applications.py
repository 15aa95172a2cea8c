"""Reads of applications and appeals."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Count

from linkspan.accounts.queries import consents_to, people_named
from linkspan.accounts.rules import Tie, may_read_disclosed
from linkspan.admissions.models import AppealRow, ApplicationRow
from linkspan.admissions.queries.intakes import as_round, round_by_id
from linkspan.admissions.rules.applications import (
    MOVES,
    Appeal,
    Application,
    Standing,
    State,
    Waiver,
    may_admit,
    may_see_application,
    shown_to,
)
from linkspan.admissions.rules.inbox import OVER, Entry, InboxFilters, chosen, entries, stands
from linkspan.admissions.rules.terms import BridgeStanding, bridge_standing, terms_of
from linkspan.finance.queries import is_paid
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.paging import Page, page_of
from linkspan.kernel.reasons import Sentence, as_told
from linkspan.pathways.queries import agreement_on, audits_of
from linkspan.records.queries import learner_record


def choices(actor: Actor, learner_id: UUID, intake_id: UUID) -> tuple[Application, ...]:
    """A learner's applications in an intake in their order, for the learner and the system."""
    permit(actor.is_system or actor.is_person(learner_id), "see somebody else's choices")
    rows = ApplicationRow.objects.filter(learner_id=learner_id, round__intake_id=intake_id)
    ordered = rows.select_related("round__intake").order_by("rank", "submitted_at", "id")
    return tuple(as_application(row) for row in ordered)


def applications_of(actor: Actor, learner_id: UUID) -> tuple[Application, ...]:
    """A learner's applications, newest first."""
    permit(actor.is_system or actor.is_person(learner_id) or actor.has_role("auditor"), "see these applications")
    rows = (
        ApplicationRow.objects.filter(learner_id=learner_id).select_related("round__intake").order_by("-submitted_at")
    )
    return tuple(shown_to(actor, as_application(row)) for row in rows)


def application(actor: Actor, application_id: UUID) -> Application:
    """One application with its reasons."""
    row = ApplicationRow.objects.select_related("round__intake").filter(id=application_id).first()
    if row is None or not may_see_application(actor, row.learner_id, row.round.institution):
        raise NotFound("application_unknown", "There is no such application, or it is not yours to see.")
    return shown_to(actor, as_application(row))


def applications_that_stand(learner_id: UUID, institution: str) -> tuple[Application, ...]:
    """A learner's applications at an institution that are not over, for actions that decide on what it may read."""
    rows = ApplicationRow.objects.filter(learner_id=learner_id, round__institution=institution)
    found = (as_application(row) for row in rows.select_related("round__intake"))
    return tuple(application for application in found if stands(application))


def inbox(
    actor: Actor,
    institution: str,
    filters: InboxFilters,
    *,
    now: datetime,
    name: str = "",
    number: int = 1,
    size: int = 50,
) -> Page[Entry]:
    """Whose records an institution may read now, for its admissions staff and registrars."""
    permit(may_read_disclosed(actor, institution), "see this inbox")
    rows = ApplicationRow.objects.filter(round__institution=institution).exclude(state__in=list(OVER))
    applications = (as_application(row) for row in rows.select_related("round__intake"))
    found = chosen(entries(consents_to(institution), applications, now), filters)
    if name:
        named = people_named((entry.learner_id for entry in found), name)
        found = tuple(entry for entry in found if entry.learner_id in named)
    return page_of(found, len(found), lambda entry: entry, number=number, size=size)


def waiting_for_admissions(actor: Actor) -> int:
    """How many applications wait for a decision and appeals for an answer, at the actor's institutions."""
    mine = actor.institutions_as("admissions")
    applications = ApplicationRow.objects.filter(round__institution__in=mine, state=State.SUBMITTED)
    appeals = AppealRow.objects.filter(application__round__institution__in=mine, upheld=None)
    return applications.count() + appeals.count()


def learners_in_state(actor: Actor, round_id: UUID, state: State) -> tuple[UUID, ...]:
    """Who stands where in a round, for its admissions staff, auditors and the system."""
    seen = actor.is_system or actor.has_role("auditor") or may_admit(actor, round_by_id(round_id).institution)
    permit(seen, "list applicants")
    rows = ApplicationRow.objects.filter(round_id=round_id, state=state).order_by("learner_id")
    return tuple(rows.values_list("learner_id", flat=True))


def ties(ids: Collection[UUID]) -> Iterable[tuple[UUID, Tie, str]]:
    """Where those people applied."""
    rows = ApplicationRow.objects.filter(learner_id__in=ids).values_list("learner_id", "round__institution").distinct()
    return ((learner, Tie.APPLIED, institution) for learner, institution in rows)


def obstacles(person_id: UUID) -> Iterable[Sentence]:
    """What of theirs is under way here, so that the account is not deleted yet."""
    under_way = [state for state, moves in MOVES.items() if State.WITHDRAWN in moves]
    for row in ApplicationRow.objects.filter(learner_id=person_id, state__in=under_way).select_related("round"):
        yield Sentence(
            "application_under_way",
            "Your application for {title} is under way. Withdraw it, or wait for its end.",
            title=row.round.title,
        )
    if AppealRow.objects.filter(application__learner_id=person_id, upheld=None).exists():
        yield Sentence("application_appeal_open", "Your appeal about an application is not decided yet.")


def standings(actor: Actor, agreement_ids: Iterable[str]) -> tuple[Standing, ...]:
    """Where every applicant under those agreements stands, for jobs of the system and auditors."""
    permit(actor.is_system or actor.has_role("auditor"), "list applicants")
    rows = ApplicationRow.objects.filter(round__agreement_id__in=list(agreement_ids))
    found = rows.values_list("learner_id", "round__agreement_id", "round__term", "state").order_by("submitted_at", "id")
    return tuple(Standing(learner, agreement, term, State(state)) for learner, agreement, term, state in found)


def appeals_of(actor: Actor, application_id: UUID) -> tuple[Appeal, ...]:
    """The appeals about an application, newest first, for whoever sees it."""
    application(actor, application_id)
    return appeals_about(application_id)


def appeals_about(application_id: UUID) -> tuple[Appeal, ...]:
    """The same for an application at hand."""
    rows = AppealRow.objects.filter(application_id=application_id).order_by("-filed_at")
    return tuple(as_appeal(row) for row in rows)


def open_appeals(actor: Actor, institution: str) -> tuple[Appeal, ...]:
    """Appeals that wait for an answer, the most pressing first, for the institution's admissions staff."""
    permit(may_admit(actor, institution), "see this institution's appeals")
    rows = AppealRow.objects.filter(application__round__institution=institution, upheld=None).order_by("due_at")
    return tuple(as_appeal(row) for row in rows)


def owes_fee(found: Application | ApplicationRow) -> bool:
    """Whether the fee of an application at hand is owed still: neither paid nor waived."""
    return found.fee_charge_id is not None and found.waiver != Waiver.GRANTED and not is_paid(found.fee_charge_id)


def owes_deposit(found: Application | ApplicationRow) -> bool:
    """Whether the deposit that keeps the place of an application at hand is owed still."""
    return found.deposit_charge_id is not None and not is_paid(found.deposit_charge_id)


def cohorts(actor: Actor, institution: str) -> Mapping[str, int]:
    """How many have taken a place, by the first term of their studies, for the institution's staff."""
    permit(may_admit(actor, institution) or actor.has_role("registrar", institution), "see these cohorts")
    rows = ApplicationRow.objects.filter(round__institution=institution, state__in=["accepted", "joined"])
    counted = rows.values_list("first_term").annotate(Count("id")).order_by("first_term")
    return {term: count for term, count in counted}


def bridge_standing_of(actor: Actor, application_id: UUID, now: datetime) -> BridgeStanding | None:
    """How far somebody admitted provisionally has come; None for everybody else."""
    found = application(actor, application_id)
    agreement = agreement_on(found.round.agreement_id, now.date())
    bridge = terms_of(agreement.terms).bridge
    if bridge is None or found.state != State.PROVISIONAL:
        return None
    record = learner_record(system_actor("admissions"), found.learner_id)
    (audit,) = audits_of([record], agreement, now.date())
    return bridge_standing(bridge, record, audit.outcome == "met", found.provisional_until, now)


def as_application(row: ApplicationRow) -> Application:
    """A row, with its round and intake, as a value."""
    return Application(
        row.id,
        row.learner_id,
        as_round(row.round),
        State(row.state),
        row.audit_id,
        row.eligibility,
        row.score,
        row.statement,
        row.submitted_at,
        as_told(row.reasons),
        row.decided_by,
        row.rank,
        row.place,
        row.answer_by,
        row.decided_at,
        row.first_term or row.round.term,
        row.deferred_months,
        row.provisional_until,
        row.fee_charge_id,
        row.deposit_charge_id,
        row.waiver,
        row.waiver_reason,
    )


def as_appeal(row: AppealRow) -> Appeal:
    """A row as a value."""
    return Appeal(
        row.id, row.application_id, row.text, row.filed_at, row.due_at, row.upheld, row.decided_by, row.reason
    )
