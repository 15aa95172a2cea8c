"""Short essays, which people mark: its options are the criteria of the rubric, its answers their points."""

from decimal import Decimal, InvalidOperation

from linkspan.exams.rules.items import Item
from linkspan.kernel.reasons import Sentence

MOST_CRITERIA = 10
MOST_POINTS = 100
#: How far two marks may be apart, in percent of all points, where a question does not say.
APART = Decimal(10)


def problem(item: Item) -> str:
    """Why nobody could mark it; nothing if they can."""
    if not 1 <= len(item.options) <= MOST_CRITERIA or len(item.options) != len(item.answers):
        return Sentence("criteria_count", "it needs 1 to {most} criteria, each with its points", most=MOST_CRITERIA)
    if not all(one.isascii() and one.isdigit() and 1 <= int(one[:4]) <= MOST_POINTS for one in item.answers):
        return Sentence("points_range", "points are 1 to {most}", most=MOST_POINTS)
    if len(set(item.options)) < len(item.options):
        return Sentence("criteria_same", "two of its criteria are the same")
    if _apart(item.tolerance):
        return ""
    return Sentence("apart_unusable", "how far marks may be apart is points, or a percentage")


def _apart(given: str) -> bool:
    try:
        return not given or 0 <= Decimal(given.removesuffix("%").strip()) <= MOST_CRITERIA * MOST_POINTS
    except InvalidOperation:
        return False


def most_points(item: Item) -> int:
    """The points of all criteria together."""
    return sum(int(one) for one in item.answers)


def most_apart(item: Item) -> Decimal:
    """By how many points two marks may differ before a third person marks."""
    told = item.tolerance.strip() or f"{APART}%"
    if told.endswith("%"):
        return Decimal(most_points(item)) * Decimal(told.removesuffix("%").strip()) / 100
    return Decimal(told)
