"""Whose turn it is: the waits of a learner, of an office, about one thing, and of everybody for the clock."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from linkspan.kernel.actor import Actor
from linkspan.kernel.things import About
from linkspan.kernel.waiting import Open, Whose, open_waits
from linkspan.messages.rules.waits import KINDS, OF_DESK, OF_LEARNER, Wait, as_wait, in_order


def waits_of(actor: Actor, now: datetime) -> tuple[Wait, ...]:
    """All that waits for the actor as a learner, or that the actor waits for: own turns first."""
    whose = Whose(learner=actor.own_id, only=OF_LEARNER)
    return tuple(in_order(_mine(open_waits(whose, now))))


def waits_about(actor: Actor, about: About, now: datetime) -> tuple[Wait, ...]:
    """What of the actor's waits is told on the page of a thing; nothing to visitors."""
    if actor.person_id is None:
        return ()
    only = frozenset(what for what, kind in KINDS.items() if kind.own and kind.own.thing == about.thing)
    if not only:
        return ()
    found = _mine(open_waits(Whose(learner=actor.person_id, only=only), now))
    return tuple(in_order(one for one in found if one.about == about))


def waits_at(actor: Actor, now: datetime) -> tuple[Wait, ...]:
    """All that waits for the actor's offices and that the actor may act on, oldest first; nothing without a role."""
    if actor.person_id is None or not actor.grants:
        return ()
    roles = {grant.role for grant in actor.grants}
    schools = frozenset(grant.institution for grant in actor.grants if grant.institution)
    only = frozenset(what for what in OF_DESK if KINDS[what].roles & roles)
    if not only:
        return ()
    whose = Whose(schools=schools, person=actor.person_id, only=only, actor=actor)
    found = {one.id: one for one in open_waits(whose, now) if _acts(actor, one)}
    desk = (as_wait(one, KINDS[one.what], at) for one in found.values() if (at := KINDS[one.what].desk))
    return tuple(sorted(desk, key=lambda one: (one.since, one.key)))


def _mine(found: Iterable[Open]) -> Iterator[Wait]:
    return (as_wait(one, KINDS[one.what], at) for one in found if (at := KINDS[one.what].own))


def _acts(actor: Actor, found: Open) -> bool:
    """Whether the actor may act: by role at that institution, named if somebody is, and never on what is their own."""
    barred = (found.learner_id, found.but_not, found.nor)
    if actor.person_id in barred or found.person_id not in (None, actor.person_id):
        return False
    roles = KINDS[found.what].roles
    # What names no institution was read for this actor, or is for the whole site.
    places = (found.institution, None)
    return any(one.role in roles and (not found.institution or one.institution in places) for one in actor.grants)
