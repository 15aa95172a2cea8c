"""Credentials: one's own, public status lists, and verification."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from ninja import Body, Field

from linkspan.api.answers import PublishedOrKept, Router
from linkspan.api.documents import Credential, TreeHead, Verdict
from linkspan.api.once import Posted, idempotent
from linkspan.credentials import actions, queries
from linkspan.credentials.queries import ProgramGrading
from linkspan.credentials.rules import Attempts, ShownPart
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import Unusable
from linkspan.kernel.request import Request
from linkspan.vc import Unreadable, VcError

router = Router()


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a credential stands in its issuer's log: the path to the root of the tree, and the signed head."""

    index: int
    sha256: str
    tree_size: int
    root_hash: str
    path: tuple[str, ...]
    head: TreeHead


class GradingPolicyIn(Posted):
    """How the grade of a program is made from a day on: weights, letters with the percent from which each is given."""

    valid_from: date
    course_weight: Decimal
    exam_weight: Decimal
    attempts: Attempts = Attempts.BEST
    pass_percent: Decimal
    exam_pass_percent: Decimal | None = None
    bands: dict[str, Decimal] = Field(default_factory=dict, max_length=13)


class DayIn(Posted):
    """The day from which a policy was to hold."""

    valid_from: date


class AlignmentIn(Posted):
    """Something in a published framework, by the terms of Open Badges 3.0."""

    target_name: str = Field(min_length=1, max_length=2_000)
    target_url: str = Field(min_length=1, max_length=2_000)
    target_code: str = Field("", max_length=2_000)
    target_framework: str = Field("", max_length=2_000)
    target_description: str = Field("", max_length=2_000)
    target_type: str = Field("", max_length=200)


@router.get("/programs/{school}/{code}/grading", operation_id="program_grading")
def program_grading(request: Request, school: str, code: str) -> ProgramGrading:
    """How the grade of a program is made, the newest day first, and what it is aligned with, for its staff."""
    return queries.program_grading(request.actor, f"{school}/{code}".replace("\0", ""), request.now.date())


@router.post("/programs/{school}/{code}/grading", operation_id="publish_grading_policy")
@idempotent
def publish_grading_policy(request: Request, school: str, code: str, body: GradingPolicyIn) -> PublishedOrKept:
    """Publish how the grade of a program is made from a day on; what has begun is not changed."""
    data = {
        "course_weight": str(body.course_weight),
        "exam_weight": str(body.exam_weight),
        "attempts": body.attempts.value,
        "pass_percent": str(body.pass_percent),
        "bands": {letter: str(begins) for letter, begins in body.bands.items()},
    }
    if body.exam_pass_percent is not None:
        data["exam_pass_percent"] = str(body.exam_pass_percent)
    public = actions.publish_grading_policy(
        actor=request.actor, program_key=f"{school}/{code}", data=data, valid_from=body.valid_from, now=request.now
    )
    return PublishedOrKept(public)


@router.post("/programs/{school}/{code}/grading/withdraw", operation_id="withdraw_grading_policy")
@idempotent
def withdraw_grading_policy(request: Request, school: str, code: str, body: DayIn) -> None:
    """Take back a policy that has not begun."""
    actions.withdraw_grading_policy(
        actor=request.actor, program_key=f"{school}/{code}", valid_from=body.valid_from, now=request.now
    )


@router.post("/programs/{school}/{code}/alignments", operation_id="align_program")
@idempotent
def align_program(request: Request, school: str, code: str, body: AlignmentIn) -> PublishedOrKept:
    """Align a program with something in a framework; the same address again replaces what was said of it."""
    told = {
        "targetName": body.target_name,
        "targetUrl": body.target_url,
        "targetCode": body.target_code,
        "targetFramework": body.target_framework,
        "targetDescription": body.target_description,
        "targetType": body.target_type,
    }
    data = {name: given for name, given in told.items() if given}
    public = actions.align(actor=request.actor, achievement_key=f"{school}/{code}", data=data, now=request.now)
    return PublishedOrKept(public)


@router.get("/mine", operation_id="my_credentials")
def my_credentials(request: Request) -> list[Credential]:
    """The caller's signed credentials."""
    return [held.document for held in queries.credentials_of(request.actor, request.actor.own_id)]


@router.get("/{uuid:credential_id}", auth=None, operation_id="get_credential")
def get_credential(request: Request, credential_id: UUID) -> Credential:
    """One signed credential: who has its identifier may have it."""
    return queries.whole_document(request.actor, credential_id).document


@router.get("/status/{uuid:list_id}/{purpose}", auth=None, operation_id="get_status_list")
def get_status_list(request: Request, list_id: UUID, purpose: str) -> Credential:
    """A signed status list; `purpose` is revocation, suspension or message."""
    return queries.status_list(list_id, purpose, real_now())


@router.get("/{uuid:credential_id}/receipt", auth=None, operation_id="get_receipt")
def get_receipt(request: Request, credential_id: UUID) -> Receipt:
    """Where a credential stands in its issuer's log, with the inclusion proof and the signed tree head."""
    return Receipt(**queries.log_receipt(queries.whole_document(request.actor, credential_id).id))


@router.post("/verify", auth=None, operation_id="verify_credential")
def verify_credential(request: Request, credential: Body[dict[str, Any]], ask: bool = False) -> Verdict:
    """The verdict about a credential; a token is given as `{"jwt": TOKEN}`. With `ask`, sites of issuers are asked.

    Nothing is kept, so no Idempotency-Key is needed.
    """
    try:
        now = max(real_now(), request.now)
        return actions.check_credential(document=credential, asks=ask, now=now).as_json()
    except (Unreadable, VcError) as error:
        raise Unusable(error.code, error.message) from error


class ShownIn(Posted):
    """The parts that others are shown; what is not named is off."""

    shown: list[ShownPart] = Field(max_length=5)


@router.post("/{uuid:credential_id}/shown", operation_id="choose_shown")
@idempotent
def choose_shown(request: Request, credential_id: UUID, body: ShownIn) -> None:
    """Choose what of one's own credential others are shown, at once."""
    hidden = set(ShownPart) - set(body.shown)
    actions.choose_shown(actor=request.actor, credential_id=credential_id, hidden=hidden, now=request.now)
