"""Saved views of the desks' lists: what is asked of a list, under a name, for oneself or for one's office."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from linkspan.accounts.rules.notes import Office
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Unusable

LONGEST_VIEW_NAME = 60
#: Views of one list: one's own, and those that an office shares.
MOST_VIEWS = 20
MOST_PARTS, LONGEST_PART = 20, 200


@dataclass(frozen=True, slots=True)
class ViewAsk:
    """What a view asks of its list, as the address says it; `columns` are empty where all are shown."""

    text: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""
    since: str = ""
    until: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SavedView:
    """A view: `office` is None for one's own; `mine` says that the reader may rename and delete it."""

    id: UUID
    listing: str
    name: str
    ask: ViewAsk
    office: Office | None
    is_default: bool
    mine: bool


def is_of_office(actor: Actor, office: Office) -> bool:
    """Whether the actor is of that office: its people share views with it and see those of the others."""
    return bool(office.institution) and office.role in {
        grant.role for grant in actor.grants if grant.institution == office.institution
    }


def may_change_view(actor: Actor, owner_id: UUID, office: Office | None) -> bool:
    """Whoever saved a view changes it; one that is shared also the registrars of its institution."""
    return actor.is_person(owner_id) or (office is not None and actor.has_role("registrar", office.institution))


def check_view_name(name: str) -> str:
    """The name as it is kept; Unusable if it is empty or too long."""
    said = " ".join(name.replace("\0", "").split())
    if not said or len(said) > LONGEST_VIEW_NAME:
        raise Unusable("view_name_unusable", "Name: write 1 to {most} characters.", most=LONGEST_VIEW_NAME).at("name")
    return said


def check_ask(ask: ViewAsk) -> None:
    """Unusable if a view asks for more than any list offers."""
    texts = (ask.text, ask.sort, ask.since, ask.until, *ask.filters, *ask.filters.values(), *ask.columns)
    if max(len(ask.filters), len(ask.columns)) > MOST_PARTS or any(len(one) > LONGEST_PART for one in texts):
        raise Unusable("view_too_long", "This asks for more than a view holds. Ask for less, and save that.")
