"""Charges of the caller, and payments that staff confirm."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from ninja import Field

from linkspan.api.answers import Router
from linkspan.api.once import NothingIn, Posted, idempotent
from linkspan.finance import actions, queries
from linkspan.finance.engines.stripe import Checkout
from linkspan.finance.queries import ChargeFile
from linkspan.finance.rules import (
    Charge,
    MoneyDocument,
    NeedRequest,
    Payee,
    Payment,
    Received,
    RefundOutcome,
    RefundPreview,
)
from linkspan.kernel.errors import NotFound
from linkspan.kernel.money import Money
from linkspan.kernel.request import Request

router = Router()


@dataclass(frozen=True, slots=True)
class PaymentReported:
    """Whether a reported payment counts already."""

    paid: bool


@dataclass(frozen=True, slots=True)
class StillDue:
    """What is left to pay."""

    due: Money


class PaymentIn(Posted):
    """The reference under which the money was sent or came."""

    reference: str


class ConfirmIn(PaymentIn):
    """The same, and how much came (minor units); null for all that is left, less is a part."""

    minor: int | None = Field(default=None, gt=0, le=10**15)
    currency: str = Field("USD", pattern="^[A-Z]{3}$")


class ReopenIn(Posted):
    """Which payment was taken back, and why, which the learner reads; the entry of a bank file that says so."""

    payment_id: UUID
    reason: str = Field(min_length=1, max_length=2_000)
    entry_id: UUID | None = None


class PayeeIn(Posted):
    """Who is paid."""

    name: str
    address: str = ""
    account: str = ""
    bank: str = ""
    instructions: str = ""
    days_to_pay: int = 14
    second_person: bool = False


@dataclass(frozen=True, slots=True)
class Refunded:
    """What became of it: done, cancelled, or it waits for a second person."""

    outcome: RefundOutcome


class AmountIn(Posted):
    """How much goes back: all that is left if no amount is named."""

    amount_minor: int | None = None
    currency: str = Field("USD", pattern="^[A-Z]{3}$")

    @property
    def amount(self) -> Money | None:
        """The amount, if one is named."""
        return None if self.amount_minor is None else Money(self.amount_minor, self.currency)


class RefundIn(AmountIn):
    """Why the money goes back, and how much of it."""

    reason: str


class CouponIn(Posted):
    """A coupon's code."""

    code: str


class NeedDecisionIn(Posted):
    """Approve or refuse; another percentage than the proposed one, or a refusal, needs a reason."""

    approve: bool
    percent: Decimal | None = None
    reason: str = ""


class StatementIn(Posted):
    """What a decision missed."""

    statement: str


@router.get("/charges/mine", operation_id="my_charges")
def my_charges(request: Request) -> tuple[Charge, ...]:
    """The caller's charges, newest first; amounts in minor units."""
    return queries.charges_of(request.actor, request.actor.own_id)


@router.get("/charges/{charge_id}/payment", operation_id="how_to_pay")
def how_to_pay(request: Request, charge_id: UUID) -> Payment:
    """To whom, by which day and under which reference one's own charge is paid."""
    mine = queries.charges_of(request.actor, request.actor.own_id)
    charge = next((one for one in mine if one.id == charge_id), None)
    if charge is None:
        raise NotFound("charge_unknown", "There is no such charge of yours.")
    return queries.payment_of(charge)


@router.get("/charges/{charge_id}", operation_id="charge_file")
def charge_file(request: Request, charge_id: UUID) -> ChargeFile:
    """A charge for the office of its institution: how it is paid, whose turn it is, what was done, its ledger lines."""
    return queries.charge_file(request.actor, charge_id)


@router.get("/payees/{institution}", operation_id="payee")
def payee(request: Request, institution: str) -> Payee:
    """Who is paid at an institution, for its registrar."""
    return queries.payee_for(request.actor, institution)


@router.post("/payees/{institution}", operation_id="set_payee")
@idempotent
def set_payee(request: Request, institution: str, body: PayeeIn) -> None:
    """The registrar says who is paid, how, within how many days, and whether a second person confirms refunds."""
    actions.set_payee(actor=request.actor, payee=Payee(institution, **body.dict()), now=request.now)


@router.get("/payments/reported", operation_id="payments_to_confirm")
def payments_to_confirm(request: Request) -> tuple[Charge, ...]:
    """Payments that learners reported, for staff of the institution that is paid."""
    return queries.payments_to_confirm(request.actor)


@router.post("/charges/{charge_id}/report", operation_id="report_payment")
@idempotent
def report_payment(request: Request, charge_id: UUID, body: PaymentIn) -> PaymentReported:
    """Report one's payment; `paid` says whether it counts already."""
    paid = actions.report_payment(actor=request.actor, charge_id=charge_id, reference=body.reference, now=request.now)
    return PaymentReported(paid)


@router.post("/charges/{charge_id}/payment", operation_id="confirm_payment")
@idempotent
def confirm_payment(request: Request, charge_id: UUID, body: ConfirmIn) -> None:
    """Staff confirm that the money came, all that is left or a part of it."""
    amount = None if body.minor is None else Money(body.minor, body.currency)
    actions.pay(actor=request.actor, charge_id=charge_id, reference=body.reference, amount=amount, now=request.now)


@router.post("/charges/{charge_id}/reopening", operation_id="reopen_charge")
@idempotent
def reopen_charge(request: Request, charge_id: UUID, body: ReopenIn) -> None:
    """Take a payment back that did not stand, at once; `acts/reopen_charge` shows it first."""
    actions.reopen_charge(
        actor=request.actor,
        charge_id=charge_id,
        payment_id=body.payment_id,
        reason=body.reason,
        entry_id=body.entry_id,
        now=request.now,
    )


@router.get("/charges/{charge_id}/received", operation_id="payments_received")
def payments_received(request: Request, charge_id: UUID) -> tuple[Received, ...]:
    """The payments that came for one's own charge, and which of them the bank took back."""
    how_to_pay(request, charge_id)
    return queries.received(charge_id)


@router.post("/charges/{charge_id}/refund/preview", operation_id="refund_preview")
@idempotent
def refund_preview(request: Request, charge_id: UUID, body: AmountIn) -> RefundPreview:
    """What a refund would do; nothing is changed."""
    return queries.refund_preview(request.actor, charge_id, body.amount)


@router.post("/charges/{charge_id}/refund", operation_id="refund_charge")
@idempotent
def refund_charge(request: Request, charge_id: UUID, body: RefundIn) -> Refunded:
    """Staff give the money back, in full or in part, or cancel what is not paid; or it waits for a second person."""
    made = actions.refund(
        actor=request.actor, charge_id=charge_id, reason=body.reason, amount=body.amount, now=request.now
    )
    return Refunded(made)


@router.post("/charges/{charge_id}/coupon", operation_id="use_coupon")
@idempotent
def use_coupon(request: Request, charge_id: UUID, body: CouponIn) -> StillDue:
    """Use a coupon on one's own open charge; what is left to pay."""
    due = actions.use_coupon(actor=request.actor, charge_id=charge_id, code=body.code, now=request.now)
    return StillDue(due)


@router.post("/charges/{charge_id}/checkout", operation_id="start_checkout")
@idempotent
def start_checkout(request: Request, charge_id: UUID, body: NothingIn) -> Checkout:
    """The card provider's page for one's own open charge."""
    mine = queries.charges_of(request.actor, request.actor.own_id)
    subject = next((c.subject for c in mine if c.id == charge_id), "")
    return actions.start_checkout(actor=request.actor, charge_id=charge_id, title=subject, now=request.now)


@router.post("/charges/{charge_id}/documents", operation_id="issue_documents")
@idempotent
def issue_documents(request: Request, charge_id: UUID, body: NothingIn) -> tuple[MoneyDocument, ...]:
    """Issue what a charge has none of yet: an invoice while it is open, a receipt once paid, credit notes."""
    return actions.issue_documents(actor=request.actor, charge_id=charge_id, now=request.now)


@router.get("/charges/{charge_id}/documents", operation_id="documents_of_charge")
def documents_of_charge(request: Request, charge_id: UUID) -> tuple[MoneyDocument, ...]:
    """Invoices, receipts and credit notes of a charge, as they were issued."""
    return queries.documents_of(request.actor, charge_id)


@router.get("/need/mine", operation_id="my_need_requests")
def my_need(request: Request) -> tuple[NeedRequest, ...]:
    """The caller's requests for a price by need, newest first."""
    return queries.need_requests(request.actor)


@router.get("/need/waiting", operation_id="need_queue")
def need_queue(request: Request) -> tuple[NeedRequest, ...]:
    """Requests and appeals that wait for staff of the institution."""
    return queries.need_queue(request.actor)


@router.post("/need/{request_id}/decision", operation_id="decide_need")
@idempotent
def decide_need(request: Request, request_id: UUID, body: NeedDecisionIn) -> None:
    """Staff decide a request or an appeal."""
    actions.decide_need(
        actor=request.actor,
        request_id=request_id,
        approve=body.approve,
        percent=body.percent,
        reason=body.reason,
        now=request.now,
    )


@router.post("/need/{request_id}/appeal", operation_id="appeal_need")
@idempotent
def appeal_need(request: Request, request_id: UUID, body: StatementIn) -> None:
    """Appeal a decision about one's own request."""
    actions.appeal_need(actor=request.actor, request_id=request_id, statement=body.statement, now=request.now)
