"""Notices about accounts; domains above send their own."""

from uuid import UUID

from linkspan.kernel.outbox import Delivered
from linkspan.messages.actions import notify, send_email


def tell(delivered: Delivered, kind: str, link: str) -> None:
    """Notify the learner of an event, with all that it tells."""
    told = {name: str(value) for name, value in delivered.payload.items()}
    notify(
        recipient_id=UUID(told["learner_id"]),
        kind=kind,
        context=told,
        link=link,
        key=f"{kind}:{delivered.id}",
        now=delivered.at,
    )


def on_identity_checked(delivered: Delivered) -> None:
    """Tell the learner what staff said of the evidence."""
    tell(delivered, f"identity_{delivered.payload['state']}", "/account/identity/")


def on_notice_written(delivered: Delivered) -> None:
    """Send it by e-mail."""
    send_email(notice_id=UUID(delivered.payload["notice_id"]), now=delivered.at)


SUBSCRIPTIONS = {"IdentityChecked": on_identity_checked, "NoticeWritten": on_notice_written}
