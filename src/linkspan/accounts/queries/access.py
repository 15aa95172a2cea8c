"""Reads about roles: who holds them, who was invited, who signed the list off."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q, QuerySet

from linkspan.accounts.engines.links import invitation_in, token_of
from linkspan.accounts.models import AccessReviewRow, InvitationRow, RoleGrant, User
from linkspan.accounts.queries.people import in_force
from linkspan.accounts.rules import Role
from linkspan.accounts.rules.access import Held, Invitation, Review, may_see_roles
from linkspan.kernel import audit, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.paging import Page, page_of
from linkspan.kernel.readers import by_secret, granted

#: Tells whether there is an institution of that short name.
type SchoolQuery = Callable[[str], bool]
_school_queries: list[SchoolQuery] = []


def learn_schools_from(query: SchoolQuery) -> None:
    """Ask that domain which institutions there are; the site does so once at start."""
    _school_queries.append(query)


def check_institution(code: str) -> None:
    """NotFound unless there is an institution of that short name."""
    if code and not any(query(code) for query in _school_queries):
        raise NotFound(
            "institution_unknown", "There is no institution {code}. Check its short name.", code=repr(code[:64])
        )


def roles_at(
    actor: Actor, institution: str, *, text: str = "", role: str = "", number: int = 1, size: int = 50
) -> Page[Held]:
    """Who holds roles at an institution (everywhere if empty), by e-mail, narrowed by a part of name or address."""
    permit(may_see_roles(actor, institution), "see the roles of this institution")
    rows = _rows(institution)
    if text:
        rows = rows.filter(Q(user__email__icontains=text) | Q(user__name__icontains=text))
    if role:
        rows = rows.filter(role=role)
    return page_of(rows, rows.count(), _held, number=number, size=size)


def roles_of_person(actor: Actor, person_id: UUID, institution: str) -> tuple[Held, ...]:
    """The roles that one person holds there."""
    permit(may_see_roles(actor, institution), "see the roles of this institution")
    return tuple(_held(row) for row in _rows(institution).filter(user_id=person_id))


def role_history(actor: Actor, person_id: UUID, institution: str) -> tuple[audit.Entry, ...]:
    """Who gave and took which role of one person there, when and why, oldest first."""
    permit(may_see_roles(actor, institution), "see the roles of this institution")
    told = audit.trail_of(f"accounts.user:{person_id}")
    return tuple(one for one in told if one.verb in {"grant_role", "revoke_role"} and _of(one) == institution)


def _of(entry: audit.Entry) -> str:
    return (entry.after or entry.before or {}).get("institution") or ""


def open_invitations(actor: Actor, institution: str) -> tuple[Invitation, ...]:
    """Invitations that wait to be taken, or have run out, newest first."""
    permit(may_see_roles(actor, institution), "see the roles of this institution")
    rows = InvitationRow.objects.filter(institution=institution, closed_at=None).order_by("-invited_at", "id")
    return tuple(_invitation(row) for row in rows[:200])


@dataclass(frozen=True, slots=True)
class Offer:
    """An invitation as its reader sees it; `known` says whether there is an account that can sign in."""

    invitation: Invitation
    token: str
    known: bool


@dataclass(frozen=True, slots=True)
class Whose:
    """A person as the roles desk names them."""

    id: UUID
    name: str
    email: str
    is_active: bool


@by_secret
def offer(token: str, now: datetime) -> Offer:
    """What a link offers; NotFound if it is not ours, was used, withdrawn, or has run out."""
    found = invitation_in(token)
    row = InvitationRow.objects.filter(id=found, closed_at=None, expires_at__gt=now).first() if found else None
    if row is None:
        raise NotFound("invitation_over", "This invitation was used, withdrawn, or has expired. Ask for a new one.")
    return Offer(_invitation(row), token, can_sign_in(row.email))


def offer_to_send(invitation_id: UUID) -> Offer | None:
    """What the mail of an invitation tells, or None if it was closed since; for the domain that sends it."""
    row = InvitationRow.objects.filter(id=invitation_id, closed_at=None).first()
    return Offer(_invitation(row), token_of(row.id), can_sign_in(row.email)) if row else None


def inviter_of(invitation_id: UUID) -> UUID | None:
    """Who invited, or None for the system; for the domain that tells them."""
    return InvitationRow.objects.values_list("invited_by_id", flat=True).get(id=invitation_id)


def can_sign_in(email: str) -> bool:
    """Whether the account of an address has a way to sign in: an import opens accounts that have none."""
    ways = ~Q(password__startswith=UNUSABLE_PASSWORD_PREFIX) | Q(emailaddress__isnull=False)
    return User.objects.filter(ways, email=email).exists()


@granted
def is_confirmed(person_id: UUID, email: str) -> bool:
    """Whether the person has shown that the address is theirs."""
    return bool(EmailAddress.objects.filter(user_id=person_id, email__iexact=email, verified=True).exists())


def lasting_holders(role: str, institution: str, now: datetime) -> QuerySet[RoleGrant]:
    """Who holds a role now, with an account that is open, and without a last day."""
    held = RoleGrant.objects.filter(in_force(now), role=role, institution=institution, ends_at=None)
    return held.filter(user__is_active=True)


def operators(actor: Actor) -> tuple[Held, ...]:
    """Every operator of this installation."""
    return roles_at(actor, "", role=Role.OPERATOR, size=200).rows


def listed(actor: Actor, institution: str) -> list[list[str]]:
    """Everybody who holds a role there, as rows of text: name, address, role, by whom, when, until when, why."""
    permit(may_see_roles(actor, institution), "see the roles of this institution")
    return [
        [one.name, one.email, one.role, one.granted_by, one.granted_at.isoformat(), _day(one.ends_at), one.why]
        for one in map(_held, _rows(institution).iterator())
    ]


@dataclass(frozen=True, slots=True)
class ListToSign:
    """The list of roles as it would be signed: its rows, how they are stored, and the hash of that."""

    rows: list[list[str]]
    content: bytes
    sha256: str


def list_to_sign(actor: Actor, institution: str) -> ListToSign:
    """The list of roles as it is now."""
    rows = listed(actor, institution)
    content = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
    return ListToSign(rows, content, sha256(content).hexdigest())


@granted
def whose(person_id: UUID) -> Whose:
    """Whose roles a page shows, for a face whose query has decided who may ask."""
    user = User.objects.filter(id=person_id).first()
    if user is None:
        raise NotFound("person_unknown", "There is no such account.")
    return Whose(user.id, user.name, user.email, user.is_active)


def schools_with_roles(actor: Actor) -> tuple[str, ...]:
    """The institutions where somebody holds a role, for operators and auditors."""
    permit(may_see_roles(actor, ""), "see the roles of every institution")
    found = RoleGrant.objects.exclude(institution="").order_by("institution")
    return tuple(found.values_list("institution", flat=True).distinct())


def reviews_at(actor: Actor, institution: str) -> tuple[Review, ...]:
    """Who signed the list of roles off, newest first."""
    permit(may_see_roles(actor, institution), "see the roles of this institution")
    rows = AccessReviewRow.objects.filter(institution=institution).order_by("-at", "id")
    return tuple(Review(row.id, row.at, row.by_name, row.count, row.note, row.list_sha256) for row in rows[:50])


def signed_list(actor: Actor, review_id: UUID) -> list[list[str]]:
    """The list of roles as it was signed."""
    row = AccessReviewRow.objects.filter(id=review_id).first()
    if row is None or not may_see_roles(actor, row.institution):
        raise NotFound("review_unknown", "There is no such review.")
    signed: list[list[str]] = json.loads(storage.read(row.document_sha256))
    return signed


def _rows(institution: str) -> QuerySet[RoleGrant]:
    rows = RoleGrant.objects.filter(institution=institution).select_related("user")
    return rows.order_by("user__email", "role")


def _day(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _held(row: RoleGrant) -> Held:
    return Held(
        row.id,
        row.user_id,
        row.user.name,
        row.user.email,
        row.role,
        row.institution,
        row.granted_by,
        row.granted_at,
        row.starts_at,
        row.ends_at,
        row.why,
        row.user.last_login,
    )


def _invitation(row: InvitationRow) -> Invitation:
    return Invitation(
        row.id,
        row.email,
        row.role,
        row.institution,
        row.invited_by,
        row.invited_at,
        row.expires_at,
        row.starts_at,
        row.ends_at,
        row.why,
    )
