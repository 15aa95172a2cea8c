"""Reactions of this domain."""

from linkspan.courseware.events import PlatformFetched
from linkspan.kernel.outbox import Delivered, Subscription
from linkspan.kernel.things import About, Thing
from linkspan.messages.tasks import tell
from linkspan.records.actions import compare_fetched, hand_in_fetched
from linkspan.records.events import EvidenceChecked


def on_evidence_checked(delivered: Delivered[EvidenceChecked]) -> None:
    """Tell the learner what staff said of the evidence."""
    tell(delivered, "evidence_accepted" if delivered.event.accepted else "evidence_refused", About(Thing.RECORD))


def on_platform_fetched(delivered: Delivered[PlatformFetched]) -> None:
    """Compare what the platform told with the record; what was asked for an import waits as a file besides."""
    if not delivered.event.compares:
        hand_in_fetched(fetch_id=delivered.event.fetch_id, now=delivered.at)
    compare_fetched(fetch_id=delivered.event.fetch_id, now=delivered.at)


SUBSCRIPTIONS = (
    Subscription(EvidenceChecked, on_evidence_checked),
    Subscription(PlatformFetched, on_platform_fetched),
)
