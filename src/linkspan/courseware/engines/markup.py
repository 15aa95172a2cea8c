"""What courses hold is XML, or HTML of any hand; a page takes HTML in which every element ends where it should.

An element that XML closes in itself, such as `<div/>`, stays open for a browser: the rest of the page would fall into
it. What an author left open is closed at the end of its own part.
"""

from typing import Any

import lxml.html
from lxml import etree

_XML = etree.XMLParser(resolve_entities=False, no_network=True, remove_pis=True)


def tree_as_html(node: Any) -> str:
    """Return an element with its content as HTML: every element has its end, but the void ones."""
    for found in list(node.iter("plaintext")):
        found.tag = "pre"  # browsers know no end of it
    return str(etree.tostring(node, method="html", encoding="unicode", with_tail=False))


def as_html(fragment: str) -> str:
    """Return a fragment of XML, or of HTML where it is none, as HTML that opens and closes no element of its page."""
    try:
        return content_as_html(etree.fromstring(f"<div>{fragment}</div>", _XML)) if "<" in fragment else fragment
    except etree.XMLSyntaxError:
        return file_as_html(fragment)


def file_as_html(content: str) -> str:
    """Return what a file of HTML holds, as `as_html` does, with its scripts letter by letter."""
    if "<" not in content:
        return content
    try:
        return content_as_html(lxml.html.fragment_fromstring(content, create_parent="div"))
    except (etree.ParserError, ValueError):
        return ""


def content_as_html(whole: Any) -> str:
    """Return the content of a `div` as HTML."""
    return tree_as_html(whole).partition(">")[2].removesuffix("</div>")
