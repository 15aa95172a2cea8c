"""Charges of the caller, and payments that staff confirm."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from linkspan.api.once import once
from linkspan.finance import actions, queries
from linkspan.kernel.jsonable import jsonable

router = Router()


class PaymentIn(Schema):
    """The reference under which the money was sent or came."""

    reference: str


class RefundIn(Schema):
    """Why the money goes back."""

    reason: str


@router.get("/charges/mine", response=list[dict[str, Any]], operation_id="my_charges")
def my_charges(request: HttpRequest) -> list[dict[str, Any]]:
    """The caller's charges, newest first; amounts in minor units."""
    return [jsonable(row) for row in queries.charges_of(request.actor, request.actor.person_id)]


@router.get("/payments/reported", response=list[dict[str, Any]], operation_id="payments_to_confirm")
def payments_to_confirm(request: HttpRequest) -> list[dict[str, Any]]:
    """Payments that learners reported, for staff of the institution that is paid."""
    return [jsonable(row) for row in queries.payments_to_confirm(request.actor)]


@router.post("/charges/{charge_id}/report", response=dict[str, bool], operation_id="report_payment")
def report_payment(request: HttpRequest, charge_id: UUID, body: PaymentIn) -> dict[str, bool]:
    """Report one's payment; `paid` says whether it counts already."""
    told = {"charge_id": charge_id, "reference": body.reference}
    return once(request, body, lambda: {"paid": actions.report_payment(actor=request.actor, now=request.now, **told)})


@router.post("/charges/{charge_id}/payment", response={204: None}, operation_id="confirm_payment")
def confirm_payment(request: HttpRequest, charge_id: UUID, body: PaymentIn) -> tuple[int, None]:
    """Staff confirm that the money came."""
    told = {"charge_id": charge_id, "reference": body.reference}
    once(request, body, lambda: actions.pay(actor=request.actor, now=request.now, **told))
    return 204, None


@router.post("/charges/{charge_id}/refund", response={204: None}, operation_id="refund_charge")
def refund_charge(request: HttpRequest, charge_id: UUID, body: RefundIn) -> tuple[int, None]:
    """Staff give the money back, or cancel what is not paid."""
    told = {"charge_id": charge_id, "reason": body.reason}
    once(request, body, lambda: actions.refund(actor=request.actor, now=request.now, **told))
    return 204, None
