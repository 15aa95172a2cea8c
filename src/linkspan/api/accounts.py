"""Accounts of people with whom one works; roles: who holds them, who is invited, who signed the list off."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import FileResponse
from ninja import Field, Router, Schema

from linkspan.accounts import actions
from linkspan.accounts.queries import access
from linkspan.accounts.rules import Keeping, Role, why_kept
from linkspan.accounts.rules.access import LONGEST_REASON, MOST_ROWS, Terms, Wanted
from linkspan.api.once import Posted, idempotent, once
from linkspan.kernel import held
from linkspan.kernel.errors import Unusable
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.request import Request

router = Router()


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


class KeptOut(Schema):
    """Words that stay, and why."""

    entries: int
    why: Keeping


class ErasureOut(Schema):
    """In how many entries the name and the words go, and by kind of thing which words go and stay."""

    names: int
    words: int
    gone: dict[str, int]
    kept: dict[str, KeptOut]
    dry_run: bool


class TokenIn(Posted):
    """The last part of the link in the mail."""

    token: str = Field(max_length=200)


@router.get("/roles", response=dict[str, Any], operation_id="roles")
def roles(
    request: Request, institution: str = "", text: str = "", role: str = "", page: int = 1, size: int = 50
) -> dict[str, Any]:
    """Who holds roles there, who is invited, who signed the list off, and the hash of the list as it is."""
    if "\0" in text + role + institution:
        raise Unusable("text_unusable", "A null character cannot be stored. Remove it.")
    actor = request.actor
    held = access.roles_at(actor, institution, text=text, role=role, number=page, size=size)
    return {
        **jsonable(held),
        "invitations": [jsonable(row) for row in access.open_invitations(actor, institution)],
        "reviews": [jsonable(row) for row in access.reviews_at(actor, institution)],
    }


@router.get("/roles/list", response=dict[str, Any], operation_id="roles_to_sign")
def roles_to_sign(request: Request, institution: str = "") -> dict[str, Any]:
    """The whole list of roles as it would be signed, and its hash."""
    _content, sha256, _count = access.list_to_sign(request.actor, institution)
    return {"list": sha256, "rows": access.listed(request.actor, institution)}


@router.post("/invitations", response=dict[str, Any], operation_id="invite_people")
def invite_people(request: Request, body: InvitationsIn) -> dict[str, Any]:
    """Invite people to roles; each row by itself, those that failed by number with the reason."""
    wanted = [Wanted(row.email, row.role, row.institution) for row in body.people]
    terms = Terms(body.why, body.starts_at, body.ends_at, body.despite_duties)

    def work() -> dict[str, Any]:
        made = actions.invite(actor=request.actor, wanted=wanted, terms=terms, now=request.now)
        failed = [{**jsonable(row.one), "code": row.code, "message": row.message} for row in made.failed]
        return {"invited": [str(one) for one in made.done], "failed": failed}

    return once(request, body, work)


@router.post("/invitations/accept", response={204: None}, operation_id="accept_invitation")
@idempotent
def accept_invitation(request: Request, body: TokenIn) -> None:
    """Take the role that the link offers to the caller's confirmed address."""
    actions.accept_invitation(actor=request.actor, token=body.token, now=request.now)


@router.post("/invitations/{invitation_id}/withdraw", response={204: None}, operation_id="withdraw_invitation")
@idempotent
def withdraw_invitation(request: Request, invitation_id: UUID) -> None:
    """Withdraw an invitation; its link opens nothing."""
    actions.withdraw_invitation(actor=request.actor, invitation_id=invitation_id, now=request.now)


@router.post("/roles/end", response=dict[str, Any], operation_id="end_roles")
def end_roles(request: Request, body: EndRolesIn) -> dict[str, Any]:
    """End roles, each by itself; those that failed with the reason."""

    def work() -> dict[str, Any]:
        found = actions.revoke_roles(actor=request.actor, grant_ids=body.grants, why=body.why, now=request.now)
        failed = [{"grant": str(row.one), "code": row.code, "message": row.message} for row in found.failed]
        return {"ended": len(found.done), "failed": failed}

    return once(request, body, work)


@router.post("/roles/reviews", response=dict[str, Any], operation_id="sign_review")
@idempotent
def sign_review(request: Request, body: SignIn) -> dict[str, Any]:
    """Sign the list of roles off by name, if it is still the list that was read."""
    signed = actions.sign_review(
        actor=request.actor, institution=body.institution, seen=body.list, note=body.note, now=request.now
    )
    return {"id": str(signed)}


@router.get("/roles/reviews/{review_id}", response=list[list[str]], operation_id="signed_list")
def signed_list(request: Request, review_id: UUID) -> list[list[str]]:
    """The list as it was signed."""
    return access.signed_list(request.actor, review_id)


@router.post("/sign-ins/end", response={204: None}, operation_id="end_sign_ins")
@idempotent
def end_sign_ins(request: Request) -> None:
    """End all sign-ins and tokens of the caller, on every device, this one too."""
    actions.end_sign_ins(actor=request.actor, now=request.now)


@router.get("/{person_id}/roles", response=dict[str, Any], operation_id="roles_of_person")
def roles_of_person(request: Request, person_id: UUID, institution: str = "") -> dict[str, Any]:
    """One person's roles there, and who gave and ended which, when and why."""
    held = access.roles_of_person(request.actor, person_id, institution)
    history = access.role_history(request.actor, person_id, institution)
    return {"roles": [jsonable(row) for row in held], "history": [jsonable(row) for row in history]}


@router.post("/{person_id}/end", response={204: None}, operation_id="end_access")
@idempotent
def end_access(request: Request, person_id: UUID, body: EndAccessIn) -> None:
    """End all of a person's roles there, with sign-ins and tokens; everywhere, the account too."""
    actions.end_access(
        actor=request.actor, person_id=person_id, institution=body.institution, why=body.why, now=request.now
    )


@router.post("/{person_id}/reopen", response={204: None}, operation_id="reopen_account")
@idempotent
def reopen_account(request: Request, person_id: UUID, body: WhyIn) -> None:
    """Let a person whose account was closed sign in again."""
    actions.reopen_account(actor=request.actor, person_id=person_id, why=body.why, now=request.now)


@router.get("/mine/held", response=dict[str, int], operation_id="held_about_me")
def held_about_me(request: Request) -> dict[str, int]:
    """How many entries each domain holds about the caller."""
    return held.counts_of(request.actor.own_id)


@router.post("/mine/held", operation_id="export_my_data")
def export_my_data(request: Request) -> FileResponse:
    """All that is held about the caller: a ZIP of tables in JSON lines, and of the files handed in."""
    file = actions.export_person(actor=request.actor, person_id=request.actor.own_id, now=request.now)
    return FileResponse(file, as_attachment=True, filename="held.zip", content_type="application/zip")


@router.post("/{person_id}/readings", response=dict[str, Any], operation_id="read_person")
@idempotent
def read_person(request: Request, person_id: UUID) -> dict[str, Any]:
    """Names and address of one person, for staff whose work is with them; the reading is logged for the person."""
    return jsonable(actions.read_person(actor=request.actor, person_id=person_id, now=request.now))


@router.post("/trail/erasures", response=ErasureOut, operation_id="erase_from_trail")
def erase_from_trail(request: Request, body: ErasureIn) -> dict[str, Any]:
    """Erase a person's name and words from the audit trail, whose chains still hold; or say what would go and stay."""

    def work() -> dict[str, Any]:
        found = actions.erase_by_email(
            actor=request.actor, email=body.email, ground=body.ground, now=request.now, dry_run=body.dry_run
        )
        kept = {kind: {"entries": count, "why": why_kept(kind).value} for kind, count in found.kept.items()}
        told = {"names": found.names, "words": found.words, "gone": dict(found.gone), "kept": kept}
        return {**told, "dry_run": body.dry_run}

    return once(request, body, work)
