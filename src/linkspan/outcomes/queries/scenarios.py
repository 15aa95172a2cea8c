"""The simulator's starting point, from a round as it was decided."""

from datetime import datetime
from uuid import UUID

from linkspan.admissions.queries import round_by_id, standings
from linkspan.admissions.rules import GIVEN_UP, State
from linkspan.kernel.actor import Actor
from linkspan.kernel.bands import FIVES, total
from linkspan.kernel.errors import permit
from linkspan.kernel.replica import may_be_late
from linkspan.outcomes.queries.funnels import SYSTEM, funnel, source_of
from linkspan.outcomes.queries.tuition import agreement_terms
from linkspan.outcomes.rules.access import may_see_funnel
from linkspan.outcomes.rules.comparison import Interval
from linkspan.outcomes.rules.scenario import MOST_PARTNERS, Partner, Scenario
from linkspan.outcomes.rules.told import share
from linkspan.pathways.queries import agreement_on

#: Who has taken an offer.
TAKEN = frozenset({State.ACCEPTED, State.JOINED})


@may_be_late
def scenario_of(actor: Actor, round_id: UUID, now: datetime) -> Scenario:
    """What a decided round and the network's other pathways make of the simulator's fields.

    It starts from the middle of each band, so that it tells no more than the funnel. Interest is shared out equally
    over the partners with stated terms: nobody knows it yet. Permission is the funnel's.
    """
    round_ = round_by_id(round_id)
    when = round_.decided_at or now
    key = source_of(agreement_on(round_.agreement_id, when.date()))
    found = funnel(actor, key, round_id, when)
    stated = []
    for other in found.elsewhere:
        terms = agreement_terms(agreement_on(other.agreement_id, when.date()), when.date())
        if terms is not None:
            stated.append((other, terms))
    stated = stated[:MOST_PARTNERS]
    people = {name: band.middle for name, band in found.steps.items()}
    reach = max(people["without_seat"], 1)
    partners = tuple(
        Partner(
            other.title,
            round(1 / len(stated) - 0.0005, 3) if len(stated) > 1 else 1.0,
            round(min((other.eligible_now.middle + other.one_clause_short.middle) / reach, 1.0), 4),
            1.0,
            0.0,
            None,
            terms,
        )
        for other, terms in stated
    )
    completers, admissible = people["completers"], people["admissible"]
    share = min(admissible / completers, 1.0) if completers else 0.0
    seats = round_.seats if round_.seats is not None else admissible
    answered = answered_offers(actor, round_id, now)
    takes_up = round((answered.low + answered.high) / 2, 2) if answered else 1.0
    return Scenario(completers, round(share, 4), seats, takes_up, partners)


def answered_offers(actor: Actor, round_id: UUID, now: datetime) -> Interval | None:
    """The share of a round's answered offers that were accepted, as told bands leave it open; None of few.

    Permission is the funnel's.
    """
    round_ = round_by_id(round_id)
    agreement = agreement_on(round_.agreement_id, (round_.decided_at or now).date())
    permit(may_see_funnel(actor, agreement.receiving, agreement.terms.sending.institution), "see this funnel")
    states = [one.state for one in standings(SYSTEM, [agreement.id]) if one.term == round_.term]
    accepted = sum(state in TAKEN for state in states)
    given_up = sum(state in GIVEN_UP for state in states)
    answered = total((accepted, given_up))
    return share(FIVES.band(accepted), answered) if answered.low else None
