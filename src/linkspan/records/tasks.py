"""Reactions of this domain."""

from linkspan.courseware.events import PlatformFetched
from linkspan.kernel.outbox import Delivered, Subscription
from linkspan.kernel.things import About, Thing
from linkspan.messages.tasks import tell
from linkspan.records.actions import hand_in_fetched
from linkspan.records.events import EvidenceChecked


def on_evidence_checked(delivered: Delivered[EvidenceChecked]) -> None:
    """Tell the learner what staff said of the evidence."""
    tell(delivered, "evidence_accepted" if delivered.event.accepted else "evidence_refused", About(Thing.RECORD))


def on_platform_fetched(delivered: Delivered[PlatformFetched]) -> None:
    """Have what the platform told wait as a file, for staff to look at and import."""
    hand_in_fetched(fetch_id=delivered.event.fetch_id, now=delivered.at)


SUBSCRIPTIONS = (
    Subscription(EvidenceChecked, on_evidence_checked),
    Subscription(PlatformFetched, on_platform_fetched),
)
