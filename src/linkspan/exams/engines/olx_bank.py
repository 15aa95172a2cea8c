"""An exam's item bank out of an OLX course: each vertical is a group of interchangeable problems."""

import json
from pathlib import Path
from typing import Any

from lxml import etree

from linkspan.exams.rules import Item, ItemKind
from linkspan.kernel.errors import Unusable

SAFE = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True)


def read_bank(folder: Path) -> tuple[dict[str, Any], tuple[Item, ...]]:
    """`form.json` and the items of an exam course; Unusable naming the file that is wrong."""
    try:
        form = json.loads((folder / "form.json").read_text())
    except (OSError, ValueError) as error:
        raise Unusable("exam_unusable", f"form.json: {error}") from error
    items = []
    for place in sorted((folder / "vertical").glob("*.xml")):
        for reference in _root(place):
            if reference.tag == "problem":
                name = str(reference.get("url_name"))
                items.append(read_item(_root(folder / "problem" / f"{name}.xml"), name, place.stem))
    return form, tuple(items)


def _root(place: Path) -> Any:
    try:
        return etree.parse(str(place), SAFE).getroot()
    except (OSError, etree.XMLSyntaxError) as error:
        raise Unusable("exam_unusable", f"{place.name}: {error}") from error


def read_item(problem: Any, name: str, group: str) -> Item:
    """One problem as an item; Unusable if it is of a kind that exams do not mark."""
    for tag, reader in READERS.items():
        response = problem.find(f".//{tag}")
        if response is not None:
            return reader(response, name, group)
    raise Unusable("exam_unusable", f"{name}: exams hold choice, checkbox, dropdown, numeric and text problems")


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


READERS = {
    "multiplechoiceresponse": _choice,
    "choiceresponse": _checkbox,
    "optionresponse": _dropdown,
    "numericalresponse": _numeric,
    "stringresponse": _string,
}
