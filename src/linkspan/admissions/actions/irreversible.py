"""What cannot be undone in admissions: looked at first, then confirmed (`kernel.acts`)."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from linkspan.admissions.actions.applications import withdraw_application
from linkspan.admissions.actions.decisions import answer_offer, confirm_joining, decide_application
from linkspan.admissions.actions.matchings import decide_round, rerun_round
from linkspan.admissions.actions.round_changes import cancel_round, change_round
from linkspan.admissions.actions.rounds import certify_list
from linkspan.admissions.actions.rows import application_row, round_row
from linkspan.admissions.actions.terms import admit_provisionally
from linkspan.admissions.models import ApplicationRow, IntakeRow, RoundRow
from linkspan.admissions.queries import zone_of_round
from linkspan.kernel.acts import Act, Asked, Line, thing_of
from linkspan.kernel.errors import Unusable
from linkspan.kernel.written import kept

TOLD = ("admissions.ApplicationDecided",)
OFFICE = frozenset({"admissions"})


def _intake(subject: str) -> IntakeRow:
    """The intake of that id, or the one of the round of that id."""
    return IntakeRow.objects.filter(id=thing_of(subject)).first() or round_row(thing_of(subject)).intake


def _match(asked: Asked) -> object:
    act = rerun_round if _intake(asked.subject).decided_at is not None else decide_round
    return act(actor=asked.actor, round_id=thing_of(asked.subject), now=asked.now)


def _certify(asked: Asked) -> object:
    return certify_list(actor=asked.actor, round_id=thing_of(asked.subject), now=asked.now)


def _lines(rows: Iterable[tuple[UUID, UUID, str, str]]) -> dict[str, Line]:
    return {str(key): Line(learner, title, state) for key, learner, title, state in rows}


def _of_intake(asked: Asked) -> dict[str, Line]:
    """Every application of the intake, and whether it is decided."""
    intake = _intake(asked.subject)
    rows = ApplicationRow.objects.filter(round__intake=intake)
    decided = Line(None, intake.title, "decided" if intake.decided_at else "not decided")
    return {"": decided, **_lines(rows.values_list("id", "learner_id", "round__title", "state"))}


def _list(asked: Asked) -> dict[str, Line]:
    row = round_row(thing_of(asked.subject))
    return {"": Line(None, row.title, "certified" if row.certified_by else "not certified")}


def _of_round(asked: Asked) -> dict[str, Line]:
    """Every application of the round: who is refused gives a seat back, which another may get at once."""
    rows = ApplicationRow.objects.filter(round__applications=thing_of(asked.subject))
    return _lines(rows.values_list("id", "learner_id", "round__title", "state"))


def _of_learner(asked: Asked) -> dict[str, Line]:
    """The learner's applications in the intake: who takes a place leaves the other lists."""
    one = application_row(thing_of(asked.subject))
    rows = ApplicationRow.objects.filter(learner_id=one.learner_id, round__intake=one.round.intake)
    return _lines(rows.values_list("id", "learner_id", "round__title", "state"))


def _decide(asked: Asked) -> object:
    actor, now, one, do = asked.actor, asked.now, thing_of(asked.subject), asked.word("choice")
    if do == "provisional":
        return admit_provisionally(actor=actor, application_id=one, now=now)
    if do == "join":
        return confirm_joining(actor=actor, application_id=one, now=now)
    if do not in ("admit", "refuse"):
        raise Unusable("choice_unknown", "Choose what is decided.")
    return decide_application(actor=actor, application_id=one, admit=do == "admit", reason=asked.reason, now=now)


def _answer(asked: Asked) -> object:
    actor, now, one, do = asked.actor, asked.now, thing_of(asked.subject), asked.word("choice")
    if do == "withdraw":
        return withdraw_application(actor=actor, application_id=one, now=now)
    if do not in ("accept", "decline"):
        raise Unusable("choice_unknown", "Choose your answer.")
    return answer_offer(actor=actor, application_id=one, accept=do == "accept", now=now)


def _coordinator(subject: str) -> str:
    return _intake(subject).coordinator


def _school(subject: str) -> str:
    return round_row(thing_of(subject)).institution


def _school_of(subject: str) -> str:
    found = RoundRow.objects.filter(applications=thing_of(subject)).values_list("institution", flat=True).first()
    return found or ""


def _change(asked: Asked) -> object:
    seats = asked.fields.get("seats")
    try:
        begins, ends = (datetime.fromisoformat(asked.word(name)) for name in ("opens_at", "closes_at"))
    except ValueError:
        raise Unusable("time_unusable", "Give days and times like 2020-03-31 23:59.") from None
    if begins.tzinfo is None or ends.tzinfo is None or not (seats is None or type(seats) is int):
        raise Unusable("time_unusable", "Give times with their offset from UTC, and seats as a whole number.")
    return change_round(
        actor=asked.actor,
        round_id=thing_of(asked.subject),
        opens_at=begins,
        closes_at=ends,
        seats=seats,
        reason=asked.reason,
        now=asked.now,
    )


def _cancel(asked: Asked) -> object:
    return cancel_round(actor=asked.actor, round_id=thing_of(asked.subject), reason=asked.reason, now=asked.now)


def _terms(asked: Asked) -> dict[str, Line]:
    """The window and the seats of a round, and every application in it."""
    row = round_row(thing_of(asked.subject))
    zone = zone_of_round(row.id)
    ends = "closed" if row.closes_at <= asked.now else kept(row.closes_at, zone.key)
    return {
        "": Line(None, row.title, "cancelled" if row.cancelled_at else "open"),
        "opens": Line(None, "opens", kept(row.opens_at, zone.key), coded=True),
        "closes": Line(None, "closes", "closed" if row.cancelled_at else ends, coded=True),
        "seats": Line(None, "seats", "no limit" if row.seats is None else str(row.seats), coded=True),
        **_lines(row.applications.values_list("id", "learner_id", "round__title", "state")),
    }


MATCH = Act(name="match", do=_match, lines=_of_intake, school=_coordinator, tells=TOLD, roles=OFFICE)
CERTIFY = Act(name="certify", do=_certify, lines=_list, school=_school, roles=OFFICE)
DECIDE = Act(
    name="decide", do=_decide, lines=_of_round, school=_school_of, tells=TOLD, roles=OFFICE, takes_reason=False
)
CHANGE_ROUND = Act(
    name="change_round",
    do=_change,
    lines=_terms,
    school=_school,
    tells=("admissions.RoundChanged",),
    roles=frozenset({"admissions", "registrar"}),
)
CANCEL_ROUND = Act(
    name="cancel_round",
    do=_cancel,
    lines=_terms,
    school=_school,
    tells=("admissions.RoundCancelled",),
    roles=frozenset({"admissions", "registrar"}),
)
ANSWER = Act(name="answer", do=_answer, lines=_of_learner, school=_school_of, own=True, takes_reason=False)
