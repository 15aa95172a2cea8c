"""Lines to be matched: each gets the number of one choice, which several may share."""

from fractions import Fraction

from linkspan.exams.rules.items import Item
from linkspan.exams.rules.kinds.pairs import MOST_LINES, pairs, share
from linkspan.kernel.reasons import Sentence


def problem(item: Item) -> str:
    """Why nobody could answer it; nothing if they can."""
    if not 2 <= len(item.options) <= MOST_LINES or not 2 <= len(item.choices) <= 2 * MOST_LINES:
        return Sentence(
            "lines_count",
            "it needs 2 to {lines} lines, and 2 to {choices} choices",
            lines=MOST_LINES,
            choices=2 * MOST_LINES,
        )
    numbers = {str(number) for number in range(len(item.choices))}
    if len(item.answers) != len(item.options) or not set(item.answers) <= numbers:
        return Sentence("lines_unanswered", "its right answer does not give each line one of the choices")
    twice = any(len(set(texts)) < len(texts) for texts in (item.options, item.choices))
    return Sentence("lines_same", "two of its lines or choices are the same") if twice else ""


def score(item: Item, given: tuple[str, ...]) -> Fraction:
    """The share of lines with their right choice."""
    return share(given, {line: int(choice) for line, choice in enumerate(item.answers)}, item.partial)


def words(options: tuple[str, ...], choices: tuple[str, ...], given: tuple[str, ...]) -> tuple[str, ...]:
    """Each line with the choice that it got."""
    had = sorted(pairs(given).items())
    return tuple(f"{options[a]} → {choices[b]}" for a, b in had if a < len(options) and b < len(choices))


def right_answer(item: Item) -> tuple[str, ...]:
    """The answer that scores in full, as it would be saved."""
    return tuple(f"{line}:{choice}" for line, choice in enumerate(item.answers))
