"""The tables of the dean's page as files: CSV, and pictures; and which cohorts are asked for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.translation import gettext as _

from linkspan.outcomes.engines.plots import Bar, Span, Step, bars_svg, lines_svg, spans_svg
from linkspan.outcomes.rules import STEPS, ToldCohort, ToldFunnel, ToldGroup, ToldLine, Trend
from linkspan.web.tables import csv_file

#: A round's title and term, with its funnel.
type OfRound = tuple[str, str, ToldFunnel]


@dataclass(frozen=True, slots=True)
class CohortAsk:
    """Which cohorts are asked for: of a program, from a year and up to one; empty asks for all."""

    program: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Self:
        """What an address asks for; a year that is none is not asked."""
        years = [
            year if year.isascii() and year.isdecimal() and len(year) == 4 else ""
            for year in (given.get("since", ""), given.get("until", ""))
        ]
        return cls(given.get("program", "")[:100], *years)

    @property
    def address(self) -> str:
        """What an address says to ask the same."""
        said = {"program": self.program, "since": self.since, "until": self.until}
        return urlencode({name: value for name, value in said.items() if value})

    def among(self, rows: Iterable[ToldCohort]) -> list[ToldCohort]:
        """The cohorts that are asked for."""
        return [
            row
            for row in rows
            if self.program in ("", row.program)
            and (not self.since or self.since <= row.cohort)
            and (not self.until or row.cohort <= self.until)
        ]


@dataclass(frozen=True, slots=True)
class Groups:
    """Pathway students and others of a school."""

    school: str
    rows: Sequence[ToldGroup]


def cohorts_csv(rows: Iterable[ToldCohort]) -> HttpResponse:
    """How far each cohort has come."""
    return csv_file(
        "cohorts.csv", ("program", "cohort", *STEPS), [(r.program, r.cohort, *r.steps.values()) for r in rows]
    )


def cohorts_svg(rows: Iterable[ToldCohort]) -> str:
    """The same as bars, a cohort after the other."""
    return bars_svg(
        [
            Bar(f"{r.program} {r.cohort}: {_words(step)}", band.middle, str(band))
            for r in rows
            for step, band in r.steps.items()
        ]
    )


def trend_csv(rows: Iterable[Trend]) -> HttpResponse:
    """What changed from one cohort to the next."""
    header = ("program", "step", "from", "to", "before", "after", "least_change", "most_change", "course")
    table = [(r.program, r.step, r.earlier, r.later, r.before, r.after, r.least, r.most, r.course) for r in rows]
    return csv_file("trend.csv", header, table)


def trend_svgs(rows: Iterable[ToldCohort]) -> dict[str, str]:
    """For each program with several cohorts, its steps over the years."""
    held: dict[str, list[ToldCohort]] = {}
    for row in rows:
        held.setdefault(row.program, []).append(row)
    return {program: trend_svg(found) for program, found in held.items() if len(found) > 1}


def trend_svg(rows: Sequence[ToldCohort]) -> str:
    """The steps over the years; of several programs each has lines of its own."""
    several = len({row.program for row in rows}) > 1
    points = [
        Step(f"{row.program} {_words(step)}" if several else _words(step), row.cohort, band.middle)
        for row in rows
        for step, band in row.steps.items()
    ]
    return lines_svg(points, _("Cohort"), _("People"))


def rounds_csv(shown: Sequence[OfRound]) -> HttpResponse:
    """The funnels of the rounds."""
    steps = list(shown[0][2].steps) if shown else []
    return csv_file(
        "rounds.csv", ("round", "term", *steps), [(title, term, *one.steps.values()) for title, term, one in shown]
    )


def rounds_svg(shown: Sequence[OfRound]) -> str:
    """The same as bars."""
    return bars_svg(
        [
            Bar(f"{title}, {term}: {_words(step)}", band.middle, str(band))
            for title, term, one in shown
            for step, band in one.steps.items()
        ]
    )


def network_csv(shown: Sequence[OfRound]) -> HttpResponse:
    """What the network offers those without a seat."""
    header = ("round", "term", "institution", "pathway", "all_clauses_met", "one_clause_short")
    table = [
        (title, term, other.institution, other.title, other.eligible_now, other.one_clause_short)
        for title, term, one in shown
        for other in one.elsewhere
    ]
    return csv_file("network.csv", header, table)


def network_svg(shown: Sequence[OfRound]) -> str:
    """The same as bars: those who meet all of it, then those one clause short."""
    return bars_svg(
        [
            Bar(f"{other.institution}: {words}", band.middle, str(band))
            for _title, _term, one in shown
            for other in one.elsewhere
            for words, band in (
                (_("All clauses met"), other.eligible_now),
                (_("One clause short"), other.one_clause_short),
            )
        ]
    )


def tuition_csv(lines: Iterable[ToldLine]) -> HttpResponse:
    """Tuition by agreement and cohort, in minor units."""
    header = ("agreement", "cohort", "learners", "currency", "forgone_minor", "paid_minor", "to_come_minor")
    return csv_file("tuition.csv", header, [_tuition_row(line) for line in lines])


def tuition_svg(lines: Iterable[ToldLine], titles: Mapping[str, str]) -> str:
    """The same as bars in units of the currency, where the amounts are told."""
    return bars_svg(
        [
            Bar(f"{titles[line.agreement_id]}, {line.cohort}: {words}", float(amount.in_whole()), str(amount))
            for line in lines
            if (told := line.amounts)
            for words, amount in (
                (_("Forgone"), told.forgone),
                (_("Paid so far"), told.paid),
                (_("To come by the plans"), told.to_come),
            )
        ]
    )


def students_csv(groups: Iterable[Groups]) -> HttpResponse:
    """Pathway students and others; empty where too few people say anything."""
    header = ("school", "students", "people", "courses", "mean_grade_points", "passed_low", "passed_high")
    table = []
    for group in groups:
        for row in group.rows:
            passed = (row.passed.low, row.passed.high) if row.passed else ("", "")
            means = "" if row.mean_points is None else row.mean_points
            table.append((group.school, row.name, row.students, row.courses or "", means, *passed))
    return csv_file("students.csv", header, table)


def students_svg(groups: Iterable[Groups]) -> str:
    """The share of courses passed with its interval, of pathway students and others."""
    spans = [
        Span(group.school, _words(row.name), passed.low * 100, (passed.low + passed.high) * 50, passed.high * 100)
        for group in groups
        for row in group.rows
        if (passed := row.passed)
    ]
    return spans_svg(spans, _("Courses passed, percent"))


def _tuition_row(line: ToldLine) -> tuple[object, ...]:
    told = line.amounts
    money = (told.forgone.currency, told.forgone.minor, told.paid.minor, told.to_come.minor) if told else ("",) * 4
    return (line.agreement_id, line.cohort, line.learners, *money)


def _words(name: str) -> str:
    return _(name.replace("_", " "))
