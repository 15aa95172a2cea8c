"""Plans by term: what is to be placed, and what a plan breaks. The planner (engines) is tested against this."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.recognition.rules.degree import Degree, Slot
from linkspan.recognition.rules.terms import Term


class Limit(StrEnum):
    """The kinds of limit on a plan, in the order in which they are told."""

    OFFERED = "offered"
    LOAD = "load"
    LAST = "last"
    CONSECUTIVE = "consecutive"
    ON_CAMPUS = "on_campus"


#: What a limit says, for the learner who asks why not earlier.
WORDS = {
    Limit.OFFERED: Phrase("the terms in which courses are offered"),
    Limit.LOAD: Phrase("the limit on how much may be taken in one term"),
    Limit.LAST: Phrase("the rule that the capstone comes last and alone"),
    Limit.CONSECUTIVE: Phrase("the rule that courses follow each other in consecutive terms"),
    Limit.ON_CAMPUS: Phrase("the number of courses to be taken on campus"),
}


@dataclass(frozen=True, slots=True)
class Todo:
    """One course still to be taken: its place in the degree (`core-2`) and its slot."""

    key: str
    title: str
    slot: Slot


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a course stands in a plan, and whether it is taken on campus."""

    term: Term
    on_campus: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be planned: courses, the degree's limits, the courses already taken on campus, the learner's limit.

    `most_courses` is how many courses the learner wants in one term, None for as many as the load allows.
    """

    degree: Degree
    todo: tuple[Todo, ...]
    first: Term
    on_campus_done: int = 0
    most_courses: int | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """A limit that a plan breaks, in words."""

    limit: Limit
    words: str


def violations(task: Task, plan: Mapping[str, Placed]) -> tuple[Violation, ...]:
    """Everything a plan breaks; empty if it may stand. A course without a term, or before the first, is one too."""
    found = [Violation(Limit.OFFERED, f"{t.title} has no term yet.") for t in task.todo if t.key not in plan]
    placed = [(t, plan[t.key]) for t in task.todo if t.key in plan]
    found += _not_offered(task, placed)
    found += _overloaded(task, placed)
    found += _not_last(placed)
    found += _not_consecutive(placed)
    on_campus = task.on_campus_done + sum(1 for _, where in placed if where.on_campus)
    if on_campus < task.degree.on_campus_min:
        words = f"{task.degree.on_campus_min} courses on campus are needed; the plan has {on_campus}."
        found.append(Violation(Limit.ON_CAMPUS, words))
    return tuple(found)


def _not_offered(task: Task, placed: Sequence[tuple[Todo, Placed]]) -> list[Violation]:
    found = []
    for todo, where in placed:
        if where.term < task.first:
            found.append(Violation(Limit.OFFERED, f"{todo.title}: {where.term} is over or has begun."))
        elif where.term.season not in todo.slot.offered:
            found.append(Violation(Limit.OFFERED, f"{todo.title} is not offered in {where.term.season}."))
        if todo.slot.on_campus and not where.on_campus:
            found.append(Violation(Limit.ON_CAMPUS, f"{todo.title} is taken on campus."))
        if where.on_campus and not _may_be_on_campus(task, todo, where.term):
            found.append(Violation(Limit.ON_CAMPUS, f"{todo.title} is not taught on campus in {where.term.season}."))
    return found


def _may_be_on_campus(task: Task, todo: Todo, term: Term) -> bool:
    return todo.slot.on_campus or term.season in task.degree.on_campus_offered


def _overloaded(task: Task, placed: Sequence[tuple[Todo, Placed]]) -> list[Violation]:
    found = []
    for term in sorted({where.term for _, where in placed}):
        here = [todo for todo, where in placed if where.term == term]
        credits = sum((todo.slot.credits for todo in here), Decimal(0))
        most = task.degree.load.get(term.season, Decimal(0))
        if most is not None and credits > most:
            found.append(Violation(Limit.LOAD, f"{term}: {credits} credits planned, {most} are allowed."))
        if task.most_courses is not None and len(here) > task.most_courses:
            words = f"{term}: {len(here)} courses planned, you wanted at most {task.most_courses}."
            found.append(Violation(Limit.LOAD, words))
    return found


def _not_last(placed: Sequence[tuple[Todo, Placed]]) -> list[Violation]:
    found = []
    for todo, where in placed:
        others = [(o, w) for o, w in placed if o.key != todo.key]
        if todo.slot.alone and any(w.term == where.term for _, w in others):
            found.append(Violation(Limit.LAST, f"{todo.title} is taken alone in its term."))
        if todo.slot.last and any(w.term > where.term and not o.slot.last for o, w in others):
            found.append(Violation(Limit.LAST, f"{todo.title} is taken last."))
    return found


def _not_consecutive(placed: Sequence[tuple[Todo, Placed]]) -> list[Violation]:
    found = []
    for todo, where in placed:
        before = [w.term for o, w in placed if o.slot.slot == todo.slot.after]
        if before and not follows(max(before), where.term, todo.slot.offered):
            words = f"{todo.title} follows in the next term that offers it after the course before it."
            found.append(Violation(Limit.CONSECUTIVE, words))
    return found


def follows(earlier: Term, later: Term, offered: frozenset[str]) -> bool:
    """Whether `later` is the first term after `earlier` whose season is one of those offered."""
    if later <= earlier or later.season not in offered:
        return False
    between = earlier
    while True:
        number = between.season_number + 1
        between = Term(between.year + number // 4, number % 4)
        if between.season in offered:
            return between == later


def finish(plan: Mapping[str, Placed]) -> Term | None:
    """The last term of a plan, None if there is nothing to plan."""
    return max((where.term for where in plan.values()), default=None)


def plan_shown(task: Task, placed: Mapping[str, Placed]) -> dict[str, str]:
    """A plan as its form shows it: each open course with its term."""
    told = {}
    for n, todo in enumerate(task.todo, 1):
        one = placed.get(todo.key)
        told[f"{n}. {todo.title}"] = _placed(one) if one else ""
    return told


def _placed(one: Placed) -> Sentence:
    """A course's term, and whether it is on campus, as its form shows them."""
    words = Phrase("{term}, on campus") if one.on_campus else "{term}"
    return Sentence("placed", words, term=str(one.term))
