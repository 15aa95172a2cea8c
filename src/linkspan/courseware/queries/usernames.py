"""Reads of usernames of learning platforms, and of who is behind them."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from linkspan.accounts.queries import is_confirmed, people_by_id, person_of
from linkspan.courseware.models import UsernameLinkRow, UsernameRow
from linkspan.courseware.rules import LinkState, Named, Proof, ToldUsername, UsernameLink, may_link_others
from linkspan.courseware.rules.usernames import STANDING
from linkspan.kernel.actor import Actor
from linkspan.kernel.addresses import Address, address
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.lists import Ask, Shape, found
from linkspan.kernel.paging import Page
from linkspan.kernel.readers import granted, public

_STANDS = UsernameLinkRow.objects.filter(
    institution=OuterRef("institution"), place=OuterRef("place"), username=OuterRef("username")
)


def _in_state(*states: LinkState) -> Exists:
    return Exists(_STANDS.filter(state__in=states))


USERNAMES = Shape(
    search=lambda text: Q(username__istartswith=text) | Q(email__iexact=text),
    filters={
        "state": {
            "unlinked": Q(~_in_state(*STANDING), by_address=False),
            "proposed": Q(_in_state(LinkState.PROPOSED)),
            "linked": Q(_in_state(LinkState.LINKED)),
            "by_address": Q(~_in_state(*STANDING), by_address=True),
        }
    },
    sorts={"title": ("username",), "platform": ("place",), "since": ("told_at",)},
    first="title",
)


def usernames_at(actor: Actor, ask: Ask) -> Page[ToldUsername]:
    """The usernames that files of the actor's institutions told, for those who say whose they are."""
    permit(bool(_mine(actor)), "link usernames")
    page = found(UsernameRow.objects.filter(institution__in=_mine(actor)), ask, USERNAMES, lambda row: row)
    names = [row.username for row in page.rows]
    links = UsernameLinkRow.objects.filter(institution__in=_mine(actor), username__in=names, state__in=STANDING)
    standing = {named_of(row): link_of(row) for row in links}
    rows = tuple(_told(row, standing.get(named_of(row))) for row in page.rows)
    return Page(rows, page.number, page.size, page.total)


def username(actor: Actor, username_id: UUID) -> ToldUsername:
    """One of them."""
    row = UsernameRow.objects.filter(id=username_id).first()
    if row is None or not may_link_others(actor, row.institution):
        raise NotFound("username_unknown", "There is no such username at your institution.")
    stands = _rows(named_of(row)).filter(state__in=STANDING).first()
    return _told(row, link_of(stands) if stands else None)


def links_to_decide(actor: Actor) -> int:
    """How many links that others proposed wait at the actor's institutions."""
    rows = UsernameLinkRow.objects.filter(institution__in=_mine(actor), state=LinkState.PROPOSED)
    return rows.exclude(by=actor.own_id).exclude(learner_id=actor.own_id).count() if _mine(actor) else 0


def my_usernames(actor: Actor) -> tuple[UsernameLink, ...]:
    """The usernames with which the actor is linked."""
    rows = UsernameLinkRow.objects.filter(learner_id=actor.own_id, state=LinkState.LINKED).order_by("at", "id")
    return tuple(link_of(row) for row in rows)


def told_of_me(actor: Actor) -> tuple[Named, ...]:
    """Usernames that a platform has with the actor's own confirmed address, and that nobody is linked with yet."""
    mine = person_of(actor.own_id).email
    if not is_confirmed(actor.own_id, mine):
        return ()
    rows = UsernameRow.objects.filter(~_in_state(*STANDING), email=address(mine)).order_by("institution", "username")
    return tuple(named_of(row) for row in rows[:50])


@public
def places_told() -> tuple[tuple[str, str], ...]:
    """The institutions whose files told usernames, each with the host of its platform."""
    rows = UsernameRow.objects.order_by("institution", "place").values_list("institution", "place").distinct()
    return tuple(rows)


def linked_addresses(institution: str, place: str) -> dict[str, Address]:
    """The address of the account that is linked with each username of an institution's platform."""
    linked = linked_people(institution, place)
    people = people_by_id(linked.values())
    return {name: address(people[who].email) for name, who in linked.items() if who in people}


def linked_people(institution: str, place: str) -> dict[str, UUID]:
    """Who is linked with each username of an institution's platform."""
    rows = UsernameLinkRow.objects.filter(institution=institution, place=place, state=LinkState.LINKED)
    return dict(rows.values_list("username", "learner_id"))


@granted
def username_rows(institution: str, place: str, names: Collection[str]) -> dict[str, UUID]:
    """The page of each of those usernames, by its id, for whoever may see that they were told."""
    rows = UsernameRow.objects.filter(institution=institution, place=place, username__in=names)
    return dict(rows.values_list("username", "id"))


def standing_link(named: Named) -> UsernameLinkRow | None:
    """The link of a username that stands, locked, for the actions of this domain."""
    rows = UsernameLinkRow.objects.select_for_update().filter(state__in=STANDING)
    return rows.filter(institution=named.institution, place=named.place, username=named.username).first()


@granted
def links_of(named: Named) -> tuple[UsernameLink, ...]:
    """All that was said of who is behind a username, newest first."""
    return tuple(link_of(row) for row in _rows(named).order_by("-at", "-id"))


def named_of(row: UsernameRow | UsernameLinkRow) -> Named:
    """The name in a row."""
    return Named(row.institution, row.place, row.username)


def link_of(row: UsernameLinkRow) -> UsernameLink:
    """A row as a value."""
    return UsernameLink(
        row.id,
        row.learner_id,
        named_of(row),
        Proof(row.proof),
        LinkState(row.state),
        row.by_name,
        row.by,
        row.at,
        row.reason,
        row.decided_by_name,
        row.decided_at,
    )


def _rows(named: Named) -> QuerySet[UsernameLinkRow]:
    return UsernameLinkRow.objects.filter(institution=named.institution, place=named.place, username=named.username)


def _told(row: UsernameRow, link: UsernameLink | None) -> ToldUsername:
    return ToldUsername(row.id, named_of(row), row.email, row.by_address, row.told_at, link)


def _mine(actor: Actor) -> frozenset[str]:
    return frozenset(actor.institutions_as("registrar") | actor.institutions_as("program_staff"))
