"""An item of QTI as a question; what cannot be taken here is told with its line."""

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from linkspan.exams.engines.qti.names import attributes, child, children, inner, is_mixed, name_of, text_of
from linkspan.exams.engines.qti.package import NotTaken, Resource, files_of, inside, resources_of, root_of
from linkspan.exams.engines.qti.scoring import Declared, Scoring, declared, scoring_of
from linkspan.exams.rules import (
    MEDIA,
    Accepts,
    Area,
    Difficulty,
    FileKind,
    Item,
    ItemKind,
    Picture,
    Shape,
    Variable,
    unsorted,
)
from linkspan.kernel.bounded import COURSES
from linkspan.kernel.reasons import Sentence

INTERACTIONS = re.compile(r"[a-z-]+-interaction")
#: What a question cannot show here, so that it would be another question without it.
NOT_SHOWN = ("img", "object", "math", "audio", "video", "table", "picture", "svg", "include", "assessment-stimulus-ref")
NOT_KNOWN = {
    "template-declaration": Sentence("qti_template", "it is made anew for each learner (templates)"),
    "template-processing": Sentence("qti_template", "it is made anew for each learner (templates)"),
    "companion-materials-info": Sentence("qti_materials", "it comes with other materials"),
    "assessment-stimulus-ref": Sentence("qti_stimulus", "it belongs to a text in another file"),
}
LEFT = ("modal-feedback", "feedback-block", "feedback-inline", "catalog-info", "stylesheet")


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of one item of a package: `why` it is not taken, with the line; `left`: what is not taken along."""

    place: str
    name: str
    why: str = ""
    line: int = 0
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Package:
    """The questions of a package, pictures by the id of their question, and a line for each item."""

    items: tuple[Item, ...]
    pictures: Mapping[str, bytes]
    lines: tuple[Line, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """An item that is being read."""

    root: Any
    interaction: Any
    response: Declared
    scoring: Scoring
    blank: Item
    left: list[str]
    exact: bool

    def text(self, element: Any) -> str:
        """The text of an element: exactly where we wrote it."""
        return text_of(element, self.exact)


@COURSES.bounded
def read_package(content: bytes) -> Package:
    """The package; Unusable if it is none, while an item that cannot be taken is only told of."""
    files = files_of(content)
    resources, others = resources_of(files)
    items: list[Item] = []
    pictures: dict[str, bytes] = {}
    lines: list[Line] = []
    for one in resources:
        line, item, picture = _read(one, files)
        lines.append(line)
        items += [item] if item else []
        pictures |= {item.id: picture} if item and picture else {}
    return Package(tuple(items), pictures, tuple(lines), others)


def _read(one: Resource, files: Mapping[str, bytes]) -> tuple[Line, Item | None, bytes | None]:
    name = ""
    try:
        place = inside("", one.place)
        if place not in files:
            raise NotTaken(Sentence("qti_file_missing", "the file is not in the package"))
        root = root_of(files[place])
        name = attributes(root).get("identifier", "")[:128]
        left: list[str] = []
        item = _item(root, place, left)
        item = replace(item, difficulty=Difficulty(one.difficulty) if one.difficulty else None)
        picture = _picture(root, place, files) if item.kind is ItemKind.HOTSPOT else None
    except NotTaken as error:
        return Line(one.place[:200], name, error.why, error.line), None, None
    return Line(one.place[:200], item.id, left=tuple(left)), item, picture


def _item(root: Any, place: str, left: list[str]) -> Item:
    if name_of(root) != "assessment-item":
        raise NotTaken(Sentence("qti_no_item", "it is no item"), root.sourceline)
    old = is_mixed(root)
    if old is not None:
        raise NotTaken(
            Sentence("qti_mixed", "{element} is written as in version 2", element=old.tag.rpartition("}")[2][:60]),
            old.sourceline,
        )
    told = attributes(root)
    if told.get("adaptive", "false") == "true":
        raise NotTaken(Sentence("qti_adaptive", "it is adaptive"), root.sourceline)
    for one in root:
        if name_of(one) in NOT_KNOWN:
            raise NotTaken(NOT_KNOWN[name_of(one)], one.sourceline)
    body = child(root, "item-body")
    found = [one for one in body.iter() if INTERACTIONS.fullmatch(name_of(one))] if body is not None else []
    if len(found) != 1:
        why = Sentence("qti_interactions", "it has {count} interactions, not one", count=len(found))
        raise NotTaken(why, found[1].sourceline if len(found) > 1 else 0)
    kind = name_of(found[0])
    if kind not in READERS:
        raise NotTaken(Sentence("qti_kind", "{kind} is not known here", kind=kind), found[0].sourceline)
    left += [
        Sentence("qti_left", "{element} (line {line})", element=name_of(one), line=one.sourceline)
        for one in inner(root, *LEFT)
    ]
    ours = told.get("tool-name") == "Linkspan"
    name = (told.get("title", "") if ours else told.get("identifier", ""))[:128]
    group = told.get("label") or posixpath.basename(posixpath.dirname(place)) or "questions"
    blank = Item(name, group[:128], ItemKind.TEXT, _prompt(body, found[0], ours), (), ())
    response = declared(root, attributes(found[0]).get("response-identifier", ""), found[0].sourceline, ours)
    asked = Asked(root, found[0], response, scoring_of(root), blank, left, ours)
    return unsorted(READERS[kind](asked))


def _prompt(body: Any, interaction: Any, ours: bool) -> str:
    """The text around the interaction, a line for each block; NotTaken if something in it cannot be shown here."""
    hotspot = name_of(interaction) == "hotspot-interaction"
    for one in body.iter():
        within = one is interaction or interaction in one.iterancestors()
        if name_of(one) in NOT_SHOWN and not (hotspot and within):
            raise NotTaken(
                Sentence("qti_not_shown", "{element} cannot be shown in a question here", element=name_of(one)),
                one.sourceline,
            )
    if ours:
        return "\n".join(text_of(one, exact=True) for one in children(body, "p") if interaction not in one.iter())
    lines: list[str] = []
    _texts(body, interaction, lines)
    prompt = child(interaction, "prompt")
    lines += [text_of(prompt)] if prompt is not None else []
    return "\n".join(line for line in (" ".join(line.split()) for line in lines) if line)


BLOCKS = ("p", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "dl", "dt", "dd", "hr")


def _texts(element: Any, interaction: Any, lines: list[str]) -> None:
    if name_of(element) in BLOCKS or not lines:
        lines.append("")
    lines[-1] += element.text or ""
    for one in element:
        if one is not interaction and name_of(one) not in (*LEFT, "rubric-block"):
            _texts(one, interaction, lines)
        if one is interaction and name_of(one) not in ("text-entry-interaction", "inline-choice-interaction"):
            lines.append("")
        elif one is interaction:
            lines[-1] += " "
        lines[-1] += one.tail or ""
        if name_of(one) in BLOCKS:
            lines.append("")


def _numbers(asked: Asked, names: list[str], given: tuple[str, ...]) -> tuple[str, ...]:
    if not set(given) <= set(names) or len(set(names)) < len(names):
        raise NotTaken(Sentence("qti_key_unknown", "its key names what cannot be chosen"), asked.interaction.sourceline)
    return tuple(str(names.index(one)) for one in given)


def _key(asked: Asked, *ways: str) -> None:
    if asked.scoring.way not in ways:
        raise NotTaken(
            Sentence("qti_scored_otherwise", "it is not scored as questions of its kind are here"),
            asked.interaction.sourceline,
        )


def _even(asked: Asked) -> tuple[str, ...]:
    """The right ones by a mapping in which all count alike."""
    found = {name: value for name, value in asked.response.mapping.items() if value > 0}
    if len(set(found.values())) != 1 or asked.response.default > 0:
        raise NotTaken(Sentence("qti_weights", "its right answers count differently"), asked.interaction.sourceline)
    return tuple(found)


def _choice(asked: Asked) -> Item:
    choices = children(asked.interaction, "simple-choice", "inline-choice")
    names = [attributes(one).get("identifier", "") for one in choices]
    single = asked.response.cardinality == "single"
    dropdown = name_of(asked.interaction) == "inline-choice-interaction"
    _key(asked, "key", "map") if single else _key(asked, "key")
    right = asked.response.correct if asked.scoring.way == "key" else _even(asked)
    kind = ItemKind.DROPDOWN if dropdown else ItemKind.CHOICE if single else ItemKind.CHECKBOX
    options = tuple(asked.text(one) for one in choices)
    answers = tuple(sorted(_numbers(asked, names, right), key=int))
    return replace(asked.blank, kind=kind, options=options, answers=answers)


def _entry(asked: Asked) -> Item:
    response, scoring = asked.response, asked.scoring
    if scoring.way == "formula":
        parts = [one.split() for one in scoring.variables.split(";") if one.strip()]
        if any(len(one) != 3 for one in parts):
            raise NotTaken(Sentence("qti_variables", "its variables cannot be read"), asked.interaction.sourceline)
        variables = tuple(Variable(*one) for one in parts)
        item = replace(asked.blank, kind=ItemKind.FORMULA, answers=response.correct)
        return replace(item, tolerance=scoring.tolerance, variables=variables)
    if response.base in ("float", "integer"):
        _key(asked, "key", "near")
        return replace(asked.blank, kind=ItemKind.NUMERIC, answers=response.correct, tolerance=scoring.tolerance)
    _key(asked, "key", "map")
    if scoring.way == "key" or response.cased:
        asked.left.append(Sentence("qti_case", "upper and lower case, which do not count here"))
    right = response.correct if scoring.way == "key" else _even(asked)
    return replace(asked.blank, kind=ItemKind.TEXT, answers=right)


def _order(asked: Asked) -> Item:
    choices = children(asked.interaction, "simple-choice")
    names = [attributes(one).get("identifier", "") for one in choices]
    _key(asked, "key", "places")
    answers = _numbers(asked, names, asked.response.correct)
    options = tuple(asked.text(one) for one in choices)
    partial = asked.scoring.way == "places"
    return replace(asked.blank, kind=ItemKind.ORDER, options=options, answers=answers, partial=partial)


def _match(asked: Asked) -> Item:
    sets = children(asked.interaction, "simple-match-set")
    if len(sets) != 2:
        raise NotTaken(Sentence("qti_two_sets", "it has not two sets to match"), asked.interaction.sourceline)
    left, right = (children(one, "simple-associable-choice") for one in sets)
    names = [[attributes(one).get("identifier", "") for one in side] for side in (left, right)]
    _key(asked, "key", "map")
    pairs = [pair.split() for pair in (asked.response.correct if asked.scoring.way == "key" else _even(asked))]
    if any(len(pair) != 2 for pair in pairs) or [pair[0] for pair in sorted(pairs)] != sorted(names[0]):
        raise NotTaken(
            Sentence("qti_key_lines", "its key does not give each line one choice"), asked.interaction.sourceline
        )
    found = dict(pair for pair in pairs)
    answers = _numbers(asked, names[1], tuple(found[one] for one in names[0]))
    options, choices = (tuple(asked.text(one) for one in side) for side in (left, right))
    item = replace(asked.blank, kind=ItemKind.MATCH, partial=asked.scoring.way == "map")
    return replace(item, options=options, choices=choices, answers=answers)


def _hotspot(asked: Asked) -> Item:
    spots = children(asked.interaction, "hotspot-choice")
    told = [attributes(one) for one in spots]
    _key(asked, "key", "map")
    if asked.scoring.way == "map" and asked.response.lower is None and len(asked.response.correct) > 1:
        asked.left.append(Sentence("qti_below", "marks below nothing"))
    right = asked.response.correct if asked.scoring.way == "key" else _even(asked)
    areas, words = [], []
    for number, (one, at) in enumerate(zip(told, spots, strict=True)):
        coords = [part.strip() for part in one.get("coords", "").split(",")]
        if one.get("shape") not in set(Shape) or not all(part.isascii() and part.isdigit() for part in coords):
            raise NotTaken(
                Sentence("qti_area", "an area is no rectangle, circle or polygon in whole points"), at.sourceline
            )
        areas.append(Area(Shape(one["shape"]), tuple(int(part[:6]) for part in coords)))
        words.append(one.get("hotspot-label") or f"Area {number + 1}")
    answers = tuple(sorted(_numbers(asked, [one.get("identifier", "") for one in told], right), key=int))
    image = _image(asked.interaction)
    alt = attributes(image).get("alt") or text_of(image)
    item = replace(asked.blank, areas=tuple(areas), options=tuple(words), answers=answers)
    partial = asked.scoring.way == "map"
    picture = Picture("", 0, 0, alt)
    return replace(item, kind=ItemKind.HOTSPOT, picture=picture, partial=partial)


def _image(interaction: Any) -> Any:
    found = inner(interaction, "img", "object")
    if not found:
        raise NotTaken(Sentence("qti_picture_none", "it has no picture"), interaction.sourceline)
    return found[0]


def _picture(root: Any, place: str, files: Mapping[str, bytes]) -> bytes:
    image = _image(next(one for one in root.iter() if name_of(one) == "hotspot-interaction"))
    told = attributes(image)
    path = inside(place, told.get("src") or told.get("data") or "")
    if path not in files:
        raise NotTaken(Sentence("qti_picture_missing", "its picture is not in the package"), image.sourceline)
    return files[path]


def _essay(asked: Asked) -> Item:
    _key(asked, "people")
    for block in inner(asked.root, "rubric-block"):
        told, rows = attributes(block), inner(block, "li")
        points = [attributes(row).get("data-points", "") for row in rows]
        if rows and all(points):
            item = replace(asked.blank, kind=ItemKind.ESSAY, tolerance=told.get("data-apart", ""), partial=True)
            return replace(item, options=tuple(asked.text(row) for row in rows), answers=tuple(points))
    outcomes = [attributes(one) for one in children(asked.root, "outcome-declaration")]
    most = next((one.get("normal-maximum", "") for one in outcomes if one.get("identifier") == "SCORE"), "")
    whole = most.removesuffix(".0")
    if not whole.isdigit():
        raise NotTaken(
            Sentence("qti_rubric_none", "it has no rubric, and no whole number of points"), asked.interaction.sourceline
        )
    asked.left.append(Sentence("qti_rubric", "its rubric: one criterion with all points stands for it"))
    return replace(asked.blank, kind=ItemKind.ESSAY, options=("Whole answer",), answers=(whole,), partial=True)


def _upload(asked: Asked) -> Item:
    """Files by their media types; where none are named, or none that are known here, a PDF."""
    if asked.response.base != "file" or asked.response.cardinality != "single":
        raise NotTaken(Sentence("qti_no_file", "its response is no single file"), asked.interaction.sourceline)
    told = attributes(asked.interaction)
    named = told.get("type", "").replace(",", " ").split()
    known = {media.partition(";")[0]: kind for kind, media in MEDIA.items()}
    kinds = tuple(dict.fromkeys(known[one] for one in named if one in known))
    lost = [one for one in named if one not in known]
    if named and not kinds:
        why = Sentence(
            "qti_file_kinds", "it takes files of a kind that is not taken here ({kinds})", kinds=" ".join(lost)[:80]
        )
        raise NotTaken(why, asked.interaction.sourceline)
    asked.left.extend(Sentence("qti_file_kind", "files of the kind {kind}", kind=one[:80]) for one in lost)
    if not named:
        asked.left.append(Sentence("qti_any_file", "files of any kind: PDF stands for them"))
    most, megabytes = (told.get(name, "") for name in ("data-most-files", "data-megabytes"))
    bounds = [int(one[:4]) if one.isascii() and one.isdigit() else least for one, least in ((most, 1), (megabytes, 5))]
    return replace(_essay(asked), kind=ItemKind.UPLOAD, accepts=Accepts(kinds or (FileKind.PDF,), *bounds))


READERS: Mapping[str, Callable[[Asked], Item]] = {
    "choice-interaction": _choice,
    "inline-choice-interaction": _choice,
    "text-entry-interaction": _entry,
    "order-interaction": _order,
    "match-interaction": _match,
    "hotspot-interaction": _hotspot,
    "extended-text-interaction": _essay,
    "upload-interaction": _upload,
}
