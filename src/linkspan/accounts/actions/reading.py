"""Staff read people with whom their work is, one or a list; each of them reads it in their log."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.accounts.models import Disclosure
from linkspan.accounts.queries import people_by_id, person_of, ties_of, worked_with
from linkspan.accounts.rules import (
    LISTERS,
    READERS,
    Basis,
    Person,
    Ties,
    Workers,
    holds_any,
    may_read_person,
    ties_sought,
    work_with,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit

#: How many people a search shows, and the letters that it takes.
MOST_FOUND, LEAST_LETTERS = 20, 2


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a search found, by name; `more` where others may have the same name."""

    people: tuple[Person, ...]
    more: bool


@transaction.atomic
def read_person(*, actor: Actor, person_id: UUID, now: datetime) -> Person:
    """The account of a person, for themselves and for staff whose work is with them: their reading is logged.

    NotFound for everybody else: who has an account here is not told.
    """
    ties = ties_of([person_id], now, ties_sought(actor, READERS))
    if not may_read_person(actor, person_id, ties[person_id]):
        raise NotFound("person_unknown", "There is no such account, or your work is not with this person.")
    found = person_of(person_id)
    _log(actor, ties, READERS, ["account"], now, "page")
    return found


@transaction.atomic
def read_people(*, actor: Actor, ids: Iterable[UUID], now: datetime, at: str = "") -> dict[UUID, Person]:
    """Those of the people in a list with whom the actor's work is (`at` one institution); their reading is logged.

    Whom the list is about has been decided by its query; who is left out here is shown without a name.
    """
    ties = ties_of(ids, now, ties_sought(actor, LISTERS))
    if at:
        ties = {who: frozenset(tie for tie in held if tie[1] == at) for who, held in ties.items()}
    read = _log(actor, ties, LISTERS, ["name"], now, "list")
    return people_by_id(who for who in ties if who in read or actor.is_system or actor.is_person(who))


@transaction.atomic
def find_people(*, actor: Actor, text: str, now: datetime) -> Found:
    """People with whom the actor's work is, by name, whole address or number; those who are shown are logged.

    NotPermitted for who has no such work anywhere. A text of one letter finds nobody.
    """
    permit(holds_any(actor, READERS), "search for people")
    meant = " ".join(text.replace("\0", "").split())[:200]
    if len(meant) < LEAST_LETTERS:
        return Found((), False)
    ties, more = worked_with(actor, meant, READERS, now, MOST_FOUND)
    _log(actor, ties, READERS, ["account"], now, "list")
    people = people_by_id(ties)
    return Found(tuple(people[who] for who in ties if who in people), more)


def _log(
    actor: Actor, ties: Mapping[UUID, Ties], workers: Workers, records: list[str], now: datetime, how: str
) -> Collection[UUID]:
    """Log, in one statement, that the actor reads of everybody with whom their work is; returns whom."""
    found = {who: work for who, held in ties.items() if (work := work_with(actor, held, workers))}
    rows = [
        Disclosure(
            learner_id=who,
            institution=institution,
            reader_id=actor.person_id,
            reader_name=actor.name,
            purpose=tie,
            records=records,
            basis=Basis.WORK,
            how=how,
            at=now,
        )
        for who, (tie, institution) in found.items()
        if actor.person_id is not None and not actor.is_person(who)
    ]
    Disclosure.objects.bulk_create(rows, batch_size=500)
    return found.keys()
