"""Degrees: who has completed one, lists of a day by two registrars, what was conferred and revoked."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from linkspan.api.answers import Router
from linkspan.api.once import Posted, idempotent
from linkspan.kernel.each import Failed
from linkspan.kernel.request import Request
from linkspan.recognition import actions, queries
from linkspan.recognition.actions import Prepared
from linkspan.recognition.queries import Conferral, ConferralFile, ConferralList, ConferralListFile, Graduand
from linkspan.recognition.rules import HoldKind

router = Router()


@dataclass(frozen=True, slots=True)
class Holds:
    """What holds a degree back at a school."""

    institution: str
    holds: tuple[HoldKind, ...]


@dataclass(frozen=True, slots=True)
class ListDecided:
    """Who is approved for the day, and who was left out, with the reason."""

    approved: tuple[Conferral, ...]
    left: tuple[Failed[UUID], ...]


class PrepareIn(Posted):
    """The degrees of a school that are conferred, by their applications, what they are, and on which day."""

    institution: str
    application_ids: list[UUID]
    kind: str
    day: date


class ListDecisionIn(Posted):
    """Whether it is approved, and why."""

    accept: bool
    reason: str


class ReasonIn(Posted):
    """Why."""

    reason: str


class RevocationIn(Posted):
    """Both reasons: `why` is for the record, `told` is what the learner reads."""

    why: str
    told: str


class HoldsIn(Posted):
    """What holds a degree back from now on."""

    holds: list[str]


@router.get("/candidates/{institution}", operation_id="graduands")
def graduands(request: Request, institution: str, program: str = "") -> tuple[Graduand, ...]:
    """Everybody in a degree of one's school who does not hold it: what is open, what holds it back, who is ready."""
    return queries.graduands(request.actor, institution, program)


@router.get("/lists/", operation_id="conferral_lists")
def conferral_lists(request: Request) -> tuple[ConferralList, ...]:
    """The lists of one's institutions, the next day first."""
    return queries.conferral_lists(request.actor)


@router.post("/lists/", operation_id="prepare_conferral")
@idempotent
def prepare_conferral(request: Request, body: PrepareIn) -> Prepared:
    """Prepare a list for a second registrar; who cannot be on it is left, with the reason."""
    return actions.prepare_conferral(actor=request.actor, now=request.now, **body.model_dump())


@router.get("/lists/{uuid:list_id}", operation_id="conferral_list")
def conferral_list(request: Request, list_id: UUID) -> ConferralListFile:
    """A list with everybody on it, and what is open today."""
    return queries.conferral_list_file(request.actor, list_id)


@router.post("/lists/{uuid:list_id}/decision", operation_id="decide_conferral")
@idempotent
def decide_conferral(request: Request, list_id: UUID, body: ListDecisionIn) -> ListDecided:
    """Approve or refuse a list, by somebody else than who prepared it."""
    made = actions.decide_conferral(
        actor=request.actor, list_id=list_id, accept=body.accept, reason=body.reason, now=request.now
    )
    return ListDecided(made.done, made.failed)


@router.post("/lists/{uuid:list_id}/withdrawal", operation_id="withdraw_conferral")
@idempotent
def withdraw_conferral(request: Request, list_id: UUID, body: ReasonIn) -> ConferralList:
    """Call a list off before its day."""
    return actions.withdraw_conferral(actor=request.actor, list_id=list_id, reason=body.reason, now=request.now)


@router.get("/{uuid:conferral_id}", operation_id="conferral")
def conferral(request: Request, conferral_id: UUID) -> ConferralFile:
    """One conferral: its degree audit today, and its credential."""
    return queries.conferral_file(request.actor, conferral_id)


@router.post("/{uuid:conferral_id}/leaving-out", operation_id="leave_out")
@idempotent
def leave_out(request: Request, conferral_id: UUID, body: ReasonIn) -> Conferral:
    """Take one person off a list before its day."""
    return actions.leave_out(actor=request.actor, conferral_id=conferral_id, reason=body.reason, now=request.now)


@router.post("/{uuid:conferral_id}/revocation", operation_id="ask_revocation")
@idempotent
def ask_revocation(request: Request, conferral_id: UUID, body: RevocationIn) -> Conferral:
    """Ask that a degree is revoked; another registrar decides."""
    return actions.ask_revocation(
        actor=request.actor, conferral_id=conferral_id, why=body.why, told=body.told, now=request.now
    )


@router.post("/{uuid:conferral_id}/revocation/decision", operation_id="decide_revocation")
@idempotent
def decide_revocation(request: Request, conferral_id: UUID, body: ListDecisionIn) -> Conferral:
    """Revoke a degree, or keep it, by somebody else than who asked for it."""
    return actions.decide_revocation(
        actor=request.actor, conferral_id=conferral_id, accept=body.accept, reason=body.reason, now=request.now
    )


@router.get("/mine", operation_id="my_conferrals")
def my_conferrals(request: Request) -> tuple[Conferral, ...]:
    """The caller's degrees, conferred and revoked."""
    return tuple(queries.conferrals_of(request.actor, request.actor.own_id).values())


@router.get("/holds/{institution}", operation_id="conferral_holds")
def conferral_holds(request: Request, institution: str) -> Holds:
    """What holds a degree back at one's school."""
    return Holds(institution, queries.conferral_holds(request.actor, institution))


@router.post("/holds/{institution}", operation_id="set_conferral_holds")
@idempotent
def set_conferral_holds(request: Request, institution: str, body: HoldsIn) -> Holds:
    """Say what holds a degree back at one's school."""
    actions.set_conferral_holds(actor=request.actor, institution=institution, holds=body.holds, now=request.now)
    return Holds(institution, queries.conferral_holds(request.actor, institution))
