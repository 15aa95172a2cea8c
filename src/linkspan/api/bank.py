"""Bank files: a trial, taking one in, and deciding what matched no charge."""

from uuid import UUID

from ninja import Field

from linkspan.api.answers import Router
from linkspan.api.once import LARGEST, Posted, from_base64, idempotent
from linkspan.finance import actions, queries
from linkspan.finance.queries import BankLine
from linkspan.finance.rules import BankReport
from linkspan.kernel.request import Request

router = Router()


class BankFileIn(Posted):
    """A statement in base 64: camt.053, or CSV as documented."""

    institution: str
    content: str = Field(max_length=LARGEST)

    def file(self) -> bytes:
        """The content of the file."""
        return from_base64(self.content, "content")


class NumberIn(Posted):
    """The number of the charge."""

    number: str


class ReturnIn(Posted):
    """The number of the charge whose learner paid, and why it goes back."""

    number: str
    reason: str


class AsideIn(Posted):
    """Why it is nothing to us."""

    reason: str


@router.post("/try", operation_id="try_bank_file")
@idempotent
def try_bank_file(request: Request, body: BankFileIn) -> BankReport:
    """What a statement would do; nothing is changed."""
    return queries.try_bank_file(request.actor, body.institution, body.file())


@router.post("/take", operation_id="take_bank_file")
@idempotent
def take_bank_file(request: Request, body: BankFileIn) -> BankReport:
    """Take in a statement: what matches confirms its payment, the rest waits; the same file again changes nothing."""
    return actions.take_bank_file(
        actor=request.actor, institution=body.institution, content=body.file(), now=request.now
    )


@router.get("/entries/{entry_id}", operation_id="bank_entry")
def bank_entry(request: Request, entry_id: UUID) -> BankLine:
    """One entry for its office; the list is `desk_list` with the name `bank`."""
    return queries.bank_entry(request.actor, entry_id)


@router.post("/entries/{entry_id}/confirm", operation_id="confirm_bank_entry")
@idempotent
def confirm_bank_entry(request: Request, entry_id: UUID, body: NumberIn) -> None:
    """Say which charge an entry pays; what is paid too much stands to be sent back."""
    actions.confirm_bank_entry(actor=request.actor, entry_id=entry_id, number=body.number, now=request.now)


@router.post("/entries/{entry_id}/return", operation_id="return_bank_entry")
@idempotent
def return_bank_entry(request: Request, entry_id: UUID, body: ReturnIn) -> None:
    """Say that an entry is sent back to who paid."""
    actions.return_bank_entry(
        actor=request.actor, entry_id=entry_id, number=body.number, reason=body.reason, now=request.now
    )


@router.post("/entries/{entry_id}/aside", operation_id="set_bank_entry_aside")
@idempotent
def set_bank_entry_aside(request: Request, entry_id: UUID, body: AsideIn) -> None:
    """Say that an entry is nothing to us, and why."""
    actions.set_bank_entry_aside(actor=request.actor, entry_id=entry_id, reason=body.reason, now=request.now)
