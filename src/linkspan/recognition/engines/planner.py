"""The earliest finish of a degree, by OR-tools CP-SAT, and which limits stand in the way of an earlier one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ortools.sat.python import cp_model

from linkspan.recognition.rules.planning import Limit, Placed, Task, Todo, follows
from linkspan.recognition.rules.terms import Term, terms_from

#: Horizons tried one after the other, in terms (four a year); no degree is planned further ahead.
HORIZONS = (8, 16, 40, 80)
SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan with the earliest finish, or none; and for each limit that alone delays it, the finish without it.

    If no limit alone delays it, `together` says whether all of them do.
    """

    plan: dict[str, Placed] | None
    finish: Term | None
    binding: dict[Limit, Term]
    together: bool


def propose(task: Task) -> Proposal:
    """The plan that ends earliest (courses as early as possible among those), with the reasons why not earlier."""
    if not task.todo:
        return Proposal({}, None, {}, False)
    found = _earliest(task, frozenset())
    best = max(where.term for where in found.values()) if found else None
    binding = {}
    for limit in Limit:
        finish = _earliest_finish(task, frozenset({limit}), best)
        if finish is not None and (best is None or finish < best):
            binding[limit] = finish
    free = _earliest_finish(task, frozenset(Limit), best)
    together = not binding and free is not None and (best is None or free < best)
    return Proposal(found, best, binding, together)


def _earliest_finish(task: Task, relaxed: frozenset[Limit], best: Term | None) -> Term | None:
    terms = None if best is None else [t for t in terms_from(task.first, HORIZONS[-1]) if t < best]
    if terms is not None and not terms:
        return None
    found = _earliest(task, relaxed, None if terms is None else len(terms))
    return max(where.term for where in found.values()) if found else None


def _earliest(task: Task, relaxed: frozenset[Limit], only: int | None = None) -> dict[str, Placed] | None:
    for horizon in HORIZONS if only is None else (only,):
        found = _Model(task, terms_from(task.first, horizon), relaxed).solved()
        if found is not None:
            return found
    return None


class _Model:
    """One horizon: a Boolean for each course and term, one for on campus, and the last term used."""

    def __init__(self, task: Task, terms: tuple[Term, ...], relaxed: frozenset[Limit]) -> None:
        self.task, self.terms, self.relaxed = task, terms, relaxed
        self.model = cp_model.CpModel()
        self.numbers = range(len(terms))
        self.at = {
            (todo.key, n): self.model.new_bool_var(f"{todo.key}@{n}") for todo in task.todo for n in self.numbers
        }
        self.when = {todo.key: self._when(todo) for todo in task.todo}
        self.campus = {todo.key: self.model.new_bool_var(f"campus {todo.key}") for todo in task.todo}
        for limit, add in (
            (Limit.OFFERED, self._offered),
            (Limit.LOAD, self._load),
            (Limit.LAST, self._last),
            (Limit.CONSECUTIVE, self._consecutive),
            (Limit.ON_CAMPUS, self._on_campus),
        ):
            if limit not in relaxed:
                add()
        self._alike_in_order()

    def _when(self, todo: Todo) -> Any:
        when = self.model.new_int_var(0, len(self.terms) - 1, f"when {todo.key}")
        self.model.add_exactly_one(self.at[todo.key, n] for n in self.numbers)
        self.model.add(when == sum(n * self.at[todo.key, n] for n in self.numbers))
        return when

    def _offered(self) -> None:
        for todo in self.task.todo:
            self._forbid(todo, (n for n in self.numbers if self.terms[n].season not in todo.slot.offered))

    def _forbid(self, todo: Todo, numbers: Iterable[int]) -> None:
        for n in numbers:
            self.model.add(self.at[todo.key, n] == 0)

    def _load(self) -> None:
        for n in self.numbers:
            most = self.task.degree.load.get(self.terms[n].season, 0)
            credits = sum(int(todo.slot.credits * 100) * self.at[todo.key, n] for todo in self.task.todo)
            if most is not None:
                self.model.add(credits <= int(most * 100))
            if self.task.most_courses is not None:
                self.model.add(sum(self.at[todo.key, n] for todo in self.task.todo) <= self.task.most_courses)

    def _last(self) -> None:
        for todo in self.task.todo:
            for other in self.task.todo:
                if other.key == todo.key:
                    continue
                if todo.slot.alone:
                    for n in self.numbers:
                        self.model.add_at_most_one(self.at[todo.key, n], self.at[other.key, n])
                if todo.slot.last and not other.slot.last:
                    self.model.add(self.when[other.key] <= self.when[todo.key])

    def _consecutive(self) -> None:
        for todo in self.task.todo:
            before = [other for other in self.task.todo if other.slot.slot == todo.slot.after]
            if not before:
                continue
            latest = self.model.new_int_var(0, len(self.terms) - 1, f"before {todo.key}")
            self.model.add_max_equality(latest, [self.when[other.key] for other in before])
            pairs = [
                (a, b)
                for a in self.numbers
                for b in self.numbers
                if follows(self.terms[a], self.terms[b], todo.slot.offered)
            ]
            self.model.add_allowed_assignments([latest, self.when[todo.key]], pairs)

    def _on_campus(self) -> None:
        degree = self.task.degree
        for todo in self.task.todo:
            if todo.slot.on_campus:
                self.model.add(self.campus[todo.key] == 1)
                continue
            for n in self.numbers:
                if self.terms[n].season not in degree.on_campus_offered:
                    self.model.add_bool_or(self.campus[todo.key].negated(), self.at[todo.key, n].negated())
        needed = degree.on_campus_min - self.task.on_campus_done
        self.model.add(sum(self.campus.values()) >= max(needed, 0))

    def _alike_in_order(self) -> None:
        """Courses of one slot are alike: the first is not after the second, so that each plan is looked at once."""
        for first, second in zip(self.task.todo, self.task.todo[1:], strict=False):
            if first.slot.slot == second.slot.slot:
                self.model.add(self.when[first.key] <= self.when[second.key])

    def solved(self) -> dict[str, Placed] | None:
        """The plan with the earliest last term, then the earliest terms, then the fewest courses on campus."""
        size = len(self.task.todo)
        end = self.model.new_int_var(0, len(self.terms) - 1, "end")
        self.model.add_max_equality(end, list(self.when.values()))
        weight = len(self.terms) * size * (size + 1)
        self.model.minimize(weight * end + (size + 1) * sum(self.when.values()) + sum(self.campus.values()))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        solver.parameters.max_time_in_seconds = SECONDS
        if solver.solve(self.model) != cp_model.OPTIMAL:
            return None
        return {
            todo.key: Placed(
                self.terms[solver.value(self.when[todo.key])], bool(solver.boolean_value(self.campus[todo.key]))
            )
            for todo in self.task.todo
        }
