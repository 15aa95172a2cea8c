"""Which questions of a package can be used here: their pictures are read, their formulas worked out."""

from collections.abc import Mapping
from dataclasses import replace

from linkspan.exams.engines.marking import check_formulas
from linkspan.exams.engines.pictures import picture_from
from linkspan.exams.engines.qti.reader import Line, Package
from linkspan.exams.rules import Item, check_bank
from linkspan.kernel.errors import Unusable
from linkspan.kernel.reasons import Sentence


def usable_of(found: Package) -> tuple[tuple[Item, ...], Mapping[str, bytes], tuple[Line, ...]]:
    """The questions that can be used, their pictures as PNG by SHA-256, and the lines, with why others cannot."""
    items: dict[str, Item] = {}
    pictures: dict[str, bytes] = {}
    read = iter(found.items)
    lines = []
    for line in found.lines:
        if line.why:
            lines.append(line)
            continue
        item = next(read)
        try:
            if item.id in items:
                raise Unusable("bank_unusable", "Another item has this name.")
            item, png = _with_picture(item, found.pictures.get(item.id))
            check_formulas([item])
            check_bank([item])
        except Unusable as error:
            lines.append(replace(line, why=_why(error)))
            continue
        items[item.id] = item
        pictures |= {item.picture.sha256: png} if item.picture and png else {}
        lines.append(line)
    return tuple(items.values()), pictures, tuple(lines)


def _why(error: Unusable) -> str:
    """Why an item cannot be used: what is said of it, without its name, which its line tells."""
    said = error.reasons[0] if error.reasons else error.message
    why = said.reason.values.get("why", said) if isinstance(said, Sentence) else said
    return why if isinstance(why, str) else said


def _with_picture(item: Item, content: bytes | None) -> tuple[Item, bytes | None]:
    if item.picture is None or content is None:
        return item, None
    png, picture = picture_from(content, item.picture.words)
    return replace(item, picture=picture), png
