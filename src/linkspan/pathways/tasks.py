"""Reactions of this domain: which learners, and who of the other party, are told what became of an agreement."""

from datetime import datetime
from uuid import UUID

from linkspan.accounts.queries import consents_to, people_with_role
from linkspan.kernel.actor import system_actor
from linkspan.kernel.outbox import Delivered, Subscriber
from linkspan.messages.actions import notify
from linkspan.pathways.actions.exchange import deliver_messages
from linkspan.pathways.queries import Agreement, agreement_version
from linkspan.pathways.queries.plans import who_saved
from linkspan.pathways.rules.exchange import MOVES_TOLD
from linkspan.pathways.rules.lifecycle import APPROVERS
from linkspan.pathways.rules.plans import TOLD
from linkspan.records.queries import holders_of

TELLER = system_actor("pathways")


def on_agreement_moved(delivered: Delivered) -> None:
    """Tell the other party, and each learner whom it concerns, once.

    These are who saved it, who holds its credential, and who shares a record there.
    """
    _tell_of_move(delivered)
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


def on_sent(delivered: Delivered) -> None:
    """Tell the other party's registrars and deans that a version waits for them."""
    _tell_other_party(delivered, "agreement_sent", str(delivered.payload["institution"]))


def on_approved(delivered: Delivered) -> None:
    """Tell the other party that these terms were approved."""
    _tell_other_party(delivered, "agreement_approved", str(delivered.payload["institution"]))


def on_approval_withdrawn(delivered: Delivered) -> None:
    """Tell the other party that an approval was taken back, and why."""
    _tell_other_party(delivered, "agreement_approval_withdrawn", str(delivered.payload["institution"]))


def on_commented(delivered: Delivered) -> None:
    """Tell the other party of a remark; what it says is read at the desk."""
    _tell_other_party(delivered, "agreement_commented", str(delivered.payload["institution"]))


def _tell_of_move(delivered: Delivered) -> None:
    """Tell the other party what became of a version: in force, suspended, ended or refused.

    What no party did, such as entering agreements that both made elsewhere, is news to nobody.
    """
    by = str(delivered.payload.get("by", ""))
    if by and delivered.payload["status"] in MOVES_TOLD:
        _tell_other_party(delivered, "agreement_moved", by)


def _tell_other_party(delivered: Delivered, kind: str, by: str) -> None:
    told = delivered.payload
    agreement = agreement_version(str(told["agreement_id"]), int(told["version"]))
    parties = {str(agreement.document[side]["institution"]) for side in ("sending", "receiving")}
    context = {
        "title": agreement.title,
        "version": str(told["version"]),
        "institution": by,
        "kind": str(told.get("status", "")).replace("_", " "),
        "reason": str(told.get("reason", "")),
        "clause": str(told.get("clause", "")),
    }
    staff = {person for party in parties - {by} for role in APPROVERS for person in people_with_role(role, party)}
    for person_id in sorted(staff):
        notify(
            recipient_id=person_id,
            kind=kind,
            context=context,
            link=f"/desk/agreements/{agreement.id}/{told['version']}/",
            key=f"{kind}:{delivered.id}",
            now=delivered.at,
        )


SUBSCRIPTIONS: dict[str, Subscriber] = {
    "AgreementMoved": on_agreement_moved,
    "AgreementSent": on_sent,
    "AgreementApproved": on_approved,
    "ApprovalWithdrawn": on_approval_withdrawn,
    "AgreementCommented": on_commented,
}


def carry_messages(now: datetime) -> None:
    """Send what waits for partners' servers."""
    deliver_messages(now)


TICKS = (carry_messages,)
