"""A username of a learning platform is linked with a person by proof, never by a likeness of addresses alone."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext

from linkspan.accounts.queries import is_confirmed, person_of, recipient_by_email
from linkspan.courseware.events import UsernameLinked
from linkspan.courseware.models import UsernameCodeRow, UsernameLinkRow, UsernameRow
from linkspan.courseware.queries.usernames import link_of, named_of, standing_link
from linkspan.courseware.rules import LinkState, Named, Proof, may_decide_link, may_end_link, may_link_others
from linkspan.courseware.rules.usernames import MOST_ASKED, MOST_MAILED, check_code_alive, check_reason
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.addresses import Address, address
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.lines import OneLine
from linkspan.kernel.locks import one_at_a_time
from linkspan.messages.actions import post_mail
from linkspan.messages.rules import Mail

HOUR = timedelta(hours=1)
CODE_LETTERS, CODE_LENGTH = "BCDFGHJKLMNPQRSTVWXZ23456789", 8


@transaction.atomic
def tell_usernames(
    *, actor: Actor, institution: str, place: str, told: Iterable[tuple[str, Address | None, bool]], now: datetime
) -> None:
    """Keep the usernames of a platform's file: with the address that it has, and whether that found somebody here."""
    permit(actor.is_system or may_link_others(actor, institution), "tell usernames here")
    rows = [
        UsernameRow(
            institution=institution, place=place, username=name, email=email or "", by_address=found, told_at=now
        )
        for name, (email, found) in {name: (email, found) for name, email, found in told if name}.items()
    ]
    UsernameRow.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["institution", "place", "username"],
        update_fields=["email", "by_address", "told_at"],
    )


@transaction.atomic
def link_by_address(*, actor: Actor, named: Named, now: datetime) -> UUID:
    """Link a username with one's own account, whose confirmed address the platform has for it."""
    mine = person_of(actor.own_id).email
    told = _told(named)
    if told is None or not is_confirmed(actor.own_id, mine) or told.email != address(mine):
        raise Refused(
            "address_differs",
            "The platform has another address for this username, or does not know it. Ask for a code instead.",
        )
    return _link(actor, named, Proof.ADDRESS, now)


@transaction.atomic
def ask_username_code(*, actor: Actor, named: Named, now: datetime) -> UUID:
    """Mail a code to the address that the platform has for a username; whether it has one is not told.

    Refused for who asked too often, or has not confirmed their own address.
    """
    me = person_of(actor.own_id)
    if not is_confirmed(me.id, me.email):
        raise Refused("address_unconfirmed", "Confirm the e-mail address of your account first.")
    one_at_a_time(f"username code {me.id}")
    recent = UsernameCodeRow.objects.filter(asked_at__gt=now - HOUR)
    if recent.filter(learner_id=me.id).count() >= MOST_ASKED:
        raise Refused("tried_too_often", "You asked for many codes. Wait an hour, then try again.")
    mailed = recent.filter(institution=named.institution, place=named.place, username=named.username).count()
    row = UsernameCodeRow.objects.create(
        learner_id=me.id, institution=named.institution, place=named.place, username=named.username, asked_at=now
    )
    told = _told(named)
    if told is not None and told.email and mailed < MOST_MAILED:
        _mail(row, told.email, me.email, now)
    return row.id


@transaction.atomic
def _count_try(actor: Actor, code_id: UUID, now: datetime) -> UsernameCodeRow:
    row = UsernameCodeRow.objects.select_for_update().filter(id=code_id, learner_id=actor.own_id).first()
    if row is None:
        raise NotFound("code_unknown", "Ask for a code first.")
    check_code_alive(row.asked_at, row.tries, row.used_at is not None, now)
    row.tries += 1
    row.save(update_fields=["tries"])
    return row


def link_by_code(*, actor: Actor, code_id: UUID, code: str, now: datetime) -> UUID:
    """Link a username with one's own account by the code in the mail; a wrong one counts, five end it."""
    row = _count_try(actor, code_id, now)
    if not constant_time_compare("".join(code.split()).replace("-", "").upper(), code_of(row.id)):
        raise Unusable("code_wrong", "That is not the code in the mail. Copy it from the newest one.")
    with transaction.atomic():
        UsernameCodeRow.objects.filter(id=row.id).update(used_at=now)
        return _link(actor, Named(row.institution, row.place, row.username), Proof.CODE, now)


@transaction.atomic
def propose_link(*, actor: Actor, username_id: UUID, email: str, reason: str, now: datetime) -> UUID:
    """Say with a reason that a username is that of the person with this confirmed address; somebody else decides."""
    row = UsernameRow.objects.filter(id=username_id).first()
    if row is None or not may_link_others(actor, row.institution):
        raise _unknown()
    why, learner_id = check_reason(reason), recipient_by_email(email)
    if learner_id is None:
        raise Unusable("person_unknown", "E-mail: nobody here has this address. Check its spelling.")
    if actor.is_person(learner_id):
        raise Refused("own_username", "This is your own account. Ask a colleague to propose the link.")
    named = named_of(row)
    _alone(named)
    held = standing_link(named)
    if held is not None:
        raise _taken(held)
    link = _made(actor, named, learner_id, Proof.STAFF, LinkState.PROPOSED, now, why)
    _note(actor, "propose_username", link, now, why=why)
    return link.id


@transaction.atomic
def decide_link(*, actor: Actor, link_id: UUID, accept: bool, now: datetime) -> None:
    """Link a username as a colleague proposed, or refuse it; decided before in the same way, nothing changes."""
    row = _locked(link_id)
    if row is None or not may_link_others(actor, row.institution):
        raise _unknown()
    wanted = LinkState.LINKED if accept else LinkState.REFUSED
    if row.state == wanted:
        return
    permit(may_decide_link(actor, link_of(row)), "decide on a link that you proposed, or that is about you")
    if row.state != LinkState.PROPOSED:
        raise Refused("link_decided", "Somebody decided this already. Look at the username again.")
    row.state, row.decided_by_name, row.decided_at = wanted, actor.name, now
    row.save(update_fields=["state", "decided_by_name", "decided_at"])
    _note(actor, "link_username" if accept else "refuse_username", row, now)
    if accept:
        _publish(row, now)


@transaction.atomic
def end_link(*, actor: Actor, link_id: UUID, reason: str, now: datetime) -> None:
    """End a link: one's own at once, another's with a reason. Facts on record stay; a second time changes nothing."""
    row = _locked(link_id)
    if row is None or not may_end_link(actor, link_of(row)):
        raise _unknown()
    if row.state == LinkState.ENDED:
        return
    if row.state != LinkState.LINKED:
        raise Refused("link_decided", "Somebody decided this already. Look at the username again.")
    why = reason.strip() if actor.is_person(row.learner_id) else check_reason(reason)
    row.state, row.decided_by_name, row.decided_at = LinkState.ENDED, actor.name, now
    row.save(update_fields=["state", "decided_by_name", "decided_at"])
    _note(actor, "end_username_link", row, now, why=why)


def code_of(code_id: UUID) -> str:
    """The code of a row; it is made of the row's id and this server's key, and stored nowhere."""
    digest = salted_hmac("linkspan.courseware.username", str(code_id), algorithm="sha256").digest()
    return "".join(CODE_LETTERS[byte % len(CODE_LETTERS)] for byte in digest[:CODE_LENGTH])


def _mail(row: UsernameCodeRow, to: str, who: str, now: datetime) -> None:
    message = Mail.of(
        to,
        gettext("Your code for linking {username}"),
        (
            gettext(
                "Somebody with the account {who} says that {username} at {place} is theirs. If that is you, enter:"
            ),
            "{code}",
            gettext("If it is not you, do nothing. Give the code to nobody."),
        ),
        {"username": OneLine.of(row.username), "who": OneLine.of(who), "place": OneLine.of(row.place)},
        code=code_of(row.id),
    )
    post_mail(message=message, now=now)


def _unknown() -> NotFound:
    return NotFound("username_unknown", "There is no such username at your institution.")


def _alone(named: Named) -> None:
    """Have nobody else link that username before this transaction ends."""
    one_at_a_time(f"username {named.institution} {named.place} {named.username}")


def _told(named: Named) -> UsernameRow | None:
    rows = UsernameRow.objects.filter(institution=named.institution, place=named.place)
    return rows.filter(username=named.username).first()


def _link(actor: Actor, named: Named, proof: Proof, now: datetime) -> UUID:
    _alone(named)
    held = standing_link(named)
    if held is not None and held.state == LinkState.LINKED:
        if held.learner_id == actor.own_id:
            return held.id
        raise _taken(held)
    if held is not None:  # the person's own proof goes before what staff propose
        held.state, held.decided_by_name, held.decided_at = LinkState.REFUSED, actor.name, now
        held.save(update_fields=["state", "decided_by_name", "decided_at"])
    row = _made(actor, named, actor.own_id, proof, LinkState.LINKED, now)
    _note(actor, "link_username", row, now)
    _publish(row, now)
    return row.id


def _made(
    actor: Actor, named: Named, learner_id: UUID, proof: Proof, state: LinkState, now: datetime, why: str = ""
) -> UsernameLinkRow:
    return UsernameLinkRow.objects.create(
        learner_id=learner_id,
        institution=named.institution,
        place=named.place,
        username=named.username,
        proof=proof,
        state=state,
        by=actor.person_id,
        by_name=actor.name,
        at=now,
        reason=why,
    )


def _taken(held: UsernameLinkRow) -> Refused:
    if held.state == LinkState.PROPOSED:
        return Refused("link_proposed", "A link is proposed for this username already. Decide on that one first.")
    return Refused("username_taken", "This username is linked with somebody. End that link first, or ask the office.")


def _locked(link_id: UUID) -> UsernameLinkRow | None:
    return UsernameLinkRow.objects.select_for_update().filter(id=link_id).first()


def _publish(row: UsernameLinkRow, now: datetime) -> None:
    outbox.publish(UsernameLinked(row.learner_id, row.institution, row.place, row.username), now=now)


def _note(actor: Actor, verb: str, row: UsernameLinkRow, now: datetime, why: str = "") -> None:
    after = {"username": row.username, "place": row.place, "learner": row.learner_id, "proof": row.proof}
    subject = f"courseware.username:{row.id}"
    audit.record(actor=actor, verb=verb, subject=subject, now=now, after=after, why=why, institution=row.institution)
