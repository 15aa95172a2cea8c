"""Where an attempt stands, and who moves it there: the one table of an attempt's life."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from linkspan.kernel.errors import Refused


class AttemptState(StrEnum):
    """Where an attempt stands."""

    CREATED = "created"
    IDENTITY_CONFIRMED = "identity_confirmed"
    STARTED = "started"
    PAUSED = "paused"
    ERROR = "error"
    SUBMITTED = "submitted"
    SECOND_REVIEW = "second_review"
    REJECTION_PROPOSED = "rejection_proposed"
    VERIFIED = "verified"
    REJECTED = "rejected"
    NO_SHOW = "no_show"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class Act(StrEnum):
    """What moves an attempt."""

    CONFIRM_IDENTITY = "confirm_identity"
    DECLINE = "decline"
    START = "start"
    PAUSE = "pause"
    FAIL = "fail"
    RESUME = "resume"
    SUBMIT = "submit"
    TIME_OVER = "time_over"
    MISS = "miss"
    CANCEL = "cancel"
    ASK_SECOND_REVIEW = "ask_second_review"
    ACCEPT = "accept"
    PROPOSE_REJECTION = "propose_rejection"
    REJECT = "reject"
    LIFT = "lift"
    READY = "ready"
    SERVICE_ACCEPT = "service_accept"
    SERVICE_PAUSE = "service_pause"
    SERVICE_RESUME = "service_resume"
    BEGIN_BREAK = "begin_break"
    END_BREAK = "end_break"
    BREAK_OVER = "break_over"


class Who(StrEnum):
    """Who does it; a second person is none of those who acted on the attempt before."""

    LEARNER = "learner"
    PROCTOR = "proctor"
    REVIEWER = "reviewer"
    SECOND_PERSON = "second_person"
    STAFF = "proctor_or_staff"
    CLOCK = "clock"
    SERVICE = "proctoring_service"


@dataclass(frozen=True, slots=True)
class Move:
    """One way out of a state."""

    start: AttemptState
    act: Act
    who: Who
    end: AttemptState


_S, _A, _W = AttemptState, Act, Who
MOVES = (
    Move(_S.CREATED, _A.CONFIRM_IDENTITY, _W.PROCTOR, _S.IDENTITY_CONFIRMED),
    Move(_S.CREATED, _A.READY, _W.SERVICE, _S.IDENTITY_CONFIRMED),
    Move(_S.CREATED, _A.DECLINE, _W.LEARNER, _S.DECLINED),
    Move(_S.CREATED, _A.MISS, _W.CLOCK, _S.NO_SHOW),
    Move(_S.CREATED, _A.CANCEL, _W.STAFF, _S.CANCELLED),
    Move(_S.IDENTITY_CONFIRMED, _A.START, _W.LEARNER, _S.STARTED),
    Move(_S.IDENTITY_CONFIRMED, _A.DECLINE, _W.LEARNER, _S.DECLINED),
    Move(_S.IDENTITY_CONFIRMED, _A.MISS, _W.CLOCK, _S.NO_SHOW),
    Move(_S.IDENTITY_CONFIRMED, _A.CANCEL, _W.STAFF, _S.CANCELLED),
    Move(_S.STARTED, _A.PAUSE, _W.PROCTOR, _S.PAUSED),
    Move(_S.STARTED, _A.SERVICE_PAUSE, _W.SERVICE, _S.PAUSED),
    Move(_S.STARTED, _A.FAIL, _W.PROCTOR, _S.ERROR),
    Move(_S.STARTED, _A.SUBMIT, _W.LEARNER, _S.SUBMITTED),
    Move(_S.STARTED, _A.TIME_OVER, _W.CLOCK, _S.SUBMITTED),
    Move(_S.STARTED, _A.CANCEL, _W.STAFF, _S.CANCELLED),
    Move(_S.STARTED, _A.BEGIN_BREAK, _W.LEARNER, _S.PAUSED),
    Move(_S.PAUSED, _A.END_BREAK, _W.LEARNER, _S.STARTED),
    Move(_S.PAUSED, _A.BREAK_OVER, _W.CLOCK, _S.STARTED),
    Move(_S.PAUSED, _A.RESUME, _W.PROCTOR, _S.STARTED),
    Move(_S.PAUSED, _A.SERVICE_RESUME, _W.SERVICE, _S.STARTED),
    Move(_S.PAUSED, _A.FAIL, _W.PROCTOR, _S.ERROR),
    Move(_S.PAUSED, _A.TIME_OVER, _W.CLOCK, _S.SUBMITTED),
    Move(_S.PAUSED, _A.CANCEL, _W.STAFF, _S.CANCELLED),
    Move(_S.ERROR, _A.CONFIRM_IDENTITY, _W.PROCTOR, _S.PAUSED),
    Move(_S.ERROR, _A.READY, _W.SERVICE, _S.PAUSED),
    Move(_S.ERROR, _A.TIME_OVER, _W.CLOCK, _S.SUBMITTED),
    Move(_S.ERROR, _A.CANCEL, _W.STAFF, _S.CANCELLED),
    Move(_S.SUBMITTED, _A.ACCEPT, _W.REVIEWER, _S.VERIFIED),
    Move(_S.SUBMITTED, _A.PROPOSE_REJECTION, _W.REVIEWER, _S.REJECTION_PROPOSED),
    Move(_S.SUBMITTED, _A.ASK_SECOND_REVIEW, _W.REVIEWER, _S.SECOND_REVIEW),
    Move(_S.SUBMITTED, _A.SERVICE_ACCEPT, _W.SERVICE, _S.VERIFIED),
    Move(_S.SECOND_REVIEW, _A.ACCEPT, _W.SECOND_PERSON, _S.VERIFIED),
    Move(_S.SECOND_REVIEW, _A.PROPOSE_REJECTION, _W.SECOND_PERSON, _S.REJECTION_PROPOSED),
    Move(_S.REJECTION_PROPOSED, _A.ACCEPT, _W.SECOND_PERSON, _S.VERIFIED),
    Move(_S.REJECTION_PROPOSED, _A.REJECT, _W.SECOND_PERSON, _S.REJECTED),
    Move(_S.REJECTED, _A.LIFT, _W.SECOND_PERSON, _S.VERIFIED),
)
#: States that nothing done by learner, clock or provider leaves; only a named second person lifts what one says.
FINAL = tuple(state for state in AttemptState if all(move.act is Act.LIFT for move in MOVES if move.start is state))
#: Handed in, and without a verdict.
IN_REVIEW = (AttemptState.SUBMITTED, AttemptState.SECOND_REVIEW, AttemptState.REJECTION_PROPOSED)
#: States in which answers come in.
ANSWERING = (AttemptState.STARTED, AttemptState.PAUSED, AttemptState.ERROR)
#: States in which the clock stands; after so long, what is saved is handed in.
STANDING_STILL, LONGEST_STILL = (AttemptState.PAUSED, AttemptState.ERROR), timedelta(days=1)
#: States of attempts that did not come to an end.
UNDER_WAY = (AttemptState.CREATED, AttemptState.IDENTITY_CONFIRMED, *ANSWERING)
#: Ends that count against no limit of attempts.
NOT_COUNTED = (AttemptState.NO_SHOW, AttemptState.DECLINED, AttemptState.CANCELLED)


def after(state: AttemptState, act: Act) -> AttemptState:
    """Return the state to which an act leads; Refused if it leads nowhere from here."""
    for move in MOVES:
        if (move.start, move.act) == (state, act):
            return move.end
    words = act.value.replace("_", " ")
    raise Refused(
        "state_unsuitable",
        "This attempt is {value}: it cannot {words} now.",
        value=state.value.replace("_", " "),
        words=words,
    )
