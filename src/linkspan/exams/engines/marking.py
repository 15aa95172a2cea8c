"""What rules do not work out of an answer: formulas, by the engine that judges them in courses."""

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction

from linkspan.exams.rules import Item, ItemKind, alike, samples, score_item
from linkspan.exams.rules.making import item_unusable
from linkspan.kernel.bounded import ANSWERS
from linkspan.kernel.errors import TooExpensive, Unusable
from linkspan.kernel.reasons import Sentence


def shares_of(
    items: Iterable[Item], responses: Mapping[str, tuple[str, ...]], by_people: Mapping[str, Fraction] | None = None
) -> dict[str, Fraction]:
    """The share of each item that its answer earns, by item; of what people mark, what they gave."""
    asked = tuple(items)
    formulas = [(item, responses[item.id][0]) for item in asked if _is_formula(item) and responses.get(item.id)]
    right = _judged(formulas)
    found = {item.id: Fraction(int(is_right)) for (item, _), is_right in zip(formulas, right, strict=True)}
    found |= by_people or {}
    return {item.id: score_item(item, responses.get(item.id, ()), found) for item in asked}


def check_formulas(items: Iterable[Item]) -> None:
    """Unusable naming each formula whose key the engine cannot work out."""
    keys = [(item, item.answers[0]) for item in items if _is_formula(item) and len(item.answers) == 1]
    judged = zip(keys, _judged(keys), strict=True)
    why = Sentence("formula_unworkable", "its right formula cannot be worked out")
    wrong = [item_unusable(item, why) for (item, _), is_right in judged if not is_right]
    if wrong:
        raise Unusable(
            "bank_unusable", "Items of the bank cannot be used. Correct them and upload it again.", tuple(wrong[:50])
        )


def _is_formula(item: Item) -> bool:
    return item.kind is ItemKind.FORMULA


def _judged(formulas: list[tuple[Item, str]]) -> list[bool]:
    """Whether each formula is right; one that takes too long is wrong, and spoils no other."""
    if not formulas:
        return []
    try:
        return judge(formulas)
    except TooExpensive:
        return [False] if len(formulas) == 1 else [one for pair in formulas for one in _judged([pair])]


@ANSWERS.bounded
def judge(formulas: list[tuple[Item, str]]) -> list[bool]:
    """Whether each formula gives what the key of its item gives, wherever it is tried."""
    return [_judge(item, given) for item, given in formulas]


def _judge(item: Item, given: str) -> bool:
    from linkspan.courseware.engines.formula import evaluate

    for numbers in samples(item):
        try:
            want, have = (complex(evaluate(numbers, {}, text)) for text in (item.answers[0], given))
        except Exception:  # noqa: BLE001 - a formula that cannot be read or worked out fails in many ways
            return False
        whole = all(math.isfinite(part) for one in (want, have) for part in (one.real, one.imag))
        if not whole or not alike(want, have, item.tolerance):
            return False
    return True
