"""Areas of a picture, of which the right ones are chosen: by their letters, so that nobody needs to point."""

from fractions import Fraction

from linkspan.exams.rules.items import Area, Item, Shape
from linkspan.exams.rules.kinds.pairs import MOST_LINES
from linkspan.kernel.reasons import Sentence

LETTERS = "ABCDEFGHIJKLMNOPQRST"
LONGEST_SIDE = 4096
MOST_CORNERS = 60


def problem(item: Item) -> str:
    """Why nobody could answer it; nothing if they can."""
    if item.picture is None:
        return Sentence("picture_none", "it has no picture")
    if not item.picture.words.strip():
        return Sentence("picture_wordless", "its picture is not described in words")
    if not 2 <= len(item.areas) <= MOST_LINES or len(item.options) != len(item.areas):
        return Sentence("areas_count", "it needs 2 to {most} areas, each with its words", most=MOST_LINES)
    if not set(item.answers) <= {str(number) for number in range(len(item.areas))}:
        return Sentence("area_unknown", "its right answer names an area that is not there")
    if len(set(item.answers)) < len(item.answers):
        return Sentence("area_twice", "its right answer names an area twice")
    width, height = item.picture.width, item.picture.height
    return next((why for area in item.areas if (why := _outside(area, width, height))), "")


def _outside(area: Area, width: int, height: int) -> str:
    coords = area.coords
    if area.shape is Shape.POLY:
        sized = 6 <= len(coords) <= 2 * MOST_CORNERS and len(coords) % 2 == 0
    else:
        sized = len(coords) == (4 if area.shape is Shape.RECT else 3)
    if not sized:
        return Sentence("area_numbers", "one of its areas has not the numbers that its shape needs")
    if area.shape is Shape.CIRCLE:
        box = (coords[0] - coords[2], coords[1] - coords[2], coords[0] + coords[2], coords[1] + coords[2])
        solid = coords[2] > 0
    else:
        box = (min(coords[::2]), min(coords[1::2]), max(coords[::2]), max(coords[1::2]))
        solid = box[0] < box[2] and box[1] < box[3]
    inside = box[0] >= 0 and box[1] >= 0 and box[2] <= width and box[3] <= height
    if solid and inside:
        return ""
    return Sentence("area_outside", "one of its areas is empty, or lies outside of the picture")


def middle(area: Area) -> tuple[int, int]:
    """Where the letter of an area stands."""
    if area.shape is Shape.CIRCLE:
        return area.coords[0], area.coords[1]
    across, down = area.coords[::2], area.coords[1::2]
    return sum(across) // len(across), sum(down) // len(down)


def score(item: Item, given: tuple[str, ...]) -> Fraction:
    """All right areas and no other; with `partial` each right one counts, and each wrong one takes one back."""
    chosen, right = set(given), set(item.answers)
    if chosen == right:
        return Fraction(1)
    if not item.partial or not right:
        return Fraction(0)
    return Fraction(max(0, len(chosen & right) - len(chosen - right)), len(right))


def words(options: tuple[str, ...], given: tuple[str, ...]) -> tuple[str, ...]:
    """The chosen areas by their letters, with their words."""
    known = {str(number): f"{LETTERS[number]}. {option}" for number, option in enumerate(options[: len(LETTERS)])}
    return tuple(known.get(text, text) for text in given)
