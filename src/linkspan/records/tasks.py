"""Reactions of this domain."""

from linkspan.kernel.outbox import Delivered, Subscriber
from linkspan.messages.tasks import tell


def on_evidence_checked(delivered: Delivered) -> None:
    """Tell the learner what staff said of the evidence."""
    tell(delivered, "evidence_accepted" if delivered.payload["accepted"] else "evidence_refused", "/record/")


SUBSCRIPTIONS: dict[str, Subscriber] = {"EvidenceChecked": on_evidence_checked}
