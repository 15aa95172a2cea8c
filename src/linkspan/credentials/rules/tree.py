"""Program completion over a requirement tree, with a reason for every part.

A tree's form is told in `catalog.rules.Program`. Dates decide twice: a result counts for `valid_years` after it was
reached, and a group with `within_years` is met only by results that lie no further apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

#: Letter grades from lowest to highest.
LETTERS = ("F", "D-", "D", "D+", "C-", "C", "C+", "B-", "B", "B+", "A-", "A", "A+")
LEAVES = ("course", "exam", "program")


@dataclass(frozen=True, slots=True)
class Result:
    """A grade of record that counts: a course (`MITx/SC0x`), an exam (`CFx`) or a program held, and when that was.

    `percent` and `letter` are None where the record does not state them: unknown, never zero.
    """

    key: str
    percent: Decimal | None
    on: date
    letter: str | None = None
    passed: bool | None = None

    def in_words(self) -> str:
        """The grade as a reader expects it."""
        told = [f"{self.percent}%"] if self.percent is not None else []
        return ", ".join(told + ([self.letter] if self.letter else [])) or "no grade stated"


@dataclass(frozen=True, slots=True)
class Part:
    """One node of the tree, judged. `why` says what lacks where it is not met; groups have `parts`."""

    key: str
    kind: str
    met: bool
    need_percent: Decimal | None = None
    need_letter: str | None = None
    have: Result | None = None
    why: str = ""
    parts: tuple["Part", ...] = ()

    def reason(self) -> str:
        """In words."""
        if self.why:
            return f"{self.key}: {self.why}" if self.key else self.why
        return f"{self.key}: {self.have.in_words()}" if self.have else f"{self.key}: met"

    def leaves(self) -> Iterable["Part"]:
        """The courses, exams and programs below."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


@dataclass(frozen=True, slots=True)
class Grade:
    """A program's grade in percent and as a letter, with how it came about; None where a grade is not known."""

    percent: Decimal | None
    letter: str | None
    passed: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Completion:
    """Whether a program is complete, by the requirements of a catalogue year, part by part.

    `grade` is the program's own by its grading policy, None where there is none. `unusable` tells the grades on record
    that cannot be read, and so count for nothing.
    """

    complete: bool
    top: Part
    catalogue_year: int | None = None
    grade: Grade | None = None
    unusable: tuple[str, ...] = ()

    def graded(self, grade: Grade | None) -> "Completion":
        """The same with the program's own grade: if that is not passed, the program is not complete."""
        if grade is None or grade.passed:
            return replace(self, grade=grade)
        failed = Part("program grade", "grade", False, why="; ".join(grade.reasons))
        return replace(self, complete=False, grade=grade, top=Part("", "all", False, parts=(self.top, failed)))

    @property
    def parts(self) -> tuple[Part, ...]:
        """Every course, exam and program that the tree asks for."""
        return tuple(self.top.leaves())

    @property
    def counted(self) -> tuple[Part, ...]:
        """The parts that are met."""
        return tuple(part for part in self.parts if part.met)

    @property
    def lacking(self) -> tuple[Part, ...]:
        """What is missing: the parts not met, without those of groups that are met otherwise."""
        return tuple(_lacking(self.top))


def _lacking(part: Part) -> Iterable[Part]:
    if part.met:
        return
    if part.why:
        yield part
    for child in part.parts:
        yield from _lacking(child)


def completion(
    tree: Mapping[str, Any],
    results: Iterable[Result],
    *,
    on: date | None = None,
    programs: Mapping[str, Mapping[str, Any]] | None = None,
    catalogue_year: int | None = None,
    barred: Mapping[str, str] | None = None,
) -> Completion:
    """Judge a requirement tree on the results there are, each key by its best one that still counts `on` the day.

    `programs` are the trees of programs that it names: such a part is met by the program's credential, or by meeting
    its tree; never by a program that is `barred`, since its credential was revoked or is suspended, with why.
    """
    top = _judge(tree, _Ground(tuple(results), on, programs or {}, barred or {}))
    return Completion(top.met, top, catalogue_year)


def best_completion(versions: Sequence[Completion]) -> Completion:
    """Of the same program by the requirements of several catalogue years, newest first: the first that is complete."""
    return next((judged for judged in versions if judged.complete), versions[0])


@dataclass(frozen=True, slots=True)
class _Ground:
    results: tuple[Result, ...]
    on: date | None
    programs: Mapping[str, Mapping[str, Any]]
    barred: Mapping[str, str]
    above: frozenset[str] = field(default_factory=frozenset)


def _judge(node: Mapping[str, Any], ground: _Ground) -> Part:
    if "within_years" in node:
        return _within(node, int(node["within_years"]), ground)
    if "all" in node:
        parts = tuple(_judge(child, ground) for child in node["all"])
        return Part("", "all", all(part.met for part in parts), parts=parts)
    if "at_least" in node:
        parts = tuple(_judge(child, ground) for child in node["of"])
        need, met = int(node["at_least"]), sum(part.met for part in parts)
        why = "" if met >= need else f"{need} of {len(parts)} needed, {met} met"
        return Part("", "at_least", met >= need, why=why, parts=parts)
    return _leaf(node, ground)


def _within(node: Mapping[str, Any], years: int, ground: _Ground) -> Part:
    inner = {name: value for name, value in node.items() if name != "within_years"}
    for end in sorted({result.on for result in ground.results}, reverse=True):
        begin = years_after(end, -years)
        inside = tuple(result for result in ground.results if begin <= result.on <= end)
        judged = _judge(inner, replace(ground, results=inside))
        if judged.met:
            return judged
    judged = _judge(inner, ground)
    why = f"met, but not within {years} years" if judged.met else judged.why
    return replace(judged, met=False, why=why)


def _leaf(node: Mapping[str, Any], ground: _Ground) -> Part:
    kind = next(name for name in LEAVES if name in node)
    key = str(node[kind])
    percent = Decimal(str(node["min_percent"])) if "min_percent" in node else None
    letter = node.get("min_letter")
    empty = Part(key, kind, False, percent, letter)
    if kind == "program" and key in ground.barred:
        return replace(empty, why=ground.barred[key])
    judged = [_on_result(empty, result, node, ground.on) for result in ground.results if result.key == key]
    if judged:
        return max(judged, key=_worth)
    if kind == "program":
        return _nested(empty, ground)
    return replace(empty, why="no grade on record yet")


def _nested(empty: Part, ground: _Ground) -> Part:
    tree = ground.programs.get(empty.key)
    if tree is None or empty.key in ground.above:
        return replace(empty, why="no credential of this program yet")
    judged = _judge(tree, replace(ground, above=ground.above | {empty.key}))
    return replace(empty, met=judged.met, why="" if judged.met else "not complete", parts=(judged,))


def _worth(part: Part) -> tuple[bool, Decimal, int, date]:
    have = part.have
    assert have is not None
    percent = have.percent if have.percent is not None else Decimal(-1)
    return part.met, percent, _rank(have.letter), have.on


def _on_result(part: Part, result: Result, node: Mapping[str, Any], on: date | None) -> Part:
    why = _expired(result, node, on) or _below(part, result)
    return replace(part, met=not why, have=result, why=why)


def _expired(result: Result, node: Mapping[str, Any], on: date | None) -> str:
    if "valid_years" not in node or on is None:
        return ""
    ends = years_after(result.on, int(node["valid_years"]))
    return f"{result.in_words()} of {result.on} counted until {ends}" if on > ends else ""


def _below(part: Part, result: Result) -> str:
    have = result.in_words()
    if part.need_percent is not None:
        if result.percent is None:
            return f"{have} on record and {part.need_percent}% needed: the percentage is not known, ask the registrar"
        if result.percent < part.need_percent:
            return f"{have}, {part.need_percent}% needed"
    if part.need_letter is not None:
        if result.letter not in LETTERS:
            return f"{have} on record and {part.need_letter} needed: the letter is not known, ask the registrar"
        if _rank(result.letter) < _rank(part.need_letter):
            return f"{have}, {part.need_letter} needed"
    return f"{have}, not passed" if result.passed is False else ""


def _rank(letter: str | None) -> int:
    return LETTERS.index(letter) if letter in LETTERS else -1


def years_after(day: date, years: int) -> date:
    """The same day so many years later; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
