"""Series of exams: which exams together, in which order, for whom, and when the whole is passed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from uuid import UUID

from linkspan.catalog.rules import Invalid
from linkspan.exams.rules.attempts import Condition
from linkspan.kernel.actor import Actor
from linkspan.kernel.reasons import Phrase, Sentence

MOST_EXAMS, MOST_WEIGHT = 12, Decimal(1000)
LONGEST_TITLE, LONGEST_REASON = 200, 1000
TENTH = Decimal("0.1")


class Completion(StrEnum):
    """When a series is passed."""

    ALL = "all_passed"
    MEAN = "weighted_mean"
    BEST = "best_results"


@dataclass(frozen=True, slots=True)
class SeriesTerms:
    """What staff decide of a version: its exams in their order, each with its weight.

    `best` results count where only the best do. `one_fee`: what is paid for the series is paid for each of its exams.
    """

    title: str
    exams: tuple[str, ...]
    completion: Completion = Completion.ALL
    weights: tuple[Decimal, ...] = ()
    best: int = 1
    pass_percent: Decimal = Decimal(0)
    in_order: bool = False
    by_invitation: bool = False
    one_fee: bool = False

    def weight(self, code: str) -> Decimal:
        """How much an exam counts; all alike where nothing is said."""
        return self.weights[self.exams.index(code)] if self.weights else Decimal(1)


@dataclass(frozen=True, slots=True)
class Series:
    """A version of a series; a draft until `published_at`."""

    code: str
    program_key: str
    institution: str
    version: int
    terms: SeriesTerms
    made_by: str
    published_by: str = ""
    published_at: datetime | None = None
    makers: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Result:
    """The best released result of an exam, in percent, and whether one of them passed."""

    percent: Decimal
    passed: bool


@dataclass(frozen=True, slots=True)
class Part:
    """An exam of a series as one learner has it; `next`: it can be taken next as far as the series goes."""

    code: str
    title: str
    result: Result | None
    next: bool


@dataclass(frozen=True, slots=True)
class SeriesStanding:
    """Where a learner stands: each exam, and the result of the whole once enough of it is there."""

    series: Series
    invited: bool
    parts: tuple[Part, ...]
    percent: Decimal | None
    passed: bool


def check_series(terms: SeriesTerms) -> SeriesTerms:
    """The terms; Invalid naming every field that is out of range."""
    count = len(terms.exams)
    wrong = {
        "title": (
            not 0 < len(terms.title.strip()) <= LONGEST_TITLE,
            Sentence("out_of_range", Phrase("Enter 1 to {most} characters."), most=LONGEST_TITLE),
        ),
        "exams": (
            not 1 <= count <= MOST_EXAMS or len(set(terms.exams)) < count,
            Sentence("out_of_range", Phrase("Name 1 to {most} exams, each once."), most=MOST_EXAMS),
        ),
        "weights": (
            bool(terms.weights) and (len(terms.weights) != count or not all(map(_weighs, terms.weights))),
            Sentence("out_of_range", Phrase("Give each exam a weight above 0, up to {most}."), most=MOST_WEIGHT),
        ),
        "best": (
            terms.completion is Completion.BEST and not 1 <= terms.best <= max(count, 1),
            Sentence("out_of_range", Phrase("Enter 1 to {most}."), most=max(count, 1)),
        ),
        "pass_percent": (
            not terms.pass_percent.is_finite()
            or not 0 <= terms.pass_percent <= 100
            or terms.pass_percent != round(terms.pass_percent, 2),
            Sentence("out_of_range", Phrase("Enter 0 to {most} percent, at most two decimals."), most=100),
        ),
    }
    found = {name: words for name, (bad, words) in wrong.items() if bad}
    if found:
        raise Invalid(found)
    return terms


def _weighs(weight: Decimal) -> bool:
    return weight.is_finite() and 0 < weight <= MOST_WEIGHT and weight == round(weight, 2)


def completed(terms: SeriesTerms, results: Mapping[str, Result]) -> tuple[Decimal | None, bool]:
    """The result of the whole in percent, once enough exams have one, and whether the series is passed.

    All passed: every exam has to be, and the mean is told. Weighted mean: every exam has a result, and their mean by
    weight reaches the pass mark. Best results: so many exams have one, and the mean of the best reaches it.
    """
    have = [(results[code].percent, terms.weight(code)) for code in terms.exams if code in results]
    if terms.completion is Completion.BEST:
        have = sorted(have, reverse=True)[: terms.best]
        enough = len(have) == terms.best
        have = [(percent, Decimal(1)) for percent, _ in have]
    else:
        enough = len(have) == len(terms.exams)
    if not enough:
        return None, False
    exact = sum(percent * weight for percent, weight in have) / sum(weight for _, weight in have)
    told = Decimal(exact).quantize(TENTH, ROUND_HALF_UP)
    if terms.completion is Completion.ALL:
        return told, all(results[code].passed for code in terms.exams)
    return told, told >= terms.pass_percent


def done(terms: SeriesTerms, code: str, results: Mapping[str, Result]) -> bool:
    """Whether an exam is behind the learner: passed where all have to be, else with any result."""
    found = results.get(code)
    return found is not None and (found.passed or terms.completion is not Completion.ALL)


def next_exams(terms: SeriesTerms, results: Mapping[str, Result]) -> tuple[str, ...]:
    """The exams that come next: the first that is not behind the learner, or any of them where no order is asked."""
    open_ = tuple(code for code in terms.exams if not done(terms, code, results))
    return open_[:1] if terms.in_order else open_


def series_conditions(
    terms: SeriesTerms, code: str, invited: bool, results: Mapping[str, Result], titles: Sequence[str]
) -> tuple[Condition, ...]:
    """What a series asks before one of its exams is taken, met or not; `titles` of its exams in their order."""
    found = []
    if terms.by_invitation:
        found.append(
            Condition(
                invited,
                Sentence("series_invited", "you are invited to {title}", title=terms.title),
                Sentence("series_not_invited", "you are not invited to {title}", title=terms.title),
                Sentence("wait_for_invitation", "Program staff invite learners. Write to them if you expected it."),
            )
        )
    if terms.in_order:
        before = terms.exams[: terms.exams.index(code)]
        missing = [title for one, title in zip(before, titles, strict=False) if not done(terms, one, results)]
        found.append(
            Condition(
                not missing,
                Sentence("series_order_kept", "the exams that come before are done"),
                Sentence(
                    "series_order_open", "{title} comes first in this series", title=missing[0] if missing else ""
                ),
                Sentence("take_first", "Take that exam first, and wait for its result."),
            )
        )
    return tuple(found)


class InviteOutcome(StrEnum):
    """What becomes of a line of a list of invitations."""

    INVITED = "invited"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class InviteLine:
    """A line of a list of invitations, and what becomes of it."""

    row: int
    email: str
    outcome: InviteOutcome
    reason: str = ""


def may_invite(actor: Actor, institution: str) -> bool:
    """Program staff of the institution."""
    return actor.has_role("program_staff", institution)
