"""Notices about accounts and to operators; domains above send their own."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Protocol
from uuid import UUID

from linkspan.accounts.events import IdentityChecked
from linkspan.accounts.queries import people_with_role
from linkspan.kernel.events import DeliveryGivenUp
from linkspan.kernel.outbox import Delivered, Event, Subscription
from linkspan.kernel.retries import Lane
from linkspan.kernel.things import About, Thing
from linkspan.messages.actions import notify, send_email, send_posted
from linkspan.messages.events import MailWritten, NoticeWritten


class AboutLearner(Event, Protocol):
    """An event of one learner."""

    @property
    def learner_id(self) -> UUID:
        """Whom it is about."""


def tell[E: AboutLearner](delivered: Delivered[E], kind: str, about: About, **more: str) -> None:
    """Notify the learner of an event, with all that it tells."""
    notify(
        recipient_id=delivered.event.learner_id,
        kind=kind,
        context={**told_by(delivered.event), **more},
        about=about,
        key=f"{kind}:{delivered.id}",
        now=delivered.at,
    )


def told_by(event: Event) -> Mapping[str, str]:
    """What an event tells, as words for a notice."""
    return {field.name: str(getattr(event, field.name)) for field in fields(event)}


def on_identity_checked(delivered: Delivered[IdentityChecked]) -> None:
    """Tell the learner what staff said of the evidence."""
    tell(delivered, f"identity_{delivered.event.state}", About(Thing.IDENTITY))


def on_notice_written(delivered: Delivered[NoticeWritten]) -> None:
    """Send it by e-mail."""
    send_email(notice_id=delivered.event.notice_id, key=delivered.key, now=delivered.now)


def on_mail_written(delivered: Delivered[MailWritten]) -> None:
    """Send it."""
    send_posted(mail_id=delivered.event.mail_id, key=delivered.key, now=delivered.now)


def on_given_up(delivered: Delivered[DeliveryGivenUp]) -> None:
    """Tell operators, once a day for each subscriber, that a delivery waits for them."""
    event = delivered.event
    for operator in people_with_role("operator", ""):
        notify(
            recipient_id=operator,
            kind="delivery_given_up",
            context={"title": f"{event.subscriber}, {event.event}:", "reason": event.reason},
            about=About(Thing.OPERATIONS),
            key=f"delivery_given_up:{event.subscriber}:{delivered.at:%Y-%m-%d}",
            now=delivered.at,
        )


SUBSCRIPTIONS = (
    Subscription(IdentityChecked, on_identity_checked),
    Subscription(NoticeWritten, on_notice_written, Lane.MAIL),
    Subscription(MailWritten, on_mail_written, Lane.MAIL),
    Subscription(DeliveryGivenUp, on_given_up),
)
