"""Applications: their states, who may do what, and what the rules propose."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from linkspan.admissions.rules.scores import Better
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused
from linkspan.kernel.reasons import Sentence
from linkspan.pathways.rules import Node


class State(StrEnum):
    """Where an application stands.

    `no_seat` is admissible and on the waiting list; `incomplete` lacks evidence, which is no refusal; `on_hold`
    waits for a person to look at the case, neither admitted nor refused; `not_needed` lost
    to a higher choice of the same applicant; `lapsed` is an offer not answered in time; `provisional` is admitted to
    the admission course only; `cancelled` ended with its round; `joined` is formal admission.
    """

    SUBMITTED = "submitted"
    REFUSED = "refused"
    INCOMPLETE = "incomplete"
    ON_HOLD = "on_hold"
    NO_SEAT = "no_seat"
    NOT_NEEDED = "not_needed"
    PROVISIONAL = "provisional"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    JOINED = "joined"


ELSEWHERE = Sentence("place_elsewhere", "The applicant has a place elsewhere.")
#: What a matching, or a person deciding one application, may make of it.
_DECIDED = frozenset({State.REFUSED, State.INCOMPLETE, State.ON_HOLD, State.NO_SEAT, State.NOT_NEEDED, State.OFFERED})
_ENDED = frozenset({State.WITHDRAWN, State.CANCELLED})
MOVES: Mapping[State, frozenset[State]] = {
    State.SUBMITTED: _DECIDED | _ENDED | {State.PROVISIONAL},
    State.INCOMPLETE: _DECIDED | _ENDED | {State.PROVISIONAL},
    State.ON_HOLD: _DECIDED | _ENDED | {State.PROVISIONAL},
    State.NO_SEAT: _DECIDED | _ENDED,
    State.NOT_NEEDED: _DECIDED | _ENDED,
    State.OFFERED: frozenset({State.ACCEPTED, State.DECLINED, State.WITHDRAWN, State.LAPSED, State.NOT_NEEDED}),
    State.ACCEPTED: frozenset({State.JOINED, State.WITHDRAWN}),
    State.PROVISIONAL: frozenset({State.OFFERED, State.REFUSED, State.WITHDRAWN}),
    State.REFUSED: frozenset({State.OFFERED, State.PROVISIONAL}),
    State.DECLINED: frozenset(),
    State.LAPSED: frozenset({State.OFFERED}),
    State.WITHDRAWN: frozenset(),
    State.CANCELLED: frozenset(),
    State.JOINED: frozenset(),
}


#: Offers that take a seat.
HOLDING = frozenset({State.PROVISIONAL, State.OFFERED, State.ACCEPTED, State.JOINED})
#: Offers that their learner has taken: they are pinned, and the learner competes for nothing else.
PINNED = HOLDING - {State.OFFERED}
#: Who waits for a matching.
WAITING = frozenset({State.SUBMITTED, State.INCOMPLETE, State.ON_HOLD, State.NO_SEAT, State.NOT_NEEDED})
#: Who gave an offer up and is not asked again by a matching.
GIVEN_UP = frozenset({State.DECLINED, State.LAPSED})
LEAST_DAYS_TO_ANSWER = 7


class Mode(StrEnum):
    """Rolling: decided one by one, seats taken as they go. Ranked: one matching at the end of the window."""

    ROLLING = "rolling"
    RANKED = "ranked"


@dataclass(frozen=True, slots=True)
class Reserve:
    """At least `seats` for members of a group, whom a rule of the agreement's language finds in the record."""

    group: str
    seats: int
    rule: Node


@dataclass(frozen=True, slots=True)
class Round:
    """A program in an intake, under one agreement; `seats` None means a place for everybody who meets its terms.

    Times are in the institution's zone when shown. `ties`, `tie_break`, `reserves` and `reserve_order` are what the
    agreement says on equal scores and reserved seats. `decided_at` is when its intake was first matched. `automatic`
    rounds offer a place at once to whoever meets every clause, in the name of `opened_by`, who opened the round so.
    """

    id: UUID
    agreement_id: str
    institution: str
    title: str
    term: str
    mode: Mode
    seats: int | None
    opens_at: datetime
    closes_at: datetime
    intake_id: UUID
    decided_at: datetime | None
    ties: str = "lottery"
    tie_break: tuple[str, ...] = ()
    reserves: tuple[Reserve, ...] = ()
    reserve_order: str = "reserve_first"
    certified_by: str = ""
    certifier_id: UUID | None = None
    cutoff: Decimal | None = None
    automatic: bool = False
    opened_by: str = ""
    better: Better = Better.HIGHER
    cancelled_at: datetime | None = None
    cancel_reason: str = ""
    seats_taken: int = 0


@dataclass(frozen=True, slots=True)
class Application:
    """One application with the decision, if there is one. `reasons` are the decision's, in words."""

    id: UUID
    learner_id: UUID
    round: Round
    state: State
    audit_id: UUID
    eligibility: str
    score: Decimal | None
    statement: str
    submitted_at: datetime
    reasons: tuple[str, ...]
    decided_by: str
    rank: int | None
    place: int | None
    answer_by: datetime | None
    decided_at: datetime | None
    first_term: str
    deferred_months: int
    provisional_until: datetime | None
    fee_charge_id: UUID | None
    deposit_charge_id: UUID | None
    waiver: str
    waiver_reason: str

    @property
    def cutoff(self) -> Decimal | None:
        """The published cut-off of its program."""
        return self.round.cutoff


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one applicant stands under an agreement, for whoever counts."""

    learner_id: UUID
    agreement_id: str
    term: str
    state: State


class Waiver(StrEnum):
    """What became of the wish not to pay the application fee."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Appeal:
    """An appeal against a decision: answered by `due_at`, by somebody else than who decided."""

    id: UUID
    application_id: UUID
    text: str
    filed_at: datetime
    due_at: datetime
    upheld: bool | None
    decided_by: str
    reason: str

    def is_late(self, now: datetime) -> bool:
        """Whether the clock ran out without an answer."""
        return self.upheld is None and now >= self.due_at


@dataclass(frozen=True, slots=True)
class MatchRun:
    """One matching of an intake as it is published: number from 1, when, by whom, and the hashes."""

    number: int
    at: datetime
    decided_by: str
    input_sha256: str
    output_sha256: str


@dataclass(frozen=True, slots=True)
class Replay:
    """A matching done again: whether it gives the stored hashes, and its result."""

    number: int
    same: bool
    result: Mapping[str, Any]


def next_state(now_in: State, to: State) -> State:
    """The state after a move; Refused if it is not one of the table."""
    if to not in MOVES[now_in]:
        words = to.replace("_", " ")
        raise Refused(
            "move_not_allowed",
            "An application that is {now_in} cannot become {words}.",
            now_in=now_in.replace("_", " "),
            words=words,
        )
    return to


def answer_deadline(round_deadline: datetime | None, now: datetime) -> datetime | None:
    """When an offer made now lapses: at the round's deadline, yet never sooner than `LEAST_DAYS_TO_ANSWER` days."""
    return None if round_deadline is None else max(round_deadline, now + timedelta(days=LEAST_DAYS_TO_ANSWER))


def check_window(round_: Round, now: datetime) -> None:
    """Refused outside the round's window, and in a round that was cancelled."""
    if round_.cancelled_at is not None:
        raise Refused("round_cancelled", "This round was cancelled. See the next round.")
    if now < round_.opens_at:
        raise Refused(
            "round_not_open", "Applications open on {opens_at}.", opens_at=format(round_.opens_at, "%Y-%m-%d")
        )
    if now >= round_.closes_at:
        raise Refused(
            "round_closed",
            "Applications closed on {closes_at}. See the next round.",
            closes_at=format(round_.closes_at, "%Y-%m-%d"),
        )


def check_not_withdrawn(application: Application) -> None:
    """Refused for an application that its learner withdrew: that stands in its round."""
    if application.state == State.WITHDRAWN:
        words = "You withdrew from this round, so you cannot apply in it again. Apply in the next round."
        raise Refused("application_withdrawn", words)


def proposal_for(audit_result: Mapping[str, Any]) -> tuple[State, tuple[str, ...]]:
    """What the rules propose for one application, with the reasons.

    An offer if every clause is met; documents to be asked for if nothing speaks against it but evidence is missing;
    else a refusal.
    """
    if audit_result["outcome"] == "met":
        return State.OFFERED, (Sentence("all_met", "Every clause of the agreement is met."),)
    proposed = State.INCOMPLETE if audit_result["outcome"] == "unknown" else State.REFUSED
    return proposed, tuple(
        Sentence("clause_open", "Clause {clause}: {text}", clause=row["clause"], text=row["text"])
        for row in audit_result["missing"]
    )


def may_admit(actor: Actor, institution: str) -> bool:
    """Admissions staff of the receiving institution."""
    return actor.has_role("admissions", institution)


def may_decide(actor: Actor, learner_id: UUID, institution: str) -> bool:
    """Admissions staff of the receiving institution, and never on an application of their own."""
    return may_admit(actor, institution) and not actor.is_person(learner_id)


def may_open_round(actor: Actor, institution: str) -> bool:
    """Admissions staff and registrars of the institution, and the system when it loads a world."""
    return actor.is_system or may_admit(actor, institution) or actor.has_role("registrar", institution)


def may_match(actor: Actor, coordinator: str) -> bool:
    """Admissions staff of the institution that coordinates the intake."""
    return may_admit(actor, coordinator)


def may_replay(actor: Actor, institution: str) -> bool:
    """Admissions staff of the institution, auditors and the system."""
    return actor.is_system or may_admit(actor, institution) or actor.has_role("auditor")


def may_export_case(actor: Actor) -> bool:
    """Auditors: a case leaves whole, with its papers."""
    return actor.has_role("auditor")


def may_see_application(actor: Actor, learner_id: UUID, institution: str) -> bool:
    """The learner, admissions staff and registrars of the institution, auditors and the system."""
    staff = may_admit(actor, institution) or actor.has_role("registrar", institution) or actor.has_role("auditor")
    return actor.is_system or actor.is_person(learner_id) or staff


def shown_to(actor: Actor, found: Application) -> Application:
    """What somebody who may see the application sees of it.

    The order of the applicant's choices, and which other program they chose or were given, are theirs alone: everybody
    else learns that they have a place elsewhere, and no more.
    """
    if actor.is_system or actor.is_person(found.learner_id):
        return found
    reasons = (ELSEWHERE,) if found.state == State.NOT_NEEDED else found.reasons
    return replace(found, rank=None, reasons=reasons)


def may_answer_appeal(actor: Actor, learner_id: UUID, institution: str, decider_id: UUID | None) -> bool:
    """Admissions staff of the institution, other than who decided, and never the applicant."""
    return may_admit(actor, institution) and actor.person_id not in (learner_id, decider_id)


def order_shown(choices: Iterable[Application]) -> dict[str, str]:
    """One's choices in their order, as the form for it shows them."""
    live = [choice for choice in choices if choice.state not in (State.WITHDRAWN, State.CANCELLED)]
    lines = [f"{n}. {choice.round.institution}: {choice.round.title}" for n, choice in enumerate(live, 1)]
    return {"your_choices": "\n".join(lines)}
