"""Steps to be put in order: each gets the number of its place, from 0."""

from fractions import Fraction

from linkspan.exams.rules.items import Item
from linkspan.exams.rules.kinds.pairs import MOST_LINES, pairs, share
from linkspan.kernel.reasons import Sentence


def problem(item: Item) -> str:
    """Why nobody could answer it; nothing if they can."""
    if not 2 <= len(item.options) <= MOST_LINES:
        return Sentence("steps_count", "it needs 2 to {most} steps", most=MOST_LINES)
    if sorted(item.answers) != sorted(str(number) for number in range(len(item.options))):
        return Sentence("steps_unordered", "its right order does not name each step once")
    twice = len(set(item.options)) < len(item.options)
    return Sentence("steps_same", "two of its steps are the same") if twice else ""


def score(item: Item, given: tuple[str, ...]) -> Fraction:
    """The share of steps at their right place."""
    return share(given, {int(step): place for place, step in enumerate(item.answers)}, item.partial)


def words(options: tuple[str, ...], given: tuple[str, ...]) -> tuple[str, ...]:
    """The steps by the place that they got, each with its number."""
    placed = sorted((place, step) for step, place in pairs(given).items() if step < len(options))
    return tuple(f"{place + 1}. {options[step]}" for place, step in placed)


def right_answer(item: Item) -> tuple[str, ...]:
    """The answer that scores in full, as it would be saved."""
    return tuple(f"{step}:{place}" for place, step in enumerate(item.answers))
