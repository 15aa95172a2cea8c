"""What can be done with one application now: the checks that each action makes, asked at once for its page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from linkspan.admissions.rules.applications import (
    Appeal,
    Application,
    Mode,
    Round,
    State,
    Waiver,
    may_decide,
    next_state,
)
from linkspan.admissions.rules.intakes import Intake
from linkspan.admissions.rules.terms import Terms, check_deferral, later_term
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable, Waits

APPEALABLE = frozenset({State.REFUSED, State.NO_SEAT, State.INCOMPLETE})


class Act(StrEnum):
    """What the learner does with their application, and what the admissions office does with it."""

    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    DEFER = "defer"
    ASK_WAIVER = "ask_waiver"
    APPEAL = "appeal"
    SCORE = "score"
    ADMIT = "admit"
    REFUSE = "refuse"
    ADMIT_PROVISIONALLY = "admit_provisionally"
    DECIDE_WAIVER = "decide_waiver"
    CONFIRM_JOINING = "confirm_joining"


@dataclass(frozen=True, slots=True)
class Case:
    """An application with all that says what can be done with it.

    `terms` are the agreement's of today; `holds` say to the office why a person looks at it first; `appeal_until` is
    None where the agreement knows no appeal.
    """

    application: Application
    intake: Intake
    terms: Terms
    fee_open: bool
    deposit_open: bool
    holds: tuple[str, ...]
    appeals: tuple[Appeal, ...]
    appeal_until: datetime | None

    @property
    def unmatched(self) -> bool:
        """Whether a matching comes first: the intake has a ranked program, and is not decided."""
        ranked = any(round_.mode == Mode.RANKED for round_ in self.intake.rounds)
        return ranked and self.intake.decided_at is None

    @property
    def appealed(self) -> bool:
        """Whether its decision was appealed against."""
        decided_at = self.application.decided_at
        return decided_at is not None and any(appeal.filed_at >= decided_at for appeal in self.appeals)


type Check = Callable[[Case, datetime], None]


def check_scores_open(round_: Round) -> None:
    """Refused where no scores rank applications, and once the scores of a round stand."""
    if round_.mode != Mode.RANKED:
        raise Refused("round_unranked", "This round decides on each application by itself, without scores.")
    if round_.decided_at is not None:
        raise Refused("round_decided", "The round is decided; its scores stand.")
    if round_.certified_by:
        raise Refused(
            "list_certified",
            "{certified_by} certified this list; its scores stand.",
            certified_by=round_.certified_by,
        )


def check_looked_at(holds: tuple[str, ...]) -> None:
    """Waits while a person has to look at the case first."""
    if holds:
        raise Waits("on_hold", "The case waits for a person to look at it, at the desk for cases on hold.", holds)


def check_matched(unmatched: bool) -> None:
    """Refused for one application before the matching of all."""
    if unmatched:
        raise Refused("round_not_decided", "This round is ranked: its matching comes first.")


def check_fee(fee_open: bool) -> None:
    """Refused while the application fee is owed."""
    if fee_open:
        raise Refused("fee_open", "The application fee is neither paid nor waived yet.")


def check_deposit(deposit_open: bool) -> None:
    """Refused while the deposit is owed."""
    if deposit_open:
        raise Refused("deposit_open", "The deposit is not paid yet.")


def check_waivable(terms: Terms, fee_open: bool, waiver: str) -> None:
    """Refused unless there is a fee to waive, and nobody refused to."""
    if not fee_open or not terms.fee_waivable:
        raise Refused("no_fee_to_waive", "There is no open fee here that can be waived.")
    if waiver == Waiver.REFUSED:
        raise Refused("waiver_decided", "Your request was decided already.")


def check_waiver_asked(waiver: str) -> None:
    """Refused where nobody asks."""
    if waiver != Waiver.ASKED:
        raise Refused("no_waiver_asked", "There is no open request here.")


def check_place_taken(state: State) -> None:
    """Refused where there is no place to keep."""
    if state != State.ACCEPTED:
        raise Refused("no_place_to_defer", "Only an accepted place can be deferred. Accept the offer first.")


def check_bridge(terms: Terms) -> None:
    """Refused where the agreement knows no admission course."""
    if terms.bridge is None:
        raise Refused("no_admission_course", "This agreement has no admission course.")


def check_decision(state: State, decided_at: datetime | None) -> datetime:
    """When the decision was made that one can appeal against; Refused where there is none."""
    if state not in APPEALABLE or decided_at is None:
        raise Refused("nothing_to_appeal", "There is no decision here that can be appealed.")
    return decided_at


def check_in_time(last: datetime | None, now: datetime) -> None:
    """Refused once the time to appeal is over."""
    if last is None:
        raise Refused("appeal_too_late", "This agreement provides for no appeal.")
    if now >= last:
        raise Refused("appeal_too_late", "The time to appeal ended on {day}.", day=f"{last:%Y-%m-%d}")


def check_not_appealed(appealed: bool) -> None:
    """Refused for a decision that was appealed against before."""
    if appealed:
        raise Refused("appealed_already", "You appealed against this decision already.")


def _to(state: State) -> Check:
    def check(case: Case, _now: datetime) -> None:
        next_state(case.application.state, state)

    return check


def _decided(to: State) -> Check:
    def check(case: Case, _now: datetime) -> None:
        check_looked_at(case.holds)
        check_matched(case.unmatched)
        check_fee(case.fee_open)
        next_state(case.application.state, to)

    return check


def _provisional(case: Case, _now: datetime) -> None:
    check_looked_at(case.holds)
    check_fee(case.fee_open)
    check_bridge(case.terms)
    next_state(case.application.state, State.PROVISIONAL)


def _joining(case: Case, _now: datetime) -> None:
    check_looked_at(case.holds)
    check_deposit(case.deposit_open)
    next_state(case.application.state, State.JOINED)


def _deferral(case: Case, _now: datetime) -> None:
    check_place_taken(case.application.state)
    later_term(case.application.first_term, 12)
    check_deferral(case.terms, case.application.deferred_months, 12)


def _appeal(case: Case, now: datetime) -> None:
    check_decision(case.application.state, case.application.decided_at)
    check_in_time(case.appeal_until, now)
    check_not_appealed(case.appealed)


OF_LEARNER: Mapping[Act, Check] = {
    Act.ACCEPT: _to(State.ACCEPTED),
    Act.DECLINE: _to(State.DECLINED),
    Act.WITHDRAW: _to(State.WITHDRAWN),
    Act.DEFER: _deferral,
    Act.ASK_WAIVER: lambda case, _now: check_waivable(case.terms, case.fee_open, case.application.waiver),
    Act.APPEAL: _appeal,
}
OF_OFFICE: Mapping[Act, Check] = {
    Act.SCORE: lambda case, _now: check_scores_open(case.application.round),
    Act.ADMIT: _decided(State.OFFERED),
    Act.REFUSE: _decided(State.REFUSED),
    Act.ADMIT_PROVISIONALLY: _provisional,
    Act.DECIDE_WAIVER: lambda case, _now: check_waiver_asked(case.application.waiver),
    Act.CONFIRM_JOINING: _joining,
    Act.DEFER: _deferral,
}


def acts_open(actor: Actor, case: Case, now: datetime) -> tuple[Act, ...]:
    """What the actor can do with it now: as its learner, or as the office that decides on it."""
    found = case.application
    if actor.is_person(found.learner_id):
        checks = OF_LEARNER
    else:
        checks = OF_OFFICE if may_decide(actor, found.learner_id, found.round.institution) else {}
    return tuple(act for act, check in checks.items() if _passes(check, case, now))


def _passes(check: Check, case: Case, now: datetime) -> bool:
    try:
        check(case, now)
    except (Refused, Unusable):
        return False
    return True
