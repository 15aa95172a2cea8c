"""Notices about accounts and to operators; domains above send their own."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from linkspan.accounts.actions import forget_address, forget_address_of_merge
from linkspan.accounts.events import (
    AccountDeleted,
    AccountsMerged,
    DeletionAsked,
    DeletionHeldBack,
    DeletionWithdrawn,
    IdentityChecked,
    MergeAsked,
    ProviderChanged,
    RoleEnded,
    RoleOffered,
    RoleTaken,
)
from linkspan.accounts.queries import (
    inviter_of,
    last_mail,
    last_mail_of_merge,
    link_to_send,
    offer_to_send,
    people_with_role,
    person_of,
)
from linkspan.accounts.rules import is_nobody
from linkspan.kernel.events import ActLapsed, DeliveryGivenUp
from linkspan.kernel.lines import OneLine
from linkspan.kernel.outbox import Delivered, Event, Subscription
from linkspan.kernel.retries import Lane
from linkspan.kernel.things import About, Thing, address_of
from linkspan.kernel.written import moment
from linkspan.messages.actions import (
    close_done,
    notify,
    post_mail,
    remind,
    send_digest,
    send_email,
    send_posted,
    take_up_digests,
)
from linkspan.messages.events import DigestTaken, MailWritten, NoticeWritten
from linkspan.messages.rules import ANNOUNCES, Mail, zone_of

#: The ids by which events name what waits, the nearest first.
WAITING = (
    *("appeal_id", "way_id", "case_id", "change_id", "award_id", "credential_id", "attempt_id", "application_id"),
    "charge_id",
)


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
        of=wait_of(kind, delivered.event),
    )


def wait_of(kind: str, event: Event) -> UUID | None:
    """What a notice of that kind announces, by the event that it tells of; None if it announces nothing."""
    names = (name for name in WAITING if kind in ANNOUNCES and hasattr(event, name))
    found: UUID | None = next((getattr(event, name) for name in names), None)
    return found


def told_by(event: Event) -> Mapping[str, str]:
    """What an event tells, as words for a notice."""
    return {field.name: str(getattr(event, field.name)) for field in fields(event)}


def on_identity_checked(delivered: Delivered[IdentityChecked]) -> None:
    """Tell the learner what staff said of the evidence."""
    tell(delivered, f"identity_{delivered.event.state}", About(Thing.IDENTITY))


def on_notice_written(delivered: Delivered[NoticeWritten]) -> None:
    """Send it by e-mail."""
    send_email(notice_id=delivered.event.notice_id, key=delivered.key, now=delivered.now)


def on_digest_taken(delivered: Delivered[DigestTaken]) -> None:
    """Send the mail of a day."""
    send_digest(digest_id=delivered.event.digest_id, key=delivered.key, now=delivered.now)


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


def on_provider_changed(delivered: Delivered[ProviderChanged]) -> None:
    """Tell the institution's registrars, and operators, that its provider signs by other certificates now."""
    event = delivered.event
    for who in {*people_with_role("registrar", event.institution), *people_with_role("operator", "")}:
        notify(
            recipient_id=who,
            kind="provider_changed",
            context={"name": event.name, "institution": event.institution},
            about=About(Thing.SIGN_IN),
            key=f"provider_changed:{delivered.id}",
            now=delivered.at,
        )


def on_act_lapsed(delivered: Delivered[ActLapsed]) -> None:
    """Tell who confirmed an act that it did not take effect, and why."""
    event = delivered.event
    notify(
        recipient_id=event.person_id,
        kind="act_lapsed",
        context={"reason": event.reason},
        about=About(Thing.DESK_HOME),
        key=f"act_lapsed:{event.planned_id}",
        now=delivered.at,
    )


def on_role_offered(delivered: Delivered[RoleOffered]) -> None:
    """Send the link to the address that was invited, unless the invitation was closed since."""
    found = offer_to_send(delivered.event.invitation_id)
    if found is None:
        return
    offered = found.invitation
    message = Mail.of(
        offered.email,
        gettext("You are invited as {role} at {place}"),
        (
            gettext("{by} invites you. Open this link to accept; it works once, until {until}:"),
            "{link}",
            gettext("If you do not know what this is, ignore it: nothing happens."),
        ),
        {
            "role": OneLine.of(role_words(offered.role)),
            "place": OneLine.of(place_words(offered.institution)),
            "by": OneLine.of(offered.invited_by.removeprefix("system:")),
        },
        link=f"{settings.BASE_URL}{address_of(About.of(Thing.INVITATION, found.token))}",
        until=moment(offered.expires_at, "UTC"),
    )
    post_mail(message=message, now=delivered.now)


def on_role_taken(delivered: Delivered[RoleTaken]) -> None:
    """Tell who invited; of a new operator every other operator too."""
    event = delivered.event
    inviter = inviter_of(event.invitation_id)
    told = {inviter} if inviter else set()
    if event.role == "operator":
        told |= set(people_with_role("operator", ""))
    for who in told - {event.person_id}:
        notify(
            recipient_id=who,
            kind="role_taken",
            context=_of_role(event) | {"name": person_of(event.person_id).name},
            about=About(Thing.ROLES),
            key=f"role_taken:{delivered.id}",
            now=delivered.at,
        )


def on_role_ended(delivered: Delivered[RoleEnded]) -> None:
    """Tell whose role it was."""
    event = delivered.event
    notify(
        recipient_id=event.person_id,
        kind="role_ended",
        context=_of_role(event) | {"why": event.why},
        about=About(Thing.DASHBOARD),
        key=f"role_ended:{delivered.id}",
        now=delivered.at,
    )


def _of_role(event: RoleTaken | RoleEnded) -> dict[str, str]:
    return {"role": role_words(event.role), "place": place_words(event.institution)}


def on_deletion_asked(delivered: Delivered[DeletionAsked]) -> None:
    """Tell the person until when they can keep their account, by e-mail whatever they chose."""
    event = delivered.event
    person = person_of(event.learner_id)
    if is_nobody(person.email):
        return
    with translation.override(person.locale):
        zone = zone_of(person.time_zone)
        message = Mail.of(
            person.email,
            gettext("Your account will be deleted"),
            (
                gettext("Your Linkspan account will be deleted on {when}."),
                gettext("Until then you can keep it. Sign in and open this page:"),
                "{link}",
                gettext("If this was not you, keep your account there and change your password."),
            ),
            {"when": OneLine.of(moment(event.due_at, zone))},
            link=f"{settings.BASE_URL}{address_of(About(Thing.DELETION))}",
        )
    post_mail(message=message, now=delivered.now)


def on_deletion_held_back(delivered: Delivered[DeletionHeldBack]) -> None:
    """Tell the person what keeps their account."""
    tell(delivered, "deletion_held_back", About(Thing.DELETION))


def on_deletion_withdrawn(delivered: Delivered[DeletionWithdrawn]) -> None:
    """Tell the person that their account stays."""
    tell(delivered, "deletion_withdrawn", About(Thing.DELETION))


def on_account_deleted(delivered: Delivered[AccountDeleted]) -> None:
    """Tell whoever had the account that it is gone, and forget where that mail went."""
    found = last_mail(delivered.event.deletion_id)
    if found is None:
        return
    to, locale = found
    with translation.override(locale):
        message = Mail.of(
            to,
            gettext("Your account is deleted"),
            (
                gettext("Your Linkspan account is deleted, and nobody can sign in to it."),
                gettext("Credentials that you hold stay valid. What else stays, and why:"),
                "{link}",
            ),
            {},
            link=f"{settings.BASE_URL}{address_of(About(Thing.PRIVACY))}",
        )
    post_mail(message=message, now=delivered.now)
    forget_address(deletion_id=delivered.event.deletion_id)


def on_merge_asked(delivered: Delivered[MergeAsked]) -> None:
    """Send the link to the other account's address; it shows whose that account is."""
    found = link_to_send(delivered.event.merge_id)
    if found is None:
        return
    with translation.override(found.locale):
        message = Mail.of(
            found.email,
            gettext("Is this account yours too?"),
            (
                gettext("{who} ({address}) says that this account is theirs too, and wants to join the two."),
                gettext("If that is you, open this link where you are signed in as {address}, within 30 minutes:"),
                "{link}",
                gettext("Nothing is joined before you have seen what moves. If it is not you, do not open the link."),
            ),
            {"who": OneLine.of(found.who), "address": OneLine.of(found.by)},
            link=f"{settings.BASE_URL}{address_of(About.of(Thing.MERGE_PROOF, found.token))}",
        )
    post_mail(message=message, now=delivered.now)


def on_accounts_merged(delivered: Delivered[AccountsMerged]) -> None:
    """Tell the person at both addresses that the two accounts are one, and forget where the second mail went."""
    event = delivered.event
    tell(delivered, "accounts_merged", About(Thing.RECORD))
    found = last_mail_of_merge(event.merge_id)
    if found is None:
        return
    to, locale = found
    kept = person_of(event.learner_id)
    with translation.override(locale):
        message = Mail.of(
            to,
            gettext("Your two accounts are one"),
            (
                gettext("This account was joined with that of {address}. Sign in to that one from now on."),
                gettext("What both held is there. Consents that would have shown more than before have ended."),
                gettext("If you did not want this, write to the people who run this site:"),
                "{link}",
            ),
            {"address": OneLine.of(kept.email)},
            link=f"{settings.BASE_URL}{address_of(About(Thing.PRIVACY))}",
        )
    post_mail(message=message, now=delivered.now)
    forget_address_of_merge(merge_id=event.merge_id)


def role_words(role: str) -> str:
    """A role as its holders read it."""
    return gettext(role.replace("_", " "))


def place_words(institution: str) -> str:
    """Where a role holds: an institution's short name, or this whole site."""
    return institution or gettext("this Linkspan site")


SUBSCRIPTIONS = (
    Subscription(IdentityChecked, on_identity_checked),
    Subscription(ProviderChanged, on_provider_changed),
    Subscription(RoleOffered, on_role_offered),
    Subscription(RoleTaken, on_role_taken),
    Subscription(RoleEnded, on_role_ended),
    Subscription(DeletionAsked, on_deletion_asked),
    Subscription(DeletionHeldBack, on_deletion_held_back),
    Subscription(DeletionWithdrawn, on_deletion_withdrawn),
    Subscription(AccountDeleted, on_account_deleted),
    Subscription(MergeAsked, on_merge_asked),
    Subscription(AccountsMerged, on_accounts_merged),
    Subscription(NoticeWritten, on_notice_written, Lane.MAIL),
    Subscription(DigestTaken, on_digest_taken, Lane.MAIL),
    Subscription(MailWritten, on_mail_written, Lane.MAIL),
    Subscription(DeliveryGivenUp, on_given_up),
    Subscription(ActLapsed, on_act_lapsed),
)


def close_notices(now: datetime) -> None:
    """Close the notices of what is done, whoever did it."""
    close_done(now)


def remind_of_waits(now: datetime) -> None:
    """Remind who acts, and tell those above them of what is late."""
    remind(now)


def take_up_mails_of_a_day(now: datetime) -> None:
    """Take up the mails of a day that are due, and have them sent."""
    take_up_digests(now)


TICKS = (close_notices, remind_of_waits, take_up_mails_of_a_day)
