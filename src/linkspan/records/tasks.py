"""Reactions of this domain."""

from linkspan.kernel.outbox import Delivered, Subscription
from linkspan.kernel.things import About, Thing
from linkspan.messages.tasks import tell
from linkspan.records.events import EvidenceChecked


def on_evidence_checked(delivered: Delivered[EvidenceChecked]) -> None:
    """Tell the learner what staff said of the evidence."""
    tell(delivered, "evidence_accepted" if delivered.event.accepted else "evidence_refused", About(Thing.RECORD))


SUBSCRIPTIONS = (Subscription(EvidenceChecked, on_evidence_checked),)
