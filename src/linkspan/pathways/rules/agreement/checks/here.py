"""Checks against this server's catalogue: programs and courses that are named and are not there."""

from collections.abc import Iterator
from dataclasses import dataclass

from linkspan.kernel.errors import Unusable
from linkspan.kernel.reasons import Phrase
from linkspan.pathways.rules.agreement import Agreement, Recognition
from linkspan.pathways.rules.agreement.checks.report import Problem, problem
from linkspan.pathways.rules.agreement.kinds import Requirement
from linkspan.pathways.rules.agreement.kinds.clause import Named as CoursesNamed


@dataclass(frozen=True, slots=True)
class Named:
    """A program or course that an agreement names, and the clause that does."""

    kind: str
    institution: str
    code: str
    clause: str

    @property
    def key(self) -> str:
        """Its key in a catalogue."""
        return f"{self.institution}/{self.code}"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is known here of what an agreement names: institutions whose catalogue is here, keys of what is in it."""

    institutions: frozenset[str]
    programs: frozenset[str]
    courses: frozenset[str]


def named_in(agreement: Agreement) -> tuple[Named, ...]:
    """The programs and courses that an agreement names, each once; of an unfinished draft, what is there."""
    sides = [side for side in (agreement.sending, agreement.receiving) if side]
    found = [Named("program", str(side.institution or ""), str(side.program or ""), "") for side in sides]
    for rule in agreement.recognition if agreement.sending else ():
        school = agreement.sending.institution
        found += [Named("course", school, course, rule.clause) for course in _courses(rule)]
    for row in agreement.requirements:
        asked = _asked(row)
        if asked is not None:
            found += [Named("course", asked.institution, course, row.clause) for course in asked.courses]
    return tuple(dict.fromkeys(found))


def check_here(agreement: Agreement, catalogue: Catalogue) -> Iterator[Problem]:
    """An error for each program and course that is not in its institution's catalogue here, nor marked as such."""
    marked = set(map(str, agreement.not_here_yet))
    for one in named_in(agreement):
        known = catalogue.programs if one.kind == "program" else catalogue.courses
        if one.institution in catalogue.institutions and one.key not in known and one.code not in marked:
            yield problem(
                "not_here",
                (one.clause,) if one.clause else (one.kind,),
                "{institution} has no {kind} {code} in the catalogue. "
                "Correct the name, or list it under «Not in the catalogue yet».",
                institution=one.institution,
                kind=Phrase(one.kind),
                code=one.code,
            )


def _courses(row: Recognition) -> tuple[str, ...]:
    """The courses that a row of recognition names; none of one that is not finished."""
    try:
        Recognition.shape().check(row.as_json(), "")
    except Unusable:
        return ()
    return row.named


def _asked(row: Requirement) -> CoursesNamed | None:
    """The courses that a requirement names; none of one that is not finished."""
    try:
        Requirement.shape().check(row.as_json(), "")
    except Unusable:
        return None
    clause = row.asks
    return clause.named() if clause is not None else None
