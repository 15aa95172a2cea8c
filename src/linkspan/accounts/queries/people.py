"""Reads of people, and what each has to do with whom."""

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from datetime import datetime
from itertools import batched, islice
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Lower

from linkspan.accounts.models import Consent, MergeRow, RoleGrant, User
from linkspan.accounts.rules import (
    Person,
    Tie,
    Ties,
    Workers,
    ties_sought,
    work_with,
)
from linkspan.kernel.actor import Actor, Grant
from linkspan.kernel.addresses import Address, address
from linkspan.kernel.aliases import present_ids
from linkspan.kernel.clock import domain_now
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.ids import ending_of
from linkspan.kernel.lists import word_beginnings
from linkspan.kernel.readers import granted

#: Tells the ties that a domain knows of those people.
type TieQuery = Callable[[Collection[UUID]], Iterable[tuple[UUID, Tie, str]]]


#: As many people of a name are looked at when somebody is searched for.
MOST_LOOKED_AT = 2_000

_tie_queries: list[tuple[Tie, TieQuery]] = []


def learn_ties_from(tie: Tie, query: TieQuery) -> None:
    """Ask that domain too whom people have to do with, by its one tie; the site does so once at start."""
    _tie_queries.append((tie, query))


def ties_of(ids: Iterable[UUID], now: datetime, only: Collection[Tie] = tuple(Tie)) -> dict[UUID, Ties]:
    """What each of those people has to do with which institution, by the domains that tell those ties."""
    found: dict[UUID, set[tuple[Tie, str]]] = {person_id: set() for person_id in ids}
    for some in batched(found, 500):
        told = [row for tie, query in _tie_queries if tie in only for row in query(some)]
        shares = _consent_ties(some, now) if Tie.SHARES_RECORD in only else ()
        for person_id, tie, institution in (*told, *shares):
            found[person_id].add((tie, institution))
    return {person_id: frozenset(ties) for person_id, ties in found.items()}


def _consent_ties(ids: Collection[UUID], now: datetime) -> Iterable[tuple[UUID, Tie, str]]:
    """With whom those people share their record, until they end it or it ends."""
    rows = Consent.objects.filter(learner_id__in=ids, revoked_at=None, given_at__lte=now, expires_at__gt=now)
    return [(learner, Tie.SHARES_RECORD, school) for learner, school in rows.values_list("learner_id", "institution")]


def people_at_work(actor: Actor, ids: Iterable[UUID], workers: Workers, now: datetime) -> frozenset[UUID]:
    """Those of the people with whom the actor has to work; never the actor."""
    ties = ties_of(ids, now, ties_sought(actor, workers))
    return frozenset(who for who in ties if not actor.is_person(who) and work_with(actor, ties[who], workers))


def actor_for(person_id: UUID) -> Actor:
    """The actor that a person is, with every grant that holds now; NotFound if there is no open account."""
    return actor_of(signed_in_user(person_id))


def signed_in_user(person_id: UUID, signed_in: int | None = None) -> User:
    """An open account; NotFound if there is none, or the sign-in named was ended since."""
    user = User.objects.filter(id=person_id, is_active=True).first()
    if user is None or signed_in not in {None, user.sign_ins_ended}:
        raise NotFound("person_unknown", "There is no such account.")
    return user


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
    return accounts_at([address(email)]).get(address(email))


def accounts_at(addresses: Iterable[Address]) -> dict[Address, UUID]:
    """The account of each address that has one; of an account that was joined with another one, that one."""
    found: dict[Address, UUID] = {}
    for some in batched(addresses, 500):
        joined = MergeRow.objects.filter(joined_email__in=some, done_at__isnull=False)
        ended = joined.values_list("joined_email", "joined_id", Value(True))
        rows = list(User.objects.filter(email__in=some).values_list("email", "id", Value(False)).union(ended, all=True))
        gone = {address(email): old_id for email, old_id, is_old in rows if is_old}
        present = present_ids(gone.values()) if gone else {}
        found |= {email: present[old_id] for email, old_id in gone.items() if old_id in present}
        found |= {address(email): person_id for email, person_id, is_old in rows if not is_old}
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


def account_at(actor: Actor, email: str) -> UUID | None:
    """The account with that address, or None, for staff of any office: nobody else learns whether there is one."""
    permit(bool(actor.grants), "look up who has an address")
    return person_id_by_email(email)


def recipient_at(actor: Actor, email: str) -> UUID | None:
    """`recipient_by_email`, for staff of any office."""
    permit(bool(actor.grants), "look up who has an address")
    return recipient_by_email(email)


def people_with_role(role: str, institution: str) -> tuple[UUID, ...]:
    """Who holds a role at an institution, for notices to staff."""
    held = RoleGrant.objects.filter(in_force(domain_now()), role=role, institution=institution, user__is_active=True)
    return tuple(held.values_list("user_id", flat=True))


def people_named(ids: Iterable[UUID], part: str) -> frozenset[UUID]:
    """Which of those people have a name or legal name that holds the text."""
    found: set[UUID] = set()
    wanted = list(ids)
    for start in range(0, len(wanted), 500):
        rows = User.objects.filter(id__in=wanted[start : start + 500])
        found |= set(rows.filter(Q(name__icontains=part) | Q(legal_name__icontains=part)).values_list("id", flat=True))
    return frozenset(found)


def people_called(text: str) -> QuerySet[User, UUID]:
    """The ids of the people with that name, legal name or whole address, as a subquery for lists of other domains.

    Every word begins a word of the name. An address is found whole only: nobody guesses it letter by letter.
    """
    meant = word_beginnings(text, ("name", "legal_name"))
    if "@" in text:
        with suppress(Unusable):
            known = person_id_by_email(text)
            meant = Q(id=known) if known else Q(email=address(text))
    return User.objects.filter(meant).values_list("id", flat=True)


def called(text: str, field: str = "learner_id") -> Q:
    """Rows about the people with that name, legal name or whole address, or about the person with that number."""
    ending = ending_of(text)
    return Q(**{f"{field}__in": people_called(text)}) | (Q(**{f"{field}__endswith": ending}) if ending else Q())


def worked_with(actor: Actor, text: str, workers: Workers, now: datetime, most: int) -> tuple[dict[UUID, Ties], bool]:
    """Up to `most` people so called with whom the actor's work is, with their ties; and whether there may be more."""
    sought, found = ties_sought(actor, workers), dict[UUID, Ties]()
    meant = User.objects.filter(called(text, "id")).exclude(id=actor.own_id).order_by("name", "id")
    ids = list(meant.values_list("id", flat=True)[: MOST_LOOKED_AT + 1])
    for some in batched(ids[:MOST_LOOKED_AT], 500):
        ties = ties_of(some, now, sought)
        found |= {who: ties[who] for who in some if work_with(actor, ties[who], workers)}
        if len(found) > most:
            break
    return dict(islice(found.items(), most)), len(found) > most or len(ids) > MOST_LOOKED_AT


def name_of(field: str = "learner_id") -> Subquery:
    """The name by which a row of another domain is put in order; it is shown only by `read_people`."""
    return Subquery(User.objects.filter(id=OuterRef(field)).values(named=Lower("name"))[:1])


def _person(user: User) -> Person:
    return Person(user.id, user.email, user.name, user.legal_name, user.time_zone, user.locale or "en")


@granted
def languages_of(ids: Collection[UUID]) -> dict[UUID, str]:
    """The language that each person chose; who chose none is left out."""
    found: dict[UUID, str] = {}
    for some in batched(ids, 500):
        rows = User.objects.filter(id__in=some).exclude(locale="")
        found.update(rows.values_list("id", "locale"))
    return found
