"""Tuition forgone, paid and to come, by agreement and cohort."""

from datetime import date

from linkspan.catalog.queries import price_in_force
from linkspan.finance.queries import account_total, charged_by, forgone_tuition, paid_to
from linkspan.finance.rules import Account, Forgone
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import permit
from linkspan.kernel.money import Money
from linkspan.kernel.replica import may_be_late
from linkspan.outcomes.queries.funnels import source_of
from linkspan.outcomes.rules.access import may_see_funnel, may_see_outcomes
from linkspan.outcomes.rules.economics import Terms, TuitionLine
from linkspan.outcomes.rules.funnel import Balance
from linkspan.outcomes.rules.told import ToldLine, tell_line
from linkspan.pathways.queries import AgreementVersion, agreements_on
from linkspan.pathways.rules import most_recognised
from linkspan.recognition.queries import plans_under

SYSTEM = system_actor("outcomes")


@may_be_late
def balance(actor: Actor, on: date, currency: str = "USD") -> Balance:
    """Tuition forgone against tuition charged: of everybody for auditors and the system, of their schools for deans."""
    permit(may_see_outcomes(actor), "see outcomes")
    if actor.is_system or actor.has_role("auditor"):
        return Balance(account_total(Account.TUITION_FORGONE, currency), -account_total(Account.TUITION, currency))
    mine = actor.institutions_as("dean")
    rows = forgone_tuition(SYSTEM, [a.id for a in agreements_on(on) if a.receiving in mine])
    forgone = Money.total((row.amount for row in rows if row.amount.currency == currency), currency)
    return Balance(forgone, charged_by(SYSTEM, mine, currency))


@may_be_late
def tuition_lines(actor: Actor, on: date) -> tuple[ToldLine, ...]:
    """One line per agreement, cohort and currency, for deans of a party and auditors; agreements by title.

    Paid is what the pathway's learners have paid to the receiving school, to come is what is open in their degree
    plans at the price in force. The amounts are the receiving school's own, and its partner is not told them.
    """
    permit(may_see_outcomes(actor), "see tuition forgone")
    seen = [a for a in agreements_on(on) if may_see_funnel(actor, a.receiving, source_of(a).partition("/")[0])]
    by_agreement: dict[str, list[Forgone]] = {}
    for row in forgone_tuition(SYSTEM, [a.id for a in seen]):
        by_agreement.setdefault(row.agreement_id, []).append(row)
    return tuple(
        tell_line(line, may_see_funnel(actor, agreement.receiving))
        for agreement in seen
        if agreement.id in by_agreement
        for line in _lines(agreement, by_agreement, on)
    )


def _lines(agreement: AgreementVersion, by_agreement: dict[str, list[Forgone]], on: date) -> list[TuitionLine]:
    rows = by_agreement[agreement.id]
    plans = plans_under(SYSTEM, agreement.id)
    lines = []
    for cohort, currency in sorted({(row.cohort, row.amount.currency) for row in rows}):
        group = [row for row in rows if (row.cohort, row.amount.currency) == (cohort, currency)]
        paid = paid_to(SYSTEM, agreement.receiving, currency)
        price = price_in_force(f"degree-course:{agreement.receiving}", on)
        zero = Money.zero(currency)
        each = price if price is not None and price.currency == currency else zero
        courses = sum(plans[row.learner_id].open for row in group if row.learner_id in plans)
        lines.append(
            TuitionLine(
                agreement.id,
                cohort,
                len(group),
                Money.total((row.amount for row in group), currency),
                Money.total((paid.get(row.learner_id, zero) for row in group), currency),
                each * courses,
            )
        )
    return lines


def agreement_terms(agreement: AgreementVersion, on: date) -> Terms | None:
    """An agreement in money, from its places, the most that it recognises and the price; None if one is not stated."""
    stated, degree = agreement.terms.tuition, agreement.terms.receiving
    price = price_in_force(f"degree-course:{agreement.receiving}", on)
    price = price or (stated.per_course.money if stated and stated.per_course else None)
    courses = degree.courses or sum(place.courses for place in degree.slots)
    most = most_recognised(agreement.terms.in_force)
    if price is None or not courses or most is None:
        return None
    waived = sum(row.tuition_waived for row in most)
    zero = Money.zero(price.currency)
    return Terms(min(waived, courses), max(courses - waived, 0), price, zero, zero)
