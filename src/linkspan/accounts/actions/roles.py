"""Roles are offered, taken, given and ended; access is closed; the list of roles is signed off."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from linkspan.accounts.actions.people import open_account
from linkspan.accounts.engines.links import invitation_in
from linkspan.accounts.events import RoleEnded, RoleOffered, RoleTaken
from linkspan.accounts.models import AccessReviewRow, InvitationRow, RoleGrant, User
from linkspan.accounts.queries import actor_for, person_id_by_email
from linkspan.accounts.queries.access import (
    can_sign_in,
    check_institution,
    is_confirmed,
    lasting_holders,
    list_to_sign,
)
from linkspan.accounts.rules import Role, may_grant
from linkspan.accounts.rules.access import (
    GRANTING,
    INVITATION_LIFE,
    LONGEST_REASON,
    MOST_ROWS,
    Terms,
    Wanted,
    check_duties,
    check_stays,
    check_terms,
    gives_roles,
    may_end_access,
    may_end_account,
    may_sign_review,
)
from linkspan.accounts.rules.deletion import NOWHERE
from linkspan.kernel import audit, outbox, storage
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.addresses import address
from linkspan.kernel.each import Each, each, each_due
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable, permit
from linkspan.kernel.locks import one_at_a_time
from linkspan.kernel.versions import Changed

CLOCK = system_actor("last day of a role")
LINK = system_actor("link of an invitation")


def invite(
    *, actor: Actor, wanted: Sequence[Wanted], terms: Terms, now: datetime, life: timedelta = INVITATION_LIFE
) -> Each[Wanted, UUID]:
    """Invite people by e-mail to take roles; each row by itself, so that one that fails harms nobody else.

    The same invitation again is sent again and runs anew. Whether there is an account is told to nobody.
    """
    permit(gives_roles(actor), "give roles")
    check_terms(terms, now)
    if not 0 < len(wanted) <= MOST_ROWS:
        raise Unusable("rows_unusable", "Name 1 to {most_rows} people and roles at once.", most_rows=MOST_ROWS)
    return each(wanted, lambda row: _invite(actor, row, terms, now, life))


def _invite(actor: Actor, wanted: Wanted, terms: Terms, now: datetime, life: timedelta) -> UUID:
    email, role, institution = address(wanted.email), wanted.role, wanted.institution
    if role not in set(Role):
        raise Unusable(
            "role_unknown",
            "{role} is not a role. Choose one of: {roles}.",
            role=repr(role[:64]),
            roles=", ".join(Role),
        )
    permit(may_grant(actor, role, institution), "give this role here")
    check_institution(institution)
    person_id = person_id_by_email(email)
    if person_id is not None and actor.is_person(person_id):
        raise Refused("own_role", "Nobody gives a role to themselves. Ask a colleague who gives roles.")
    open_to = InvitationRow.objects.filter(email=email, institution=institution, closed_at=None)
    offered = set(open_to.values_list("role", flat=True))
    check_duties(role, offered | _held(person_id, institution), despite=terms.despite_duties)
    _check_lasts(role, institution, person_id, terms.ends_at, now)
    row, _ = InvitationRow.objects.update_or_create(
        email=email,
        role=role,
        institution=institution,
        closed_at=None,
        defaults={
            "invited_by_id": actor.person_id,
            "invited_by": actor.name[:200],
            "invited_at": now,
            "expires_at": now + life,
            "starts_at": terms.starts_at,
            "ends_at": terms.ends_at,
            "why": terms.why.strip(),
            "despite_duties": terms.despite_duties,
        },
    )
    after = {"role": role, "institution": institution, "expires_at": row.expires_at, "ends_at": terms.ends_at}
    audit.record(actor=actor, verb="invite", subject=_invitation(row.id), now=now, after=after, why=row.why)
    outbox.publish(RoleOffered(row.id), now=now)
    return row.id


def _held(person_id: UUID | None, institution: str) -> set[str]:
    held = RoleGrant.objects.filter(user_id=person_id, institution=institution) if person_id else ()
    return {row.role for row in held}


def _check_lasts(role: str, institution: str, person_id: UUID | None, ends_at: datetime | None, now: datetime) -> None:
    """Refused where a last day would leave a role that gives roles without a lasting holder."""
    if ends_at is not None and role in GRANTING:
        one_at_a_time(f"role {role} {institution}")
        held = lasting_holders(role, institution, now)
        check_stays(role, (held.exclude(user_id=person_id) if person_id else held).count())


@transaction.atomic
def withdraw_invitation(*, actor: Actor, invitation_id: UUID, now: datetime) -> None:
    """Have an invitation end; its link opens nothing from then on. A second time changes nothing."""
    row = InvitationRow.objects.select_for_update().filter(id=invitation_id).first()
    if row is None or not may_grant(actor, row.role, row.institution):
        raise NotFound("invitation_unknown", "There is no such invitation.")
    if row.accepted_by is not None:
        raise Refused("invitation_used", "This invitation was taken already. End the role instead.")
    if row.closed_at is None:
        row.closed_at = now
        row.save(update_fields=["closed_at"])
        audit.record(actor=actor, verb="withdraw_invitation", subject=_invitation(row.id), now=now)


@transaction.atomic
def accept_invitation(*, actor: Actor, token: str, now: datetime) -> None:
    """Take the role that a link offers: once, by the person who has confirmed that very address."""
    row = _open_invitation(token, now)
    person = User.objects.get(id=actor.own_id)
    if person.email != row.email:
        raise NotPermitted(
            "other_address",
            "This invitation is for {email}. Sign in with that address, or ask for a new one.",
            email=row.email,
        )
    if not is_confirmed(person.id, row.email):
        raise NotPermitted("address_unconfirmed", "Confirm your e-mail address first, then open the link again.")
    _take(row, person, now)


@transaction.atomic
def join_by_invitation(*, token: str, name: str, password: str, now: datetime) -> UUID:
    """Open an account by the link in the mail, which confirms the address, and take the role; returns the person's id.

    Refused where the address has an account that can sign in: its holder signs in first.
    """
    row = _open_invitation(token, now)
    if can_sign_in(row.email):
        raise Refused("account_here", "This address has an account here. Sign in, then open the link again.")
    name = " ".join(name.split())
    if not name or len(name) > 200:
        raise Unusable("name_unusable", "Name: write your name, in up to 200 characters.")
    person = User.objects.get(id=open_account(actor=LINK, email=row.email, name=name, now=now))
    if not person.is_active:
        raise Refused("account_closed", "This account is closed. Ask the people who run this site to open it.")
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Unusable("password_unusable", error.messages[0], tuple(error.messages)) from error
    person.name = name
    person.set_password(password)
    person.save(update_fields=["name", "password"])
    EmailAddress.objects.create(user=person, email=row.email, verified=True, primary=True)
    _take(row, person, now)
    return person.id


def _open_invitation(token: str, now: datetime) -> InvitationRow:
    found = invitation_in(token)
    row = InvitationRow.objects.select_for_update().filter(id=found).first() if found else None
    if row is None or row.closed_at is not None or row.expires_at <= now:
        raise NotFound("invitation_over", "This invitation was used, withdrawn, or has expired. Ask for a new one.")
    return row


def _take(row: InvitationRow, person: User, now: datetime) -> None:
    """Close the invitation and give its role, if whoever invited may still give it."""
    if row.invited_by_id and not may_grant(actor_for(row.invited_by_id), row.role, row.institution):
        raise Refused("inviter_left", "Who invited you may no longer give this role. Ask for a new invitation.")
    check_duties(row.role, _held(person.id, row.institution), despite=row.despite_duties)
    row.closed_at, row.accepted_by = now, person.id
    row.save(update_fields=["closed_at", "accepted_by"])
    inviter = Actor(row.invited_by_id, row.invited_by)
    terms = Terms(row.why, row.starts_at, row.ends_at, row.despite_duties)
    give(inviter, person.id, row.role, row.institution, terms, now)
    outbox.publish(RoleTaken(row.id, person.id, row.role, row.institution), now=now)


@transaction.atomic
def grant_role(*, actor: Actor, person_id: UUID, role: str, institution: str | None, now: datetime) -> None:
    """Give a role at once, for set-ups that know the person; giving it twice changes nothing."""
    if role not in set(Role):
        raise Unusable("role_unknown", "{role} is not a role.", role=repr(role))
    permit(may_grant(actor, role, institution or ""), "give roles")
    if actor.is_person(person_id):
        raise Refused("own_role", "Nobody gives a role to themselves. Ask a colleague who gives roles.")
    give(actor, person_id, role, institution or "", Terms(), now)


def give(actor: Actor, person_id: UUID, role: str, institution: str, terms: Terms, now: datetime) -> None:
    """Give a role that somebody has decided to give; given twice on the same terms, nothing changes."""
    held = RoleGrant.objects.filter(user_id=person_id, role=role, institution=institution).first()
    dates = {"starts_at": terms.starts_at, "ends_at": terms.ends_at}
    if held is not None and (held.starts_at, held.ends_at) == (terms.starts_at, terms.ends_at):
        return
    RoleGrant.objects.update_or_create(
        user_id=person_id,
        role=role,
        institution=institution,
        defaults={"granted_by": actor.name[:200], "granted_at": now, "why": terms.why, **dates},
    )
    after = {"role": role, "institution": institution or None, **{k: v for k, v in dates.items() if v}}
    subject = f"accounts.user:{person_id}"
    audit.record(actor=actor, verb="grant_role", subject=subject, now=now, after=after, why=terms.why)


@transaction.atomic
def revoke_role(
    *, actor: Actor, person_id: UUID, role: str, institution: str | None, now: datetime, why: str = ""
) -> None:
    """Take a role away, and end the person's sign-ins and tokens; taking one that is not held changes nothing.

    Whoever may give a role takes it; a person may lay down their own. The last one of a role that gives roles stays.
    """
    own = actor.is_person(person_id)
    permit(own or may_grant(actor, role, institution or ""), "take roles away")
    row = _locked(person_id, role, institution or "")
    if row is not None:
        check_stays(role, _others(row, now))
        end_grants(actor, [row], why, now)


def revoke_roles(*, actor: Actor, grant_ids: Sequence[UUID], why: str, now: datetime) -> Each[UUID, None]:
    """Take several roles away, each by itself; a reason is asked for."""
    _check_why(why)
    return each(grant_ids[:MOST_ROWS], lambda one: _revoke(actor, one, why.strip(), now))


def _revoke(actor: Actor, grant_id: UUID, why: str, now: datetime) -> None:
    row = RoleGrant.objects.filter(id=grant_id).first()
    if row is None or not (may_grant(actor, row.role, row.institution) or actor.is_person(row.user_id)):
        raise NotFound("grant_unknown", "There is no such role, or it has ended already.")
    revoke_role(actor=actor, person_id=row.user_id, role=row.role, institution=row.institution, now=now, why=why)


@transaction.atomic
def end_access(*, actor: Actor, person_id: UUID, institution: str, why: str, now: datetime) -> None:
    """End all of a person's roles at an institution, with sign-ins and tokens; everywhere (empty) the account too.

    For leavers: what they were invited to ends as well. An account closed twice stays closed.
    """
    _check_why(why)
    permit(may_end_access(actor, person_id, institution), "end this person's access")
    held = RoleGrant.objects.filter(user_id=person_id).order_by("role", "institution")
    rows = [_locked(person_id, row.role, row.institution) for row in held if institution in {"", row.institution}]
    present = [row for row in rows if row is not None]
    for row in present:
        check_stays(row.role, _others(row, now))
    person = User.objects.select_for_update().filter(id=person_id).first()
    if person is None or (institution and not present):
        raise NotFound("person_unknown", "There is no such person with a role here.")
    offered = InvitationRow.objects.filter(email=person.email, closed_at=None)
    (offered.filter(institution=institution) if institution else offered).update(closed_at=now)
    end_grants(actor, present, why.strip(), now)
    if not institution and person.is_active:
        User.objects.filter(id=person_id).update(is_active=False, sign_ins_ended=F("sign_ins_ended") + 1)
        subject = f"accounts.user:{person_id}"
        audit.record(actor=actor, verb="close_account", subject=subject, now=now, why=why.strip())


@transaction.atomic
def reopen_account(*, actor: Actor, person_id: UUID, why: str, now: datetime) -> None:
    """Let a person whose account was closed sign in again; roles and old sign-ins do not come back."""
    permit(may_end_account(actor, person_id), "open this account")
    _check_why(why)
    found = User.objects.filter(id=person_id).exclude(email__endswith=f"@{NOWHERE}")
    if found.filter(is_active=False).update(is_active=True):
        subject = f"accounts.user:{person_id}"
        audit.record(actor=actor, verb="reopen_account", subject=subject, now=now, why=why.strip())
    elif not found.exists():
        raise NotFound("person_unknown", "There is no such account.")


def end_due_roles(*, now: datetime) -> int:
    """End the roles whose last day is over; how many. They gave nothing any more from that very instant."""
    due = RoleGrant.objects.filter(ends_at__lte=now).order_by("ends_at", "id")
    found = each_due("accounts.end_due_roles", due, lambda row: _end_due(row, now), now=now, named=lambda row: row.id)
    return len(found.done)


def _end_due(due: RoleGrant, now: datetime) -> None:
    row = _locked(due.user_id, due.role, due.institution)
    if row is not None and row.ends_at is not None and row.ends_at <= now:
        end_grants(CLOCK, [row], "Its last day is over.", now)


def _locked(person_id: UUID, role: str, institution: str) -> RoleGrant | None:
    """The grant, while nobody else takes or gives that role there."""
    one_at_a_time(f"role {role} {institution}")
    return RoleGrant.objects.filter(user_id=person_id, role=role, institution=institution).first()


def _others(row: RoleGrant, now: datetime) -> int:
    return lasting_holders(row.role, row.institution, now).exclude(id=row.id).count()


def end_grants(actor: Actor, rows: Iterable[RoleGrant], why: str, now: datetime) -> None:
    """End those roles with the sign-ins and tokens of their holders, who are told."""
    for row in rows:
        before = {"role": row.role, "institution": row.institution or None}
        subject = f"accounts.user:{row.user_id}"
        row.delete()
        User.objects.filter(id=row.user_id).update(sign_ins_ended=F("sign_ins_ended") + 1)
        audit.record(actor=actor, verb="revoke_role", subject=subject, now=now, before=before, why=why)
        outbox.publish(RoleEnded(row.user_id, row.role, row.institution, why), now=now)


@transaction.atomic
def sign_review(*, actor: Actor, institution: str, seen: str, note: str, now: datetime) -> UUID:
    """Sign the list of roles off, by name; Changed if it is not the list that was shown."""
    permit(may_sign_review(actor, institution), "sign the list of roles")
    if len(note) > LONGEST_REASON:
        raise Unusable("note_too_long", "Note: write up to {longest_reason} characters.", longest_reason=LONGEST_REASON)
    found = list_to_sign(actor, institution)
    if seen != found.sha256:
        raise Changed({"list": found.sha256}, {"list": found.sha256})
    row = AccessReviewRow.objects.create(
        institution=institution,
        at=now,
        by_id=actor.own_id,
        by_name=actor.name[:200],
        count=len(found.rows),
        note=note.strip(),
        list_sha256=found.sha256,
        document_sha256=storage.keep(found.content),
    )
    after = {"institution": institution or None, "count": row.count, "list": row.list_sha256}
    audit.record(actor=actor, verb="sign_review", subject=f"accounts.review:{row.id}", now=now, after=after, why=note)
    return row.id


def _check_why(why: str) -> None:
    if not why.strip() or len(why) > LONGEST_REASON:
        raise Unusable(
            "reason_missing", "Reason: write why, in up to {longest_reason} characters.", longest_reason=LONGEST_REASON
        )


def _invitation(invitation_id: UUID) -> str:
    return f"accounts.invitation:{invitation_id}"
