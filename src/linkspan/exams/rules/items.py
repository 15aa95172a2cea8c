"""Items of a bank: how they are answered and marked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum


class ItemKind(StrEnum):
    """How an item is answered."""

    CHOICE = "choice"
    CHECKBOX = "checkbox"
    DROPDOWN = "dropdown"
    NUMERIC = "numeric"
    TEXT = "text"


class Difficulty(StrEnum):
    """How hard its author holds an item to be."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the bank. `answers` are the right options' numbers, or the accepted texts, or the number.

    `tolerance` is absolute, or a share of the answer if it ends in %. A `retired` item is drawn no more.
    """

    id: str
    group: str
    kind: ItemKind
    prompt: str
    options: tuple[str, ...]
    answers: tuple[str, ...]
    tolerance: str = ""
    retired: bool = False
    difficulty: Difficulty | None = None


def mark_item(item: Item, given: tuple[str, ...]) -> bool:
    """Whether the answer is right. Checkboxes need exactly the right set; texts ignore case and outer space."""
    if item.kind in (ItemKind.CHOICE, ItemKind.CHECKBOX, ItemKind.DROPDOWN):
        return set(given) == set(item.answers) and bool(given)
    text = given[0].strip() if given else ""
    if item.kind == ItemKind.TEXT:
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


def mark_form(items: Iterable[Item], responses: Mapping[str, tuple[str, ...]]) -> Decimal:
    """The score in percent to one decimal place, half up; each item counts alike, an empty answer is wrong."""
    marks = [mark_item(item, responses.get(item.id, ())) for item in items]
    if not marks:
        return Decimal("0.0")
    return (Decimal(100 * sum(marks)) / len(marks)).quantize(Decimal("0.1"), ROUND_HALF_UP)
