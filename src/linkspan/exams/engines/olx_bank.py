"""An exam's item bank out of an OLX course: each vertical is a group of interchangeable problems."""

import json
import re
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lxml import etree

from linkspan.exams.rules import Difficulty, Item, ItemKind, Variable
from linkspan.kernel.archives import Limits, extract
from linkspan.kernel.bounded import COURSES
from linkspan.kernel.errors import Unusable

SAFE = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
NAME = re.compile(r"[\w.-]{1,128}")
#: What the archive of a bank may hold, unpacked.
LARGEST = Limits(files=5000, size=50 * 2**20)


def read_bank(folder: Path) -> tuple[dict[str, Any], tuple[Item, ...]]:
    """`form.json` and the items of an exam course; Unusable naming the file that is wrong."""
    try:
        form = json.loads((folder / "form.json").read_text())
    except (OSError, ValueError) as error:
        raise Unusable("exam_unusable", "form.json: {error}", error=error) from error
    return form, read_items(folder)


@COURSES.bounded
def read_archive(content: bytes) -> tuple[Item, ...]:
    """The items of an exam course in a .tar.gz or .zip; Unusable naming the file and the item that are wrong."""
    with TemporaryDirectory() as scratch:
        archive, into = Path(scratch) / "bank", Path(scratch) / "course"
        archive.write_bytes(content)
        into.mkdir()
        extract(archive, into, LARGEST)
        found = sorted(place for pattern in ("vertical", "*/vertical", "*/*/vertical") for place in into.glob(pattern))
        if not found:
            raise Unusable("exam_unusable", "The archive holds no folder vertical: export the exam as an OLX course.")
        return read_items(found[0].parent)


def read_items(folder: Path) -> tuple[Item, ...]:
    """The items of an exam course, each vertical a group; Unusable naming the file that is wrong."""
    items = []
    for place in sorted((folder / "vertical").glob("*.xml")):
        for problem in _root(place).iterchildren("problem"):
            name = str(problem.get("url_name") or "")
            held = _problem(folder, problem, name, place)
            told = problem.get("difficulty") or held.get("difficulty")
            items.append(replace(read_item(held, name, place.stem), difficulty=_difficulty(told, name)))
    if not items:
        raise Unusable("exam_unusable", "The archive holds no problem in a file of the folder vertical.")
    return tuple(items)


def _difficulty(given: str | None, name: str) -> Difficulty | None:
    if given and given not in set(Difficulty):
        raise Unusable(
            "exam_unusable",
            "{name}: difficulty is {difficulty}, or is left out",
            name=name,
            difficulty=", ".join(Difficulty),
        )
    return Difficulty(given) if given else None


def _problem(folder: Path, problem: Any, name: str, place: Path) -> Any:
    """The problem that a vertical names in a file of its own, or holds itself."""
    if len(problem):
        return problem
    if not NAME.fullmatch(name):
        raise Unusable("exam_unusable", "vertical/{name}: a problem has no usable url_name", name=place.name)
    return _root(folder / "problem" / f"{name}.xml")


def _root(place: Path) -> Any:
    try:
        return etree.parse(str(place), SAFE).getroot()
    except (OSError, etree.XMLSyntaxError) as error:
        raise Unusable(
            "exam_unusable", "{folder}/{file}: {error}", folder=place.parent.name, file=place.name, error=_words(error)
        ) from error


def _words(error: Exception) -> str:
    """What is wrong with a file, without where it lay here."""
    return "there is no such file" if isinstance(error, OSError) else str(error)


def read_item(problem: Any, name: str, group: str) -> Item:
    """One problem as an item; Unusable if it is of a kind that exams do not mark."""
    for tag, reader in READERS.items():
        response = problem.find(f".//{tag}")
        if response is not None:
            return reader(response, name, group)
    raise Unusable(
        "exam_unusable",
        "{name}: exams hold choice, checkbox, dropdown, numeric, text and formula problems",
        name=name,
    )


def _prompt(response: Any) -> str:
    parts = [_text(part) for part in response.xpath("./label|./p|./description")]
    outer = [_text(part) for part in response.xpath("preceding-sibling::p")]
    return "\n".join(part for part in [*outer, *parts] if part)


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def _choices(response: Any, name: str, group: str, kind: ItemKind, tag: str) -> Item:
    choices = response.findall(f".//{tag}")
    right = tuple(str(i) for i, choice in enumerate(choices) if str(choice.get("correct")).lower() == "true")
    return Item(name, group, kind, _prompt(response), tuple(_text(choice) for choice in choices), right)


def _choice(response: Any, name: str, group: str) -> Item:
    return _choices(response, name, group, ItemKind.CHOICE, "choice")


def _checkbox(response: Any, name: str, group: str) -> Item:
    return _choices(response, name, group, ItemKind.CHECKBOX, "choice")


def _dropdown(response: Any, name: str, group: str) -> Item:
    return _choices(response, name, group, ItemKind.DROPDOWN, "option")


def _numeric(response: Any, name: str, group: str) -> Item:
    tolerance = response.find(".//responseparam[@type='tolerance']")
    allowed = str(tolerance.get("default")) if tolerance is not None else ""
    return Item(name, group, ItemKind.NUMERIC, _prompt(response), (), (str(response.get("answer")),), allowed)


def _string(response: Any, name: str, group: str) -> Item:
    more = [str(extra.get("answer")) for extra in response.findall("additional_answer")]
    return Item(name, group, ItemKind.TEXT, _prompt(response), (), (str(response.get("answer")), *more))


def _formula(response: Any, name: str, group: str) -> Item:
    """`samples` names the variables and between which numbers they are tried: `x,y@1,2:5,6#10`."""
    tolerance = response.find(".//responseparam[@type='tolerance']")
    allowed = str(tolerance.get("default")) if tolerance is not None else ""
    names, _, ranges = str(response.get("samples") or "").partition("@")
    low, _, high = ranges.partition("#")[0].partition(":")
    told = [[part.strip() for part in text.split(",") if part.strip()] for text in (names, low, high)]
    if not len(told[0]) == len(told[1]) == len(told[2]):
        raise Unusable("exam_unusable", "{name}: samples are written as x,y@1,2:5,6#10", name=name)
    variables = tuple(Variable(*one) for one in zip(*told, strict=True))
    right = (str(response.get("answer") or ""),)
    return Item(name, group, ItemKind.FORMULA, _prompt(response), (), right, allowed, variables=variables)


READERS = {
    "multiplechoiceresponse": _choice,
    "choiceresponse": _checkbox,
    "optionresponse": _dropdown,
    "numericalresponse": _numeric,
    "stringresponse": _string,
    "formularesponse": _formula,
}
