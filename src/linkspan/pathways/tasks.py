"""Reactions of this domain: which learners, and who of the other party, are told what became of an agreement."""

from datetime import datetime
from uuid import UUID

from linkspan.accounts.queries import consents_to, people_with_role
from linkspan.kernel.actor import system_actor
from linkspan.kernel.outbox import Delivered, Subscription, publish_all
from linkspan.kernel.things import About, Thing
from linkspan.messages.actions import notify
from linkspan.messages.tasks import told_by
from linkspan.pathways.actions.exchange import deliver_messages
from linkspan.pathways.events import (
    AgreementApproved,
    AgreementCommented,
    AgreementMoved,
    AgreementSent,
    ApprovalWithdrawn,
    LearnerConcerned,
)
from linkspan.pathways.queries import AgreementVersion, agreement_version
from linkspan.pathways.queries.plans import who_saved
from linkspan.pathways.rules.life.exchange import MOVES_TOLD
from linkspan.pathways.rules.life.lifecycle import APPROVERS
from linkspan.pathways.rules.life.plans import TOLD
from linkspan.records.queries import holders_of

TELLER = system_actor("pathways")


def on_agreement_moved(delivered: Delivered[AgreementMoved]) -> None:
    """Tell the other party, and have each learner told whom it concerns, each by a delivery of their own.

    These are who saved it, who holds its credential, and who shares a record there.
    """
    _tell_of_move(delivered)
    event = delivered.event
    if event.status not in TOLD:
        return
    agreement = agreement_version(event.agreement_id, event.version)
    concerned = sorted(_concerned(agreement, delivered.at))
    told = (agreement.id, agreement.title, event.status, event.reason)
    publish_all([LearnerConcerned(learner_id, *told) for learner_id in concerned], now=delivered.at)


def on_learner_concerned(delivered: Delivered[LearnerConcerned]) -> None:
    """Tell one learner what became of an agreement."""
    event = delivered.event
    notify(
        recipient_id=event.learner_id,
        kind="agreement_changed",
        context={"title": event.title, "kind": event.status.replace("_", " "), "reason": event.reason},
        about=About.of(Thing.AGREEMENT, event.agreement_id),
        key=f"agreement_changed:{delivered.id}",
        now=delivered.at,
    )


def _concerned(agreement: AgreementVersion, now: datetime) -> set[UUID]:
    holders = {one for name in agreement.terms.sending.names for one in holders_of(TELLER, *name)}
    consenting = {c.learner_id for c in consents_to(agreement.receiving) if c.holds(now)}
    return holders | who_saved(agreement.id) | consenting


def on_sent(delivered: Delivered[AgreementSent]) -> None:
    """Tell the other party's registrars and deans that a version waits for them."""
    _tell_other_party(delivered, "agreement_sent", delivered.event.institution)


def on_approved(delivered: Delivered[AgreementApproved]) -> None:
    """Tell the other party that these terms were approved."""
    _tell_other_party(delivered, "agreement_approved", delivered.event.institution)


def on_approval_withdrawn(delivered: Delivered[ApprovalWithdrawn]) -> None:
    """Tell the other party that an approval was taken back, and why."""
    _tell_other_party(delivered, "agreement_approval_withdrawn", delivered.event.institution)


def on_commented(delivered: Delivered[AgreementCommented]) -> None:
    """Tell the other party of a remark; what it says is read at the desk."""
    _tell_other_party(delivered, "agreement_commented", delivered.event.institution)


def _tell_of_move(delivered: Delivered[AgreementMoved]) -> None:
    """Tell the other party what became of a version: in force, suspended, ended or refused.

    What no party did, such as entering agreements that both made elsewhere, is news to nobody.
    """
    event = delivered.event
    if event.by and event.status in MOVES_TOLD:
        _tell_other_party(delivered, "agreement_moved", event.by)


type OfVersion = AgreementMoved | AgreementSent | AgreementApproved | ApprovalWithdrawn | AgreementCommented


def _tell_other_party(delivered: Delivered[OfVersion], kind: str, by: str) -> None:
    event, told = delivered.event, told_by(delivered.event)
    agreement = agreement_version(event.agreement_id, event.version)
    parties = set(agreement.terms.sides)
    context = {
        "title": agreement.title,
        "version": told["version"],
        "institution": by,
        "kind": told.get("status", "").replace("_", " "),
        "reason": told.get("reason", ""),
        "clause": told.get("clause", ""),
    }
    staff = {person for party in parties - {by} for role in APPROVERS for person in people_with_role(role, party)}
    for person_id in sorted(staff):
        notify(
            recipient_id=person_id,
            kind=kind,
            context=context,
            about=About.of(Thing.AGREEMENT_VERSION, agreement.id, event.version),
            key=f"{kind}:{delivered.id}",
            now=delivered.at,
            of=event.version_id if isinstance(event, AgreementSent) else None,
        )


SUBSCRIPTIONS = (
    Subscription(AgreementMoved, on_agreement_moved),
    Subscription(LearnerConcerned, on_learner_concerned),
    Subscription(AgreementSent, on_sent),
    Subscription(AgreementApproved, on_approved),
    Subscription(ApprovalWithdrawn, on_approval_withdrawn),
    Subscription(AgreementCommented, on_commented),
)


def carry_messages(now: datetime) -> None:
    """Send what waits for partners' servers."""
    deliver_messages(now)


CALLS = (carry_messages,)
