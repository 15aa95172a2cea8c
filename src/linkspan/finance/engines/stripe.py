"""Stripe by its own library: a Checkout Session, signed webhooks, refunds. Card data never comes here."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import stripe

from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.money import Money
from linkspan.kernel.outside import leaving

SECONDS = 10
#: Why a refund is never made, however often it is tried (Stripe, error codes); what else goes wrong is tried again.
FOR_GOOD = frozenset(
    {
        "charge_already_refunded",
        "charge_disputed",
        "refund_disputed_payment",
        "resource_missing",
        "payment_method_invalid",
    }
)
#: Events that tell that a refund came back.
REFUND_EVENTS = frozenset({"refund.failed", "refund.updated", "charge.refund.updated"})
#: Events of a Checkout Session that say that the money is there.
PAID_EVENTS = frozenset({"checkout.session.completed", "checkout.session.async_payment_succeeded"})


@dataclass(frozen=True, slots=True)
class Checkout:
    """Where the learner pays, and by which identifier it is found again."""

    id: str
    url: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a webhook tells: its event once, the charge it is about, and what was paid if it was."""

    id: str
    kind: str
    charge_id: UUID | None
    paid: Money | None
    reference: str
    failed_refund: str = ""
    failure: str = ""


class Undeliverable(Exception):
    """A refund cannot arrive by the way in which the money came; `failure` is the provider's code for why."""

    def __init__(self, failure: str) -> None:
        self.failure = failure[:60]
        super().__init__(failure)


class StripeProvider:
    """Payments by Stripe. `api_base` is another address of its API, empty for Stripe's own."""

    name = "stripe"
    #: Stripe keeps an idempotency key for 24 hours at least; this is a little less.
    forgets_keys_after = timedelta(hours=23)

    def __init__(self, key: str, webhook_secret: str, api_base: str = "") -> None:
        addresses: Any = {"base_addresses": {"api": api_base}} if api_base else {}
        client = stripe.RequestsClient(timeout=SECONDS)
        self.client = stripe.StripeClient(key, max_network_retries=1, http_client=client, **addresses)
        self.secret = webhook_secret

    def checkout(self, charge_id: UUID, title: str, amount: Money, back: str) -> Checkout:
        """A Checkout Session for a charge; asked again with the same amount, the same one comes back (24 hours)."""
        params: Any = {
            "mode": "payment",
            "client_reference_id": str(charge_id),
            "success_url": back,
            "cancel_url": back,
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": amount.currency.lower(),
                        "unit_amount": amount.minor,
                        "product_data": {"name": title},
                    },
                }
            ],
        }
        leaving()
        key = f"checkout:{charge_id}:{amount.minor}{amount.currency}"
        try:
            made = self.client.v1.checkout.sessions.create(params, {"idempotency_key": key})
        except stripe.StripeError as error:
            raise Refused(
                "provider_failed", "The card provider does not answer. Try again, or pay by invoice."
            ) from error
        return Checkout(made.id, str(made.url))

    def refund(self, reference: str, amount: Money, *, key: str, look_first: bool = False) -> str:
        """Send money of a payment back, once per key; the provider's reference. Refused if it does not answer.

        Undeliverable where it can never arrive by this way.
        `look_first` asks whether it was sent already, for a time at which the provider may have forgotten the key.
        """
        leaving()
        params: Any = {"payment_intent": reference, "amount": amount.minor, "metadata": {"key": key}}
        try:
            if look_first:
                listed: Any = self.client.v1.refunds.list({"payment_intent": reference, "limit": 100})
                for made in listed.to_dict()["data"]:
                    if made["metadata"].get("key") == key and made["status"] not in ("failed", "canceled"):
                        return str(made["id"])
            sent: Any = self.client.v1.refunds.create(params, {"idempotency_key": key})
            if sent.status == "failed":
                raise Undeliverable(str(sent.to_dict().get("failure_reason") or "unknown"))
            return str(sent.id)
        except stripe.StripeError as error:
            if error.code in FOR_GOOD:
                raise Undeliverable(str(error.code)) from error
            raise Refused("provider_failed", "The card provider did not make the refund; it is tried again.") from error

    def told(self, payload: bytes, signature: str) -> Told:
        """What a webhook tells; Unusable unless Stripe signed it with our secret within five minutes."""
        try:
            event: Any = stripe.Webhook.construct_event(payload, signature, self.secret)
        except (ValueError, stripe.SignatureVerificationError) as error:
            raise Unusable("webhook_unusable", "The signature of this event is not the provider's.") from error
        body = event["data"]["object"].to_dict()
        paid = None
        if event["type"] in PAID_EVENTS and body.get("payment_status") == "paid":
            paid = Money(int(body["amount_total"]), str(body["currency"]).upper())
        reference = str(body.get("payment_intent") or body.get("id") or "")
        failed = event["type"] in REFUND_EVENTS and body.get("status") == "failed"
        key = str((body.get("metadata") or {}).get("key") or "")
        return Told(
            event["id"],
            event["type"],
            _uuid(body.get("client_reference_id")),
            paid,
            reference,
            key if failed else "",
            str(body.get("failure_reason") or "unknown") if failed else "",
        )


def _uuid(text: Any) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None
