"""Marks: the share of an item that an answer earns, and the score of a form."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction
from typing import Protocol

from linkspan.exams.rules.items import BY_PEOPLE, Item, ItemKind
from linkspan.exams.rules.kinds import hotspot, match, order


class Asked(Protocol):
    """What is asked, as an item of a bank or as its learner sees it."""

    @property
    def kind(self) -> ItemKind: ...

    @property
    def options(self) -> tuple[str, ...]: ...

    @property
    def choices(self) -> tuple[str, ...]: ...


CHOSEN = (ItemKind.CHOICE, ItemKind.CHECKBOX, ItemKind.DROPDOWN)
SCORES = {ItemKind.ORDER: order.score, ItemKind.MATCH: match.score, ItemKind.HOTSPOT: hotspot.score}
#: Kinds whose shares no rule works out: an engine does, or people.
WORKED_OUT = (ItemKind.FORMULA, *BY_PEOPLE)


def score_item(item: Item, given: tuple[str, ...], found: Mapping[str, Fraction] | None = None) -> Fraction:
    """The share from 0 to 1 that the answer earns; of a kind that rules do not work out, what was `found` for it."""
    if not any(text.strip() for text in given):
        return Fraction(0)
    if item.kind in WORKED_OUT:
        return (found or {}).get(item.id, Fraction(0))
    if item.kind in SCORES:
        return SCORES[item.kind](item, given)
    return Fraction(int(_right(item, given)))


def mark_item(item: Item, given: tuple[str, ...]) -> bool:
    """Whether the answer is wholly right, for kinds that rules work out."""
    return score_item(item, given) == 1


def mark_form(
    items: Iterable[Item], responses: Mapping[str, tuple[str, ...]], found: Mapping[str, Fraction] | None = None
) -> Decimal:
    """The score in percent to one decimal place, half up; each item counts alike, an empty answer is wrong."""
    return percent([score_item(item, responses.get(item.id, ()), found) for item in items])


def percent(shares: list[Fraction]) -> Decimal:
    """The mean of the shares in percent, to one decimal place, half up; of none 0."""
    if not shares:
        return Decimal("0.0")
    whole = sum(shares, Fraction(0)) * 100 / len(shares)
    return (Decimal(whole.numerator) / whole.denominator).quantize(Decimal("0.1"), ROUND_HALF_UP)


def _right(item: Item, given: tuple[str, ...]) -> bool:
    """Checkboxes need exactly the right set; texts ignore case and outer space."""
    if item.kind in CHOSEN:
        return set(given) == set(item.answers)
    text = given[0].strip()
    if item.kind is ItemKind.TEXT:
        return text.casefold() in {answer.strip().casefold() for answer in item.answers}
    return _number_right(item, text)


def _number_right(item: Item, text: str) -> bool:
    try:
        have, right = Decimal(text.replace(",", "")), Decimal(item.answers[0])
        share = item.tolerance.endswith("%")
        allowed = Decimal(item.tolerance.rstrip("%") or "0")
    except (InvalidOperation, IndexError):
        return False
    return have.is_finite() and abs(have - right) <= (abs(right) * allowed / 100 if share else allowed)


def answer_in_words(item: Asked, given: tuple[str, ...], files: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """An answer as its reader sees it: steps by place, lines with their choices, areas, options, or the text.

    `files`: the name of each file that was handed in.
    """
    if item.kind is ItemKind.ORDER:
        return order.words(item.options, given)
    if item.kind is ItemKind.MATCH:
        return match.words(item.options, item.choices, given)
    if item.kind is ItemKind.HOTSPOT:
        return hotspot.words(item.options, given)
    if item.kind is ItemKind.ESSAY:
        return given
    if item.kind is ItemKind.UPLOAD:
        return tuple((files or {}).get(text, "?") for text in given)
    places = {str(number): option for number, option in enumerate(item.options)}
    return tuple(places.get(text, text) for text in given)


def right_answer(item: Item) -> tuple[str, ...]:
    """An answer that scores in full, as it would be saved."""
    if item.kind in (ItemKind.ORDER, ItemKind.MATCH):
        return order.right_answer(item) if item.kind is ItemKind.ORDER else match.right_answer(item)
    one = item.kind in (ItemKind.TEXT, ItemKind.NUMERIC, ItemKind.FORMULA)
    return item.answers[:1] if one else item.answers
