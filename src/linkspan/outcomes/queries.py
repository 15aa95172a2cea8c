"""Reads over everything below."""

from datetime import datetime
from uuid import UUID

from linkspan.admissions.queries import learners_in_state, round_by_id, round_counts
from linkspan.admissions.rules.applications import State
from linkspan.catalog.queries import program
from linkspan.credentials.queries import result_of
from linkspan.credentials.rules import completion
from linkspan.finance.queries import account_total
from linkspan.finance.rules import Account
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import permit
from linkspan.outcomes.rules import Balance, Elsewhere, Funnel, may_see_funnel, may_see_outcomes
from linkspan.pathways.queries import Agreement, agreement_on, agreements_on, audits_of
from linkspan.pathways.rules.audit import USABLE, Audit
from linkspan.records.queries import facts_of_many, learner_records, learners_with
from linkspan.records.rules import Kind

SYSTEM = system_actor("outcomes")


def funnel(actor: Actor, program_key: str, round_id: UUID, now: datetime) -> Funnel:
    """The funnel of a program's completers into a round's seats, and what the network offers those without one.

    Everything is read as it stood at that instant. Completers are counted over the grades of record, admissible by the
    audit engine over the records, admitted and without a seat by the round.
    """
    on = now.date()
    round_ = round_by_id(round_id)
    agreement = agreement_on(round_.agreement_id, on)
    sending = agreement.document["sending"]["institution"]
    permit(may_see_funnel(actor, agreement.receiving, sending), "see this funnel")
    tree = program(program_key, on).requirements
    graded = learners_with(SYSTEM, Kind.COURSE_GRADE, None)
    completers = [
        learner
        for learner, facts in facts_of_many(SYSTEM, graded, now).items()
        if completion(tree, (result_of(fact) for fact in facts)).complete
    ]
    records = learner_records(SYSTEM, completers, now)
    judged = dict(zip(records, audits_of(records.values(), agreement, on), strict=True))
    admissible = sum(1 for audit in judged.values() if audit.outcome == "met")
    counts = round_counts(round_id)
    left = learners_in_state(SYSTEM, round_id, State.NO_SEAT)
    without = [records[learner] for learner in left if learner in records]
    others = [a for a in agreements_on(on) if a.id != agreement.id and _same_source(a, agreement)]
    offers = [(other, audits_of(without, other, on)) for other in others]
    elsewhere = tuple(_elsewhere(other, audits) for other, audits in offers)
    reached = {number for _, audits in offers for number, audit in enumerate(audits) if _in_reach(audit)}
    admitted = sum(counts.get(state, 0) for state in (State.OFFERED, State.ACCEPTED, State.JOINED))
    without_seat = counts.get(State.NO_SEAT, 0)
    return Funnel(program_key, len(completers), admissible, admitted, without_seat, elsewhere, len(reached))


def _same_source(one: Agreement, other: Agreement) -> bool:
    return (one.document["sending"]["institution"], one.document["sending"]["program"]) == (
        other.document["sending"]["institution"],
        other.document["sending"]["program"],
    )


def _in_reach(audit: Audit) -> bool:
    return audit.status == USABLE and (audit.outcome == "met" or len(audit.missing) == 1)


def _elsewhere(agreement: Agreement, audits: tuple[Audit, ...]) -> Elsewhere:
    usable = [audit for audit in audits if audit.status == USABLE]
    return Elsewhere(
        agreement.id,
        agreement.receiving,
        agreement.title,
        sum(1 for audit in usable if audit.outcome == "met"),
        sum(1 for audit in usable if audit.outcome != "met" and _in_reach(audit)),
    )


def balance(actor: Actor, currency: str = "USD") -> Balance:
    """Tuition forgone against tuition charged."""
    permit(may_see_outcomes(actor), "see outcomes")
    return Balance(account_total(Account.TUITION_FORGONE, currency), -account_total(Account.TUITION, currency))
