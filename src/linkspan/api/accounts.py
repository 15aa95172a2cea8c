"""Accounts of people with whom one works; roles: who holds them, who is invited, who signed the list off."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import FileResponse
from ninja import Field

from linkspan.accounts import actions, queries
from linkspan.accounts.rules import (
    LONGEST_REASON,
    MOST_ROWS,
    Held,
    Invitation,
    Keeping,
    Person,
    Review,
    Role,
    Terms,
    Wanted,
    why_kept,
)
from linkspan.api.answers import Made, Router, parts
from linkspan.api.once import Posted, idempotent
from linkspan.kernel import held
from linkspan.kernel.audit import Entry
from linkspan.kernel.errors import Unusable
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words

router = Router()


@dataclass(frozen=True, slots=True)
class RolesTold:
    """A page of who holds roles there; who is invited, and who signed the list off."""

    rows: tuple[Held, ...]
    number: int
    size: int
    total: int
    invitations: tuple[Invitation, ...]
    reviews: tuple[Review, ...]


@dataclass(frozen=True, slots=True)
class RolesToSign:
    """The whole list of roles in rows of text, and its hash."""

    list: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class NotInvited(Wanted):
    """A row that failed, and why."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Invited:
    """The invitations made, and the rows that failed."""

    invited: tuple[UUID, ...]
    failed: tuple[NotInvited, ...]


@dataclass(frozen=True, slots=True)
class NotEnded:
    """A role that was not ended, and why."""

    grant: UUID
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class EndedRoles:
    """How many roles were ended, and those that were not."""

    ended: int
    failed: tuple[NotEnded, ...]


@dataclass(frozen=True, slots=True)
class RolesOfPerson:
    """A person's roles there, and who gave and ended which."""

    roles: tuple[Held, ...]
    history: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class PeopleFound:
    """Whom a search found; `more` where others may have the same name."""

    people: tuple[Person, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class KeptWords:
    """Words that stay, and why."""

    entries: int
    why: Keeping


@dataclass(frozen=True, slots=True)
class ErasedTold:
    """In how many entries the name and the words go, and by kind of thing which words go and stay."""

    names: int
    words: int
    gone: Mapping[str, int]
    kept: Mapping[str, KeptWords]
    dry_run: bool


class WantedIn(Posted):
    """A role for who reads an address; without an institution, everywhere."""

    email: str = Field(max_length=254)
    role: Role
    institution: str = Field("", max_length=64)


class InvitationsIn(Posted):
    """Up to 200 people and roles, with one reason and the same dates."""

    people: list[WantedIn] = Field(max_length=MOST_ROWS)
    why: str = Field(max_length=LONGEST_REASON)
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    despite_duties: bool = False


class WhyIn(Posted):
    """Why."""

    why: str = Field(max_length=LONGEST_REASON)


class EndRolesIn(WhyIn):
    """The roles to end, by the ids of the list."""

    grants: list[UUID] = Field(max_length=MOST_ROWS)


class EndAccessIn(WhyIn):
    """Where all roles end; empty: everywhere, and the account is closed."""

    institution: str = Field("", max_length=64)


class SignIn(Posted):
    """The hash of the list that was read."""

    institution: str = Field("", max_length=64)
    list: str = Field(max_length=64)
    note: str = Field("", max_length=LONGEST_REASON)


class ErasureIn(Posted):
    """Whom to erase and on which ground; with `dry_run`, nothing is changed."""

    email: str = Field(max_length=254)
    ground: str = Field(max_length=LONGEST_REASON)
    dry_run: bool


class LanguageIn(Posted):
    """A language that this site offers, by its code: `en`, `es`, `ar`."""

    language: str = Field(max_length=16)


class TokenIn(Posted):
    """The last part of the link in the mail."""

    token: str = Field(max_length=200)


@router.get("/roles", operation_id="roles")
def roles(
    request: Request, institution: str = "", text: str = "", role: str = "", page: int = 1, size: int = 50
) -> RolesTold:
    """Who holds roles there, who is invited, and who signed the list off."""
    if "\0" in text + role + institution:
        raise Unusable("text_unusable", "A null character cannot be stored. Remove it.")
    actor = request.actor
    return RolesTold(
        **parts(queries.roles_at(actor, institution, text=text, role=role, number=page, size=size)),
        invitations=queries.open_invitations(actor, institution),
        reviews=queries.reviews_at(actor, institution),
    )


@router.get("/roles/list", operation_id="roles_to_sign")
def roles_to_sign(request: Request, institution: str = "") -> RolesToSign:
    """The whole list of roles as it would be signed, and its hash."""
    found = queries.list_to_sign(request.actor, institution)
    return RolesToSign(found.sha256, tuple(tuple(row) for row in found.rows))


@router.post("/invitations", operation_id="invite_people")
@idempotent
def invite_people(request: Request, body: InvitationsIn) -> Invited:
    """Invite people to roles; each row by itself, those that failed by number with the reason."""
    wanted = [Wanted(row.email, row.role, row.institution) for row in body.people]
    terms = Terms(body.why, body.starts_at, body.ends_at, body.despite_duties)
    made = actions.invite(actor=request.actor, wanted=wanted, terms=terms, now=request.now)
    failed = tuple(NotInvited(**parts(row.one), code=row.code, message=in_words(row)) for row in made.failed)
    return Invited(tuple(made.done), failed)


@router.post("/invitations/accept", operation_id="accept_invitation")
@idempotent
def accept_invitation(request: Request, body: TokenIn) -> None:
    """Take the role that the link offers to the caller's confirmed address."""
    actions.accept_invitation(actor=request.actor, token=body.token, now=request.now)


@router.post("/invitations/{invitation_id}/withdraw", operation_id="withdraw_invitation")
@idempotent
def withdraw_invitation(request: Request, invitation_id: UUID) -> None:
    """Withdraw an invitation; its link opens nothing."""
    actions.withdraw_invitation(actor=request.actor, invitation_id=invitation_id, now=request.now)


@router.post("/roles/end", operation_id="end_roles")
@idempotent
def end_roles(request: Request, body: EndRolesIn) -> EndedRoles:
    """End roles, each by itself; those that failed with the reason."""
    found = actions.revoke_roles(actor=request.actor, grant_ids=body.grants, why=body.why, now=request.now)
    return EndedRoles(len(found.done), tuple(NotEnded(row.one, row.code, in_words(row)) for row in found.failed))


@router.post("/roles/reviews", operation_id="sign_review")
@idempotent
def sign_review(request: Request, body: SignIn) -> Made:
    """Sign the list of roles off by name, if it is still the list that was read."""
    signed = actions.sign_review(
        actor=request.actor, institution=body.institution, seen=body.list, note=body.note, now=request.now
    )
    return Made(signed)


@router.get("/roles/reviews/{review_id}", operation_id="signed_list")
def signed_list(request: Request, review_id: UUID) -> list[list[str]]:
    """The list as it was signed."""
    return queries.signed_list(request.actor, review_id)


@router.post("/sign-ins/end", operation_id="end_sign_ins")
@idempotent
def end_sign_ins(request: Request) -> None:
    """End all sign-ins and tokens of the caller, on every device, this one too."""
    actions.end_sign_ins(actor=request.actor, now=request.now)


@router.get("/{person_id}/roles", operation_id="roles_of_person")
def roles_of_person(request: Request, person_id: UUID, institution: str = "") -> RolesOfPerson:
    """One person's roles there, and who gave and ended which, when and why."""
    return RolesOfPerson(
        queries.roles_of_person(request.actor, person_id, institution),
        queries.role_history(request.actor, person_id, institution),
    )


@router.post("/{person_id}/end", operation_id="end_access")
@idempotent
def end_access(request: Request, person_id: UUID, body: EndAccessIn) -> None:
    """End all of a person's roles there, with sign-ins and tokens; everywhere, the account too."""
    actions.end_access(
        actor=request.actor, person_id=person_id, institution=body.institution, why=body.why, now=request.now
    )


@router.post("/{person_id}/reopen", operation_id="reopen_account")
@idempotent
def reopen_account(request: Request, person_id: UUID, body: WhyIn) -> None:
    """Let a person whose account was closed sign in again."""
    actions.reopen_account(actor=request.actor, person_id=person_id, why=body.why, now=request.now)


@router.post("/{person_id}/second-factor/reset", operation_id="reset_second_factor")
@idempotent
def reset_second_factor(request: Request, person_id: UUID, body: WhyIn) -> None:
    """Take a second factor away from somebody who lost it; sign-ins and tokens end."""
    actions.reset_second_factor(actor=request.actor, person_id=person_id, why=body.why, now=request.now)


@router.get("/mine/held", operation_id="held_about_me")
def held_about_me(request: Request) -> Mapping[str, int]:
    """How many entries each domain holds about the caller."""
    return held.counts_of(request.actor.own_id)


@router.post("/mine/held", response={200: bytes}, operation_id="export_my_data")
def export_my_data(request: Request) -> FileResponse:
    """All that is held about the caller: a ZIP of tables in JSON lines, and of the files handed in."""
    file = actions.export_person(actor=request.actor, person_id=request.actor.own_id, now=request.now)
    return FileResponse(file, as_attachment=True, filename="held.zip", content_type="application/zip")


@router.post("/mine/language", operation_id="choose_language")
@idempotent
def choose_language(request: Request, body: LanguageIn) -> None:
    """Keep the language in which the caller reads pages and mail."""
    actions.choose_language(actor=request.actor, locale=body.language)


class SearchIn(Posted):
    """The beginning of a name, a whole e-mail address, or a number."""

    text: str


@router.post("/{person_id}/readings", operation_id="read_person")
@idempotent
def read_person(request: Request, person_id: UUID) -> Person:
    """Names and address of one person, for staff whose work is with them; the reading is logged for the person."""
    return actions.read_person(actor=request.actor, person_id=person_id, now=request.now)


@router.post("/searches", operation_id="find_people")
@idempotent
def find_people(request: Request, body: SearchIn) -> PeopleFound:
    """Up to 20 people with whom the caller's work is, by name, whole address or number; who is shown reads of it."""
    found = actions.find_people(actor=request.actor, text=body.text, now=request.now)
    return PeopleFound(found.people, found.more)


@router.post("/trail/erasures", operation_id="erase_from_trail")
@idempotent
def erase_from_trail(request: Request, body: ErasureIn) -> ErasedTold:
    """Erase a person's name and words from the audit trail, whose chains still hold; or say what would go and stay."""
    found = actions.erase_by_email(
        actor=request.actor, email=body.email, ground=body.ground, now=request.now, dry_run=body.dry_run
    )
    kept = {kind: KeptWords(count, why_kept(kind)) for kind, count in found.kept.items()}
    return ErasedTold(found.names, found.words, found.gone, kept, body.dry_run)
