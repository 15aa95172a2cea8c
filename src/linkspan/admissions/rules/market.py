"""A matching round as values, and its file format (docs/formats/README.md), read with an error for each bad row."""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

import rfc8785

from linkspan.admissions.rules.engine import PRESENT, Change, Changes
from linkspan.admissions.rules.scores import Better, per_point
from linkspan.kernel.errors import Unusable

TIES = ("lottery", "h_stable", "l_stable")
RESERVE_ORDERS = ("reserve_first", "open_first")
ROUND = ("seed", "programs", "applicants", "lottery")
PROGRAM = ("id", "seats", "ties", "reserves", "reserve_order", "priorities", "better")
APPLICANT = ("id", "choices", "scores", "groups", "eligible", "accepted", "declined")
#: RFC 8785 (I-JSON, RFC 7493 section 2.2) carries whole numbers exactly up to here.
LARGEST = 2**53 - 1
#: More decimals of a score than this are no score of a committee.
MOST_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Program:
    """A program with `seats`, or None if everybody eligible is admitted (threshold only).

    Inside, scores are whole and higher is better: `per_point` of them make a point, under 0 if lower is better.
    """

    id: str
    seats: int | None
    ties: str = "lottery"
    reserves: tuple[tuple[str, int], ...] = ()
    reserve_order: str = "reserve_first"
    priorities: tuple[str, ...] | None = None
    per_point: int = 1

    def shown(self, score: int) -> int | float:
        """A score as it was given."""
        points = Decimal(score) / self.per_point
        return int(points) if points == points.to_integral_value() else float(points)


@dataclass(frozen=True, slots=True)
class Applicant:
    """An applicant with choices in order; `refusals` maps a program to the reasons why they are not eligible there."""

    id: str
    choices: tuple[str, ...]
    scores: Mapping[str, int] = field(default_factory=dict)
    groups: frozenset[str] = frozenset()
    refusals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    accepted: str | None = None
    declined: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Market:
    """All of a round. `lottery` is the place of each applicant in the one lottery, lowest first."""

    programs: Mapping[str, Program]
    applicants: Mapping[str, Applicant]
    lottery: Mapping[str, int]


def lottery_order(seed: int, ids: list[str]) -> dict[str, int]:
    """The lottery of a seed: ascending SHA-256 of `{seed}:{applicant id}`."""
    drawn = sorted(ids, key=lambda name: hashlib.sha256(f"{seed}:{name}".encode()).digest())
    return {name: place for place, name in enumerate(drawn)}


def canonical_json(value: Any) -> str:
    """RFC 8785 JSON. Without fractions and names beyond the basic plane, where the two differ, by the json module."""
    if _needs_care(value):
        return rfc8785.dumps(value).decode()
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _needs_care(value: Any) -> bool:
    """Whether numbers are fractions or too large, or keys are such that UTF-16 orders them in another way."""
    if isinstance(value, dict):
        return any(not isinstance(key, str) or (key and max(key) > "\ud7ff") for key in value) or any(
            map(_needs_care, value.values())
        )
    if isinstance(value, list | tuple):
        return any(map(_needs_care, value))
    return isinstance(value, float) or (isinstance(value, int) and abs(value) > LARGEST)


def digest(value: Any) -> str:
    """SHA-256 of a value as RFC 8785 JSON."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def input_digest(round_: Mapping[str, Any]) -> str:
    """SHA-256 of a round's input, with programs and applicants sorted by id."""
    ordered = dict(round_)
    for name in ("programs", "applicants"):
        ordered[name] = sorted(round_[name], key=lambda row: row["id"])
    return digest(ordered)


def read_market(round_: Any, changes: Changes = PRESENT) -> Market:
    """A round file's content as a market; Unusable naming the row that is wrong."""
    if not isinstance(round_, dict) or not all(isinstance(round_.get(n), list) for n in ("programs", "applicants")):
        raise Unusable("round_unusable", "a round has programs and applicants, each a list")
    _complete(round_, ROUND, "programs", "the round")
    programs: dict[str, Program] = {}
    for position, row in enumerate(round_["programs"]):
        program = _program(row, f"programs[{position}]")
        if program.id in programs:
            raise Unusable(
                "round_unusable", "programs[{position}]: {id} stands twice", position=position, id=program.id
            )
        if Change.DECIMAL_SCORES in changes:
            program = replace(program, per_point=_per_point(row, round_["applicants"], f"programs[{position}]"))
        programs[program.id] = program
    applicants: dict[str, Applicant] = {}
    for position, row in enumerate(round_["applicants"]):
        applicant = _applicant(row, f"applicants[{position}]", programs, changes)
        if applicant.id in applicants:
            raise Unusable(
                "round_unusable", "applicants[{position}]: {id} stands twice", position=position, id=applicant.id
            )
        applicants[applicant.id] = applicant
    return Market(programs, applicants, _lottery(round_, applicants))


def _lottery(round_: Mapping[str, Any], applicants: Mapping[str, Applicant]) -> dict[str, int]:
    drawn = round_.get("lottery")
    if drawn is None:
        return lottery_order(_whole(round_.get("seed", 0), "seed"), list(applicants))
    places = {name: place for place, name in enumerate(_names(drawn, "lottery"))}
    missing = next((name for name in applicants if name not in places), None)
    if missing is not None:
        raise Unusable("round_unusable", "lottery: {missing} does not stand in it", missing=missing)
    return places


def _whole(value: Any, where: str, least: int | None = None) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or (least is not None and value < least):
        raise Unusable(
            "round_unusable",
            "{where}: {value} is not a whole number{range}",
            where=where,
            value=repr(value),
            range=" from 0" if least == 0 else "",
        )
    if abs(value) > LARGEST:
        raise Unusable("round_unusable", "{where}: the number is too large to be carried exactly", where=where)
    return value


def _text(row: Any, where: str) -> str:
    name = row.get("id") if isinstance(row, dict) else None
    if not isinstance(name, str) or not name:
        raise Unusable("round_unusable", "{where}: an id is needed", where=where)
    return name


def _complete(row: Mapping[str, Any], members: tuple[str, ...], needed: str, where: str) -> None:
    """Refuse a row without what it must have, and one whose members are nearly those of the format."""
    for name in row:
        meant = () if name in members else get_close_matches(name, members, n=1, cutoff=0.8)
        if meant:
            raise Unusable(
                "round_unusable",
                "{where}: {name} is unknown; is {meant} meant?",
                where=where,
                name=repr(name),
                meant=repr(meant[0]),
            )
    if needed not in row:
        raise Unusable("round_unusable", "{where}: {needed} is needed", where=where, needed=needed)


def _or(value: Any, absent: Any) -> Any:
    return absent if value is None else value


def _names(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise Unusable("round_unusable", "{where}: a list of names is needed", where=where)
    if len(set(value)) != len(value):
        twice = next(name for name in value if value.count(name) > 1)
        raise Unusable("round_unusable", "{where}: {twice} stands twice", where=where, twice=twice)
    return tuple(value)


def _program(row: Any, where: str) -> Program:
    name = _text(row, where)
    where = f"{where} ({name})"
    _complete(row, PROGRAM, "seats", where)
    seats = row["seats"]
    ties = row.get("ties", "lottery")
    order = row.get("reserve_order", "reserve_first")
    if ties not in TIES or order not in RESERVE_ORDERS:
        raise Unusable(
            "round_unusable",
            "{where}: ties {ties} or reserve_order {order} is unknown",
            where=where,
            ties=repr(ties),
            order=repr(order),
        )
    reserves = _reserves(row.get("reserves"), f"{where}.reserves")
    if reserves and ties != "lottery":
        raise Unusable("round_unusable", "{where}: reserves cannot go together with {ties}", where=where, ties=ties)
    priorities = row.get("priorities")
    return Program(
        name,
        None if seats is None else _whole(seats, f"{where}.seats", 0),
        ties,
        reserves,
        order,
        None if priorities is None else _names(priorities, f"{where}.priorities"),
    )


def _reserves(value: Any, where: str) -> tuple[tuple[str, int], ...]:
    entries = [] if value is None else value
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Unusable("round_unusable", "{where}: a list of group and seats is needed", where=where)
    groups = _names([entry.get("group") for entry in entries], where)
    return tuple(
        (group, _whole(entry.get("seats"), f"{where}.{group}", 0)) for group, entry in zip(groups, entries, strict=True)
    )


def _known(names: Iterable[str], programs: Mapping[str, Program], where: str) -> None:
    unknown = next((name for name in names if name not in programs), None)
    if unknown is not None:
        raise Unusable("round_unusable", "{where}: there is no program {unknown}", where=where, unknown=unknown)


def _applicant(row: Any, where: str, programs: Mapping[str, Program], changes: Changes) -> Applicant:
    name = _text(row, where)
    where = f"{where} ({name})"
    _complete(row, APPLICANT, "choices", where)
    choices = _names(row["choices"], f"{where}.choices")
    groups, declined = (_names(_or(row.get(part), []), f"{where}.{part}") for part in ("groups", "declined"))
    scores, eligible = (_or(row.get(part), {}) for part in ("scores", "eligible"))
    if not isinstance(scores, dict) or not isinstance(eligible, dict):
        raise Unusable("round_unusable", "{where}: scores and eligible are objects", where=where)
    for part, named in {"choices": choices, "scores": scores, "eligible": eligible, "declined": declined}.items():
        _known(named, programs, f"{where}.{part}")
    accepted = row.get("accepted")
    if accepted is not None and accepted not in choices:
        raise Unusable(
            "round_unusable", "{where}.accepted: {accepted} is not among the choices", where=where, accepted=accepted
        )
    if accepted in declined:
        raise Unusable(
            "round_unusable", "{where}: {accepted} is both accepted and declined", where=where, accepted=accepted
        )
    return Applicant(
        name,
        choices,
        {name: _score(score, f"{where}.scores.{name}", programs[name], changes) for name, score in scores.items()},
        frozenset(groups),
        {
            program: _reasons(value, f"{where}.eligible.{program}")
            for program, value in eligible.items()
            if value is not True
        },
        accepted,
        frozenset(declined),
    )


def _per_point(program: Mapping[str, Any], applicants: list[Any], where: str) -> int:
    """How many whole numbers make a point, so that every score of the program is whole; under 0 if lower is better."""
    better = program.get("better", "higher")
    if better not in list(Better):
        raise Unusable(
            "round_unusable",
            "{where}.better: {better} is not one of {choices}",
            where=where,
            better=repr(better),
            choices=", ".join(Better),
        )
    rows = [row["scores"] for row in applicants if isinstance(row, dict) and isinstance(row.get("scores"), dict)]
    fractions = [scores[program["id"]] for scores in rows if _is_fraction(scores.get(program["id"]))]
    return per_point((Decimal(str(score)) for score in fractions), Better(better), MOST_DECIMALS)


def _is_fraction(value: Any) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def _score(value: Any, where: str, program: Program, changes: Changes) -> int:
    if Change.DECIMAL_SCORES not in changes or not _is_fraction(value):
        return _whole(value, where) * program.per_point
    inside = Decimal(str(value)) * program.per_point
    if inside != inside.to_integral_value() or abs(inside) > LARGEST:
        raise Unusable(
            "round_unusable",
            "{where}: {value} has more than {most_decimals} decimals or is too large",
            where=where,
            value=repr(value),
            most_decimals=MOST_DECIMALS,
        )
    return int(inside)


def _reasons(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(reason, str) for reason in value):
        raise Unusable("round_unusable", "{where}: true or a list of reasons is needed", where=where)
    return tuple(value) or ("not eligible",)
