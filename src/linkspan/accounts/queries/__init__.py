"""Reads about people."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime
from itertools import batched
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Exists, OuterRef, Q

from linkspan.accounts.models import ApiClientRow, Consent, Disclosure, IdentityCheck, RoleGrant, User
from linkspan.accounts.rules import (
    IDENTITY_CHECKERS,
    ApiClient,
    Basis,
    ConsentGiven,
    Disclosed,
    Identity,
    IdentityState,
    Person,
    Tie,
    Ties,
    Workers,
    holds_any,
    may_check_identity,
    may_manage_clients,
    work_with,
)
from linkspan.kernel.actor import Actor, Grant
from linkspan.kernel.addresses import Address, address
from linkspan.kernel.clock import domain_now
from linkspan.kernel.errors import NotFound, Refused, permit
from linkspan.kernel.paging import Page, page_of
from linkspan.kernel.refusals import Refusal

#: Tells the ties that a domain knows of those people.
type TieQuery = Callable[[Collection[UUID]], Iterable[tuple[UUID, Tie, str]]]
_tie_queries: list[TieQuery] = []


def learn_ties_from(query: TieQuery) -> None:
    """Ask that domain too whom people have to do with; the site does so once at start."""
    _tie_queries.append(query)


def ties_of(ids: Iterable[UUID], now: datetime) -> dict[UUID, Ties]:
    """What each of those people has to do with which institution, by every domain's account."""
    found: dict[UUID, set[tuple[Tie, str]]] = {person_id: set() for person_id in ids}
    for some in batched(found, 500):
        told = [row for query in _tie_queries for row in query(some)]
        for person_id, tie, institution in (*told, *_consent_ties(some, now)):
            found[person_id].add((tie, institution))
    return {person_id: frozenset(ties) for person_id, ties in found.items()}


def _consent_ties(ids: Collection[UUID], now: datetime) -> Iterable[tuple[UUID, Tie, str]]:
    """With whom those people share their record, until they end it or it ends."""
    rows = Consent.objects.filter(learner_id__in=ids, revoked_at=None, given_at__lte=now, expires_at__gt=now)
    return [(learner, Tie.SHARES_RECORD, school) for learner, school in rows.values_list("learner_id", "institution")]


def people_at_work(actor: Actor, ids: Iterable[UUID], workers: Workers, now: datetime) -> frozenset[UUID]:
    """Those of the people with whom the actor has to work; never the actor."""
    ties = ties_of(ids, now)
    return frozenset(who for who in ties if not actor.is_person(who) and work_with(actor, ties[who], workers))


def actor_for(person_id: UUID, signed_in: int | None = None) -> Actor:
    """The actor that a signed-in person is, with every grant; NotFound if the sign-in named was ended since."""
    user = User.objects.filter(id=person_id, is_active=True).first()
    if user is None or signed_in not in {None, user.sign_ins_ended}:
        raise NotFound("person_unknown", "There is no such account.")
    return actor_of(user)


def in_force(now: datetime) -> Q:
    """Which grants hold at that instant."""
    return (Q(starts_at=None) | Q(starts_at__lte=now)) & (Q(ends_at=None) | Q(ends_at__gt=now))


def actor_of(user: User) -> Actor:
    """The actor that a loaded account is, with the grants that hold now; what a request knows is not read again."""
    held = RoleGrant.objects.filter(in_force(domain_now()), user=user)
    grants = frozenset(Grant(role, school or None) for role, school in held.values_list("role", "institution"))
    return Actor(person_id=user.id, name=user.name or user.email, grants=grants)


def person(actor: Actor, person_id: UUID) -> Person:
    """One's own account; staff read others' by `actions.read_person`, which logs it."""
    permit(actor.is_system or actor.is_person(person_id), "see this account")
    return person_of(person_id)


def person_of(person_id: UUID) -> Person:
    """One person, for other domains' actions that have already decided who may ask."""
    user = User.objects.filter(id=person_id).first()
    if user is None:
        raise NotFound("person_unknown", "There is no such account.")
    return _person(user)


def people_by_id(ids: Iterable[UUID]) -> dict[UUID, Person]:
    """People by identifier, in one query, for domains that have decided who may ask; faces list by `read_people`."""
    return {user.id: _person(user) for user in User.objects.filter(id__in=list(ids))}


def person_id_by_email(email: str) -> UUID | None:
    """The account with that address, or None; Unusable for what is no address."""
    return User.objects.filter(email=address(email)).values_list("id", flat=True).first()


def accounts_at(addresses: Iterable[Address]) -> dict[Address, UUID]:
    """The account of each address that has one."""
    found: dict[Address, UUID] = {}
    for some in batched(addresses, 500):
        rows = User.objects.filter(email__in=some).values_list("email", "id")
        found |= {address(email): person_id for email, person_id in rows}
    return found


def unconfirmed(ids: Iterable[UUID]) -> frozenset[UUID]:
    """Which accounts somebody made who has not shown that the address is theirs: nobody's facts go there.

    An account without any way to sign in, such as one that an import opened, waits for whoever proves the address.
    """
    found: set[UUID] = set()
    wanted = list(ids)
    proved = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True, email__iexact=OuterRef("email"))
    registered = ~Q(password__startswith=UNUSABLE_PASSWORD_PREFIX) | Q(emailaddress__isnull=False)
    for start in range(0, len(wanted), 500):
        rows = User.objects.filter(registered, ~Exists(proved), id__in=wanted[start : start + 500])
        found |= set(rows.values_list("id", flat=True))
    return frozenset(found)


def recipient_by_email(email: str) -> UUID | None:
    """The account to which something of that address may go, or None; Refused while the address is not confirmed."""
    person_id = person_id_by_email(email)
    if person_id is not None and unconfirmed([person_id]):
        raise Refused(
            "address_unconfirmed",
            "The person with that e-mail address has not confirmed it yet. Ask them to sign in, then try again.",
        )
    return person_id


def people_with_role(role: str, institution: str) -> tuple[UUID, ...]:
    """Who holds a role at an institution, for notices to staff."""
    held = RoleGrant.objects.filter(in_force(domain_now()), role=role, institution=institution, user__is_active=True)
    return tuple(held.values_list("user_id", flat=True))


def accepted_identity(learner_id: UUID) -> Identity | None:
    """The newest accepted identity evidence of a learner, or None."""
    row = (
        IdentityCheck.objects.filter(learner_id=learner_id, state=IdentityState.ACCEPTED)
        .order_by("-checked_at")
        .first()
    )
    return _identity(row) if row else None


def identity_of(actor: Actor, learner_id: UUID, now: datetime) -> tuple[Identity, ...]:
    """All identity evidence of a learner, newest first: their own, or for staff who check it."""
    own = actor.is_person(learner_id)
    permit(own or may_check_identity(actor, learner_id, ties_of([learner_id], now)[learner_id]), "see this evidence")
    rows = IdentityCheck.objects.filter(learner_id=learner_id).order_by("-submitted_at")
    return tuple(_identity(row) for row in rows)


def identity_queue(actor: Actor, now: datetime) -> tuple[Identity, ...]:
    """Identity evidence that waits for a check by the actor, oldest first."""
    permit(holds_any(actor, IDENTITY_CHECKERS), "check identity evidence")
    rows = IdentityCheck.objects.filter(state=IdentityState.SUBMITTED).order_by("submitted_at", "id")
    waiting = [_identity(row) for row in rows]
    mine = people_at_work(actor, {one.learner_id for one in waiting}, IDENTITY_CHECKERS, now)
    said_no = IdentityCheck.objects.filter(learner_id__in=mine, state=IdentityState.REFUSED).order_by("-checked_at")
    before: dict[UUID, list[Refusal]] = {}
    for row in said_no:
        told = Refusal(row.legal_name, row.checked_at or row.submitted_at, row.reason)
        before.setdefault(row.learner_id, []).append(told)
    shown = [one for one in waiting if one.learner_id in mine][:200]
    return tuple(replace(one, refused_before=tuple(before.get(one.learner_id, ()))) for one in shown)


def consents_of(learner_id: UUID) -> tuple[ConsentGiven, ...]:
    """Every consent a learner gave, newest first."""
    rows = Consent.objects.filter(learner_id=learner_id).order_by("-given_at")
    return tuple(_consent(row) for row in rows)


def consents_between(learner_id: UUID, institution: str) -> tuple[ConsentGiven, ...]:
    """Every consent of one learner to one institution, newest first; for actions that decide on what may be read."""
    rows = Consent.objects.filter(learner_id=learner_id, institution=institution).order_by("-given_at")
    return tuple(_consent(row) for row in rows)


def consents_to(institution: str) -> tuple[ConsentGiven, ...]:
    """Every consent to one institution, newest first; for lists whose query has already decided who may ask."""
    rows = Consent.objects.filter(institution=institution).order_by("-given_at", "id")
    return tuple(_consent(row) for row in rows)


def people_named(ids: Iterable[UUID], part: str) -> frozenset[UUID]:
    """Which of those people have a name or legal name that holds the text."""
    found: set[UUID] = set()
    wanted = list(ids)
    for start in range(0, len(wanted), 500):
        rows = User.objects.filter(id__in=wanted[start : start + 500])
        found |= set(rows.filter(Q(name__icontains=part) | Q(legal_name__icontains=part)).values_list("id", flat=True))
    return frozenset(found)


def schools_shown_to(learner_id: UUID) -> tuple[str, ...]:
    """The institutions that were shown the learner's record, for notices of what has changed in it."""
    rows = Disclosure.objects.filter(learner_id=learner_id).exclude(basis=Basis.WORK).order_by("institution")
    return tuple(rows.values_list("institution", flat=True).distinct())


def disclosures_of(actor: Actor, learner_id: UUID, *, number: int = 1, size: int = 50) -> Page[Disclosed]:
    """Who read the learner's record, newest first; for the learner and auditors."""
    permit(actor.is_person(learner_id) or actor.has_role("auditor"), "see this disclosure log")
    rows = Disclosure.objects.filter(learner_id=learner_id).order_by("-at", "-id")
    return page_of(rows, rows.count(), _disclosed, number=number, size=size)


def api_client(client_id: UUID, now: datetime) -> ApiClient:
    """A client that is registered and not revoked, for whoever checks its access; NotFound otherwise."""
    row = ApiClientRow.objects.filter(id=client_id).first()
    if row is None or (row.revoked_at is not None and row.revoked_at <= now):
        raise NotFound("client_unknown", "There is no such client, or its access has ended.")
    return _client(row)


def api_clients(actor: Actor, institution: str) -> tuple[ApiClient, ...]:
    """The systems of an institution, newest first, revoked ones included."""
    permit(may_manage_clients(actor, institution), "see systems of this institution")
    rows = ApiClientRow.objects.filter(institution=institution).order_by("-registered_at")
    return tuple(_client(row) for row in rows)


def client_actor(client: ApiClient, scopes: Iterable[str]) -> Actor:
    """A client as an actor: it holds each of its scopes at its institution, and no person's role."""
    grants = frozenset(Grant(scope, client.institution) for scope in scopes)
    return Actor(person_id=None, name=f"client {client.name}", grants=grants)


def _client(row: ApiClientRow) -> ApiClient:
    return ApiClient(row.id, row.institution, row.name, row.jwk, frozenset(row.scopes), row.revoked_at)


def _person(user: User) -> Person:
    return Person(user.id, user.email, user.name, user.legal_name, user.time_zone, user.locale)


def _identity(row: IdentityCheck) -> Identity:
    return Identity(
        row.id,
        row.learner_id,
        row.legal_name,
        row.document_sha256,
        IdentityState(row.state),
        row.submitted_at,
        row.checked_at,
        row.reason,
    )


def _disclosed(row: Disclosure) -> Disclosed:
    return Disclosed(row.institution, row.reader_name, row.purpose, tuple(row.records), row.basis, row.how, row.at)


def _consent(row: Consent) -> ConsentGiven:
    return ConsentGiven(
        row.id,
        row.learner_id,
        row.institution,
        row.purpose,
        tuple(row.records),
        row.given_at,
        row.expires_at,
        row.revoked_at,
        row.signed_name,
    )
