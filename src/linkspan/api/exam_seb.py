"""Safe Exam Browser: the settings of a draft, the clients of a version, waivers by a proctor."""

from dataclasses import dataclass
from typing import Annotated, Any, Self
from uuid import UUID

from ninja import Field

from linkspan.api.answers import Router
from linkspan.api.once import LARGEST, Posted, from_base64, idempotent
from linkspan.exams import actions, queries
from linkspan.exams.engines.seb import from_json
from linkspan.exams.rules import Version, Waiver
from linkspan.kernel.errors import Unusable
from linkspan.kernel.request import Request

router = Router()


@dataclass(frozen=True, slots=True)
class SebTold:
    """What a version asks of Safe Exam Browser; `config_key` is null where it is taken in any browser."""

    exam: str
    version: int
    config_key: str | None = None
    client_keys: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    quit_url: str = ""

    @classmethod
    def of(cls, found: Version) -> Self:
        """Return it of a version."""
        exam = found.exam
        if exam.seb is None:
            return cls(exam.code, exam.version)
        versions = tuple(map(str, exam.seb.versions))
        return cls(exam.code, exam.version, exam.seb.config_key, exam.seb.client_keys, versions, exam.seb.quit_url)


class SebIn(Posted):
    """One of three: a .seb file in base64, its settings as JSON, or `plain` for settings that we write.

    `versions` (such as Win.3.6.min) and `quit_url` are for plain settings.
    """

    file_base64: Annotated[str, Field(max_length=LARGEST)] | None = None
    settings: dict[str, Any] | None = None
    plain: bool = False
    versions: list[str] = []
    quit_url: str = ""


class SebClientsIn(Posted):
    """Browser Exam Keys of the clients that may be used; none for any."""

    keys: list[str]


class SebWaiverIn(Posted):
    """For how many minutes (1 to 480) Safe Exam Browser is waived, and why."""

    minutes: int
    reason: str


@router.get("/exams/{code}/versions/{int:number}", operation_id="get_exam_seb")
def get_seb(request: Request, code: str, number: int) -> SebTold:
    """What a version asks of Safe Exam Browser, for who makes the exam."""
    return SebTold.of(queries.version(request.actor, code, number))


@router.post("/exams/{code}/draft", operation_id="put_exam_seb")
@idempotent
def put_seb(request: Request, code: str, body: SebIn) -> SebTold:
    """Have the draft be taken in Safe Exam Browser."""
    actor, now = request.actor, request.now
    if [body.file_base64 is not None, body.settings is not None, body.plain].count(True) != 1:
        raise Unusable("seb_given_wrongly", "Send one of file_base64, settings and plain.")
    if body.plain:
        return SebTold.of(
            actions.put_plain_seb(actor=actor, code=code, versions=body.versions, quit_url=body.quit_url, now=now)
        )
    if body.settings is not None:
        return SebTold.of(actions.put_seb(actor=actor, code=code, settings=from_json(body.settings), now=now))
    content = from_base64(body.file_base64 or "", "file_base64")
    return SebTold.of(actions.take_seb_file(actor=actor, code=code, content=content, now=now))


@router.post("/exams/{code}/draft/removal", operation_id="remove_exam_seb")
@idempotent
def remove_seb(request: Request, code: str, body: Posted) -> SebTold:
    """Have the draft be taken in any browser."""
    return SebTold.of(actions.put_seb(actor=request.actor, code=code, settings=None, now=request.now))


@router.post("/exams/{code}/versions/{int:number}/clients", operation_id="list_exam_seb_clients")
@idempotent
def list_clients(request: Request, code: str, number: int, body: SebClientsIn) -> SebTold:
    """Take only these clients, of a published version too."""
    return SebTold.of(
        actions.list_seb_clients(actor=request.actor, code=code, number=number, keys=body.keys, now=request.now)
    )


@router.get("/waivers", operation_id="seb_waivers")
def seb_waivers(request: Request) -> tuple[Waiver, ...]:
    """The waivers that hold now at the calling proctor's institutions."""
    return queries.seb_waivers(request.actor, request.now)


@router.post("/attempts/{uuid:attempt_id}/waivers", operation_id="waive_seb_for_attempt")
@idempotent
def waive_for_attempt(request: Request, attempt_id: UUID, body: SebWaiverIn) -> Waiver:
    """Let one attempt go on in any browser."""
    return actions.waive_seb_for_attempt(
        actor=request.actor, attempt_id=attempt_id, minutes=body.minutes, reason=body.reason, now=request.now
    )


@router.post("/sittings/{uuid:sitting_id}/waivers", operation_id="waive_seb_for_sitting")
@idempotent
def waive_for_sitting(request: Request, sitting_id: UUID, body: SebWaiverIn) -> Waiver:
    """Let a whole sitting go on in any browser."""
    return actions.waive_seb_for_sitting(
        actor=request.actor, sitting_id=sitting_id, minutes=body.minutes, reason=body.reason, now=request.now
    )


@router.post("/waivers/{uuid:waiver_id}/end", operation_id="end_seb_waiver")
@idempotent
def end_waiver(request: Request, waiver_id: UUID, body: Posted) -> None:
    """End a waiver before its time."""
    actions.end_seb_waiver(actor=request.actor, waiver_id=waiver_id, now=request.now)
