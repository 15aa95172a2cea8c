"""How a version and its questions did, worked out from what is stored; told of groups only."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from linkspan.exams.engines.statistics import forms
from linkspan.exams.engines.statistics.items import Distractor, Matrix, picked
from linkspan.exams.queries.analysed import Answered, Given, answered
from linkspan.exams.queries.making import as_version, version_row
from linkspan.exams.queries.modelling import work_of
from linkspan.exams.rules import Item, ItemKind, Version
from linkspan.exams.rules.analysis import (
    FEWEST_ANSWERS,
    Counted,
    OptionFigures,
    Out,
    QuestionFigures,
    WholeFigures,
    flags_of,
)
from linkspan.exams.rules.modelling import Work
from linkspan.exams.rules.rulings import Correction, may_rule
from linkspan.kernel.actor import Actor
from linkspan.kernel.bands import FIVES
from linkspan.kernel.replica import may_be_late

#: Kinds whose choices are told apart by the number of the option.
BY_OPTION = (ItemKind.CHOICE, ItemKind.CHECKBOX, ItemKind.DROPDOWN, ItemKind.HOTSPOT)
#: Kinds of which the answers that many gave are told, and how many of those at most.
BY_ANSWER, MOST_ANSWERS, LONGEST_ANSWER = (ItemKind.NUMERIC, ItemKind.TEXT, ItemKind.FORMULA), 6, 80


@dataclass(frozen=True, slots=True)
class ExamStatistics:
    """How a version did, by the attempts that were asked for: as a whole, and by question, the hardest first."""

    version: Version
    counted: Counted
    out: Out
    whole: WholeFigures
    rows: tuple[QuestionFigures, ...]
    versions: tuple[int, ...]
    work: Work


@may_be_late
def exam_statistics(
    actor: Actor, code: str, number: int, *, counted: Counted = Counted.ALL, out: Out = Out.RELEASED
) -> ExamStatistics:
    """How a version did by its accepted attempts, for who makes the exam; never by rejected ones, nor by others.

    Results that are not out count only for who may rule on them: to others a difference would tell a result.
    """
    row = version_row(actor, code, number)
    out = out if may_rule(actor, row.exam.institution) else Out.RELEASED
    found = answered(row, counted, out)
    rows = [_figures(found, column) for column in range(len(found.items))]
    rows.sort(key=lambda one: (one.right is None, one.right or 0, one.item.id))
    published = row.exam.versions.filter(published_at__isnull=False).order_by("number")
    numbers = tuple(published.values_list("number", flat=True))
    return ExamStatistics(as_version(row), counted, out, _whole(found), tuple(rows), numbers, work_of(row))


def _whole(found: Answered) -> WholeFigures:
    size = len(found.attempts)
    told = forms.whole(found.counted)
    enough = size >= FEWEST_ANSWERS
    mean, sd, alpha, sem = (exact(one) if enough else None for one in (told.mean, told.sd, told.alpha, told.sem))
    return WholeFigures(FIVES.band(size), told.questions, mean, sd, alpha, sem, told.alike)


def _figures(found: Answered, column: int) -> QuestionFigures:
    item, counts = found.items[column], bool(found.counts[column])
    held = found.corrections.get(item.id, Correction())
    places = np.flatnonzero(found.had[:, column]).tolist()
    learners = FIVES.band(len(places))
    if len(places) < FEWEST_ANSWERS:
        return QuestionFigures(item, learners, None, None, dropped=held.dropped, full=held.full)
    own = None if not counts else int(found.counts[:column].sum())
    marks = found.shares[places, column]
    rest = forms.rest_of(found.counted, own)[places]
    r = exact(forms.discrimination(marks, rest))
    right = None if np.isnan(marks).all() else exact(float(np.nanmean(marks)) * 100)
    given = [found.given[place].get(item.id, ()) for place in places]
    omitted = exact(sum(not any(one.strip() for one in answer) for answer in given) / len(given) * 100) or Decimal(0)
    options = _options(item, held, given, marks if counts else None, rest)
    seconds = _seconds([found.times[place] for place in places], item.id)
    flags = () if right is None or held.full else flags_of(right, r, omitted, options)
    return QuestionFigures(item, learners, right, r, omitted, seconds, options, held.dropped, held.full, flags)


def _options(
    item: Item, held: Correction, given: Sequence[Given], marks: Matrix | None, rest: Matrix
) -> tuple[OptionFigures, ...]:
    """The choices of a question, or the answers that enough learners gave, with who chose them."""
    if item.kind in BY_OPTION:
        names = {str(number): option for number, option in enumerate(item.options)}
        chosen = [frozenset(answer) for answer in given]
        keys = {one for key in held.keys or (item.answers,) for one in key}
    elif item.kind in BY_ANSWER:
        texts = ["".join(answer).strip() for answer in given]
        often = [text for text, count in Counter(texts).most_common(MOST_ANSWERS) if text and count >= FEWEST_ANSWERS]
        names = {text: text[:LONGEST_ANSWER] for text in often}
        chosen = [frozenset((text,)) for text in texts]
        keys = _right_texts(texts, marks)
    else:
        return ()
    total = rest if marks is None else rest + np.nan_to_num(marks)
    uses, tail = picked(chosen, rest.tolist(), total.tolist(), list(names))
    return tuple(_option(names[name], name in keys, one, len(chosen), tail) for name, one in uses.items())


def _right_texts(texts: Sequence[str], marks: Matrix | None) -> set[str]:
    return set() if marks is None else {text for text, mark in zip(texts, marks, strict=True) if mark == 1}


def _option(text: str, right: bool, one: Distractor, size: int, tail: int) -> OptionFigures:
    middle = size - 2 * tail
    between = (one.n - one.lower - one.upper) / middle if middle > 0 else 0.0
    groups = (one.share, one.lower / tail, between, one.upper / tail)
    share, lowest, middle_share, highest = (Decimal(f"{group * 100:.6f}") for group in groups)
    return OptionFigures(text, right, share, lowest, middle_share, highest, exact(one.r))


def _seconds(times: Sequence[Mapping[str, float]], name: str) -> Decimal | None:
    spent = [one[name] for one in times if name in one]
    return exact(sum(spent) / len(spent)) if len(spent) >= FEWEST_ANSWERS else None


def exact(number: float | None) -> Decimal | None:
    """A number to six decimals."""
    return None if number is None else Decimal(f"{number:.6f}")
