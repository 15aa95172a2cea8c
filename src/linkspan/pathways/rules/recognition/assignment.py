"""Which course fills which place: most credits, no course twice, no cap passed, the same result for the same input.

How often each offer is used is searched with bounds (branch and bound over the counts); whether a choice of counts can
be filled is a maximum flow from courses to offers (Ford and Fulkerson 1956), with edges in a fixed order.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

#: Beyond this many steps the best choice found stands; real agreements need a few dozen.
MOST_STEPS = 20_000


@dataclass(frozen=True, slots=True)
class Offer:
    """Up to `times` places, each filled by one of `courses` (in order of preference); or, as a `bundle`, by all."""

    credits: Decimal
    courses: tuple[str, ...]
    times: int = 1
    bundle: bool = False

    @property
    def uses(self) -> int:
        """How often it can be used, had one all the courses."""
        return 1 if self.bundle else min(self.times, len(self.courses))


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` over all offers, each use of offer i weighing `weights[i]`."""

    most: Decimal
    weights: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """One use of an offer, and the courses that fill it."""

    offer: int
    courses: tuple[str, ...]


def assign(
    offers: Sequence[Offer],
    limits: Sequence[Limit] = (),
    gated: Iterable[str] = (),
    gate: int | None = None,
    *,
    bounded: bool = True,
) -> tuple[Filled, ...]:
    """The uses with the most credits, and among those the most courses; of `gated` courses at most `gate` count.

    What no limit lets through is not looked at, unless `bounded` is off: so the rules of version 2 count their steps.
    """
    fits_all = _without_choice(offers, limits, frozenset(gated), gate)
    if fits_all is not None:
        return fits_all
    search = _Search(offers, limits, frozenset(gated), gate, bounded)
    search.run()
    return search.filled


def _without_choice(
    offers: Sequence[Offer], limits: Sequence[Limit], gated: frozenset[str], gate: int | None
) -> tuple[Filled, ...] | None:
    """Every use of every offer, where no two want the same course and nothing binds; None where there is a choice."""
    courses = [course for offer in offers for course in offer.courses]
    if len(set(courses)) < len(courses) or (gate is not None and not gated.isdisjoint(courses)):
        return None
    if any(
        sum(offer.uses * weight for offer, weight in zip(offers, limit.weights, strict=True)) > limit.most
        for limit in limits
    ):
        return None
    return tuple(
        Filled(index, taken)
        for index, offer in enumerate(offers)
        for taken in ([offer.courses] if offer.bundle else [(course,) for course in offer.courses[: offer.uses]])
    )


class _Search:
    def __init__(
        self, offers: Sequence[Offer], limits: Sequence[Limit], gated: frozenset[str], gate: int | None, bounded: bool
    ) -> None:
        self.offers, self.limits, self.gated, self.gate, self.bounded = offers, limits, gated, gate, bounded
        self.order = sorted(range(len(offers)), key=lambda i: (not offers[i].bundle, -offers[i].credits, i))
        self.most = [offer.uses for offer in offers]
        self.counts = [0] * len(offers)
        self.best: tuple[Decimal, int] = (Decimal(-1), -1)
        self.filled: tuple[Filled, ...] = ()
        self.steps = 0
        self.sums = cache(self._sums)

    def run(self) -> None:
        """Search from the offers with the most credits on, fullest first."""
        self._descend(0, Decimal(0), 0, ())

    def _descend(self, at: int, total: Decimal, uses: int, filled: tuple[Filled, ...]) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS or not self._promising(at, total, uses):
            return
        if (total, uses) > self.best:
            self.best, self.filled = (total, uses), filled
        if at == len(self.order):
            return
        index = self.order[at]
        for count in range(self._room(index), -1, -1):
            self.counts[index] = count
            found = self._fill() if count else filled
            if found is not None:
                self._descend(at + 1, total + count * self.offers[index].credits, uses + count, found)
        self.counts[index] = 0

    def _promising(self, at: int, total: Decimal, uses: int) -> bool:
        room = min((limit.most for limit in self.limits if self._counts_all(limit)), default=None)
        more = max((s for s in self.sums(at) if room is None or total + s <= room), default=Decimal(0))
        most_uses = uses + sum(self.most[index] for index in self.order[at:])
        if at == 0 or not self.filled:
            return True
        return (total + more, most_uses) > self.best and (not self.bounded or self._reachable(at, total, uses))

    def _reachable(self, at: int, total: Decimal, uses: int) -> bool:
        """Whether what the limits leave, each taken for itself, could pass the best found."""
        rest = [(index, self._room(index)) for index in self.order[at:]]
        more = [self._most_within(limit, rest) for limit in self.limits]
        credits = min((c for c, _ in more), default=sum((self.offers[i].credits * n for i, n in rest), Decimal(0)))
        count = min((n for _, n in more), default=sum(n for _, n in rest))
        return (total + credits, uses + count) > self.best

    def _most_within(self, limit: Limit, rest: Sequence[tuple[int, int]]) -> tuple[Decimal, int]:
        """The most credits, and the most uses, that one limit lets through, in parts of a use if need be."""
        left = limit.most - self._used(limit)
        free = [(index, room) for index, room in rest if not limit.weights[index]]
        bound = [(index, room, limit.weights[index]) for index, room in rest if limit.weights[index]]
        credits = sum((self.offers[index].credits * room for index, room in free), Decimal(0))
        uses, budget = sum(room for _, room in free), left
        for index, room, weight in sorted(bound, key=lambda one: -self.offers[one[0]].credits / one[2]):
            part = min(Decimal(room), budget / weight)
            credits, budget = credits + self.offers[index].credits * part, budget - part * weight
        for _, room, weight in sorted(bound, key=lambda one: one[2]):
            count = min(room, int(left // weight))
            uses, left = uses + count, left - count * weight
        return credits, uses

    def _used(self, limit: Limit) -> Decimal:
        return sum((c * w for c, w in zip(self.counts, limit.weights, strict=True) if c), Decimal(0))

    def _counts_all(self, limit: Limit) -> bool:
        return all(weight == offer.credits for weight, offer in zip(limit.weights, self.offers, strict=True))

    def _sums(self, at: int) -> frozenset[Decimal]:
        """Every number of credits that the offers from `at` on could add, were there courses for all."""
        if at == len(self.order):
            return frozenset({Decimal(0)})
        index = self.order[at]
        steps = [count * self.offers[index].credits for count in range(self.most[index] + 1)]
        return frozenset(step + rest for step in set(steps) for rest in self.sums(at + 1))

    def _room(self, index: int) -> int:
        """How many more uses of the offer every limit leaves."""
        room = self.most[index]
        for limit in self.limits:
            weight = limit.weights[index]
            if weight:
                room = min(room, max(int((limit.most - self._used(limit)) // weight), 0))
        return room

    def _fill(self) -> tuple[Filled, ...] | None:
        """The courses that fill the present counts, None if they cannot be filled."""
        taken: set[str] = set()
        found: list[Filled] = []
        for index, offer in enumerate(self.offers):
            if offer.bundle and self.counts[index]:
                if taken & set(offer.courses):
                    return None
                taken |= set(offer.courses)
                found.append(Filled(index, offer.courses))
        gate = None if self.gate is None else self.gate - len(taken & self.gated)
        if gate is not None and gate < 0:
            return None
        wanted = {i: c for i, c in enumerate(self.counts) if c and not self.offers[i].bundle}
        open_to = {i: [course for course in self.offers[i].courses if course not in taken] for i in wanted}
        flow = _flow(wanted, open_to, self.gated, gate)
        if flow is None:
            return None
        return tuple(sorted([*found, *(Filled(i, (course,)) for course, i in flow.items())], key=self._place))

    def _place(self, filled: Filled) -> tuple[int, int]:
        return filled.offer, self.offers[filled.offer].courses.index(filled.courses[0])


#: The ends of the network, and the gate that courses which count elsewhere pass.
SOURCE, SINK, GATE = "source", "sink", "gate"
Residual = dict[Hashable, dict[Hashable, int]]


def _flow(
    wanted: Mapping[int, int], courses: Mapping[int, Sequence[str]], gated: frozenset[str], gate: int | None
) -> dict[str, int] | None:
    """Course to offer, each offer as often as wanted; None if there is no such flow."""
    residual: Residual = {}
    for offer, count in wanted.items():
        _edge(residual, SOURCE, offer, count)
        for course in courses[offer]:
            _edge(residual, offer, (course,), 1)
            _edge(residual, (course,), GATE if gate is not None and course in gated else SINK, 1)
    if gate is not None:
        _edge(residual, GATE, SINK, gate)
    for _ in range(sum(wanted.values())):
        if not _augment(residual, SOURCE, set()):
            return None
    return {c: offer for offer in wanted for c in courses[offer] if residual[(c,)].get(offer)}


def _edge(residual: Residual, start: Hashable, end: Hashable, capacity: int) -> None:
    residual.setdefault(start, {})[end] = capacity
    residual.setdefault(end, {}).setdefault(start, 0)


def _augment(residual: Residual, node: Hashable, seen: set[Hashable]) -> bool:
    """Push one unit from the node to the sink, edges in the order in which they were added."""
    if node == SINK:
        return True
    seen.add(node)
    for end, capacity in residual.get(node, {}).items():
        if capacity and end not in seen and _augment(residual, end, seen):
            residual[node][end] -= 1
            residual[end][node] += 1
            return True
    return False
