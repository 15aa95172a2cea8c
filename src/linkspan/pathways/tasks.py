"""Reactions of this domain: who is told that an agreement changed."""

from datetime import datetime
from uuid import UUID

from linkspan.accounts.queries import consents_to
from linkspan.kernel.actor import system_actor
from linkspan.kernel.outbox import Delivered, Subscriber
from linkspan.messages.actions import notify
from linkspan.pathways.actions.exchange import deliver_messages
from linkspan.pathways.queries import Agreement, agreement_version
from linkspan.pathways.queries.plans import who_saved
from linkspan.pathways.rules.plans import TOLD
from linkspan.records.queries import holders_of

TELLER = system_actor("pathways")


def on_agreement_moved(delivered: Delivered) -> None:
    """Tell each learner whom it concerns, once: who saved it, holds its credential, or shares a record there."""
    told = delivered.payload
    if told["status"] not in TOLD:
        return
    agreement = agreement_version(str(told["agreement_id"]), int(told["version"]))
    kind = str(told["status"]).replace("_", " ")
    for learner_id in sorted(_concerned(agreement, delivered)):
        notify(
            recipient_id=learner_id,
            kind="agreement_changed",
            context={"title": agreement.title, "kind": kind, "reason": str(told["reason"])},
            link=f"/pathways/{agreement.id}/",
            key=f"agreement_changed:{delivered.id}",
            now=delivered.at,
        )


def _concerned(agreement: Agreement, delivered: Delivered) -> set[UUID]:
    sending = agreement.document["sending"]
    holders = holders_of(TELLER, str(sending["institution"]), str(sending["program"]))
    consenting = {c.learner_id for c in consents_to(agreement.receiving) if c.holds(delivered.at)}
    return set(holders) | who_saved(agreement.id) | consenting


SUBSCRIPTIONS: dict[str, Subscriber] = {"AgreementMoved": on_agreement_moved}


def carry_messages(now: datetime) -> None:
    """Send what waits for partners' servers."""
    deliver_messages(now)


TICKS = (carry_messages,)
