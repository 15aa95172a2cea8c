"""Inputs that take more than a field: what stock gives its own scripts, made ready for those of our frame (inputs.js).

Stock's scripts are not used. What they would be told stays in the page: the picture of an image map, the things to be
dragged, the author's page of a jsinput; what is right is in none of it.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import lxml.html

from linkspan.courseware.engines.markup import content_as_html

#: Inputs that nothing here can show: a circuit to draw, a program to run, a file for a grader elsewhere.
ABSENT: Mapping[str, str] = {
    "schematic": "a circuit to draw",
    "designprotein2dinput": "a protein to fold",
    "editageneinput": "a gene to edit",
    "editamoleculeinput": "a molecule to draw",
    "vsepr_input": "a molecule to build",
    "matlabinput": "MATLAB",
    "filesubmission": "a file for a grader elsewhere",
    "javascriptinput": "a script of the older kind",
}
#: A file of the course, as authors address it or as this server serves it.
OWN_FILE = re.compile(r"/static/|/courseware/[^/]+/static/")
#: What stock's page would make inputs of, with scripts that are not used.
STOCKS = (
    '//*[contains(concat(" ", @class, " "), " script_placeholder ")]'
    '|//script[contains(text(), "new ImageInput(")]|//img[starts-with(@id, "cross_")]'
)
#: What an author's own page may do in its frame (see `linkspan.web.content`).
SANDBOX = "allow-scripts allow-forms"


def wanting(problem: Any) -> Iterator[tuple[str, str]]:
    """What of a problem's inputs cannot be answered here, as code and sentence."""
    for node in problem.iter():
        if not isinstance(node.tag, str):
            continue
        if node.tag in ABSENT:
            yield "input_not_available", f"It asks for {ABSENT[node.tag]} ({node.tag}), which cannot be answered here."
        elif node.tag == "jsinput" and not OWN_FILE.match(node.get("html_file") or ""):
            yield (
                "page_elsewhere",
                "The page of its jsinput is no file of the course. Put it under static/, and name it.",
            )
        elif node.tag in ("imageinput", "drag_and_drop_input"):
            picture = node.get("src") or node.get("img") or ""
            if not (OWN_FILE.match(picture) or picture.startswith("data:")):
                yield "picture_elsewhere", "Its picture is no file of the course. Put it under static/, and name it."


def prepared(rendered: str, inputs: Mapping[str, Any], served: Callable[[str], str]) -> str:
    """Return a problem's HTML with its inputs as our frame's script takes them; as it is if none needs that.

    `served` gives the addresses of the course's files in a text as this server serves them.
    """
    ours = {name: found for name, found in inputs.items() if found.tag in PREPARED or found.tag in ABSENT}
    if not ours:
        return rendered
    page = lxml.html.fragment_fromstring(rendered, create_parent="div")
    for name, found in ours.items():
        for field in page.xpath("//*[@id=$id]", id=f"input_{name}"):
            field.set("data-input", found.tag)
            PREPARED.get(found.tag, _absent)(page, field, found)
            if field.get("data-drag"):
                field.set("data-drag", served(field.get("data-drag")))
    for node in page.xpath(STOCKS):
        node.drop_tree()
    return content_as_html(page)


def _absent(_: Any, field: Any, __: Any) -> None:
    field.set("data-absent", "true")


def _image(page: Any, field: Any, found: Any) -> None:
    """The picture's size and words, for who sees it and who does not."""
    attributes = found.loaded_attributes
    field.set("data-width", str(attributes["width"]))
    field.set("data-height", str(attributes["height"]))
    field.set("data-alt", str(found.xml.get("alt") or ""))
    field.set("data-picture", field.attrib.pop("src", ""))
    for surface in page.xpath("//*[@id=$id]", id=f"imageinput_{found.input_id}"):
        surface.attrib.pop("style", None)


def _drag(page: Any, field: Any, found: Any) -> None:
    """What is to be dragged where: the very list that stock hands its script."""
    for listed in page.xpath("//*[@id=$id]", id=f"drag_and_drop_json_{found.input_id}"):
        listed.drop_tree()
    field.set("data-drag", json.dumps(json.loads(found.loaded_attributes["drag_and_drop_json"])))
    field.set("type", "hidden")
    field.attrib.pop("style", None)


def _choice_text(page: Any, field: Any, found: Any) -> None:
    """Each choice and each field in it has a name to be read out, and holds what was given before."""
    given = found.value if isinstance(found.value, dict) else {}
    field.set("value", json.dumps(given))
    for choice in page.xpath("//section[starts-with(@id, 'forinput')]"):
        words = " ".join(choice.text_content().split())
        for one in choice.xpath(".//input[@class='ctinput']"):
            one.set("aria-label", words)
            if one.get("type") == "text":
                one.set("value", str(given.get(one.get("id"), "")))


def _page(page: Any, _: Any, found: Any) -> None:
    """The author's page in a frame of its own, where it is a file of the course."""
    for frame in page.xpath("//iframe[@id=$id]", id=f"iframe_{found.input_id}"):
        address = frame.attrib.pop("src", "")
        for name in ("seamless", "frameborder"):
            frame.attrib.pop(name, None)
        frame.set("class", "part")
        frame.set("sandbox", SANDBOX)
        frame.set("referrerpolicy", "no-referrer")
        if OWN_FILE.match(address):
            frame.set("src", re.sub(r"/static/", "/part/", address, count=1))
        else:
            frame.set("hidden", "hidden")
            frame.set("data-absent", "true")


def _as_it_is(*_: Any) -> None:
    """Stock's own markup is enough."""


PREPARED: Mapping[str, Callable[[Any, Any, Any], None]] = {
    "imageinput": _image,
    "drag_and_drop_input": _drag,
    "radiotextgroup": _choice_text,
    "checkboxtextgroup": _choice_text,
    "jsinput": _page,
    "annotationinput": _as_it_is,
}
