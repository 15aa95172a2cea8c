"""Names of QTI 2.x and 3.0 as one: `choiceInteraction` and `qti-choice-interaction` are both `choice-interaction`."""

import re
from typing import Any

from lxml import etree

UPPER = re.compile(r"(?<=[a-z0-9])([A-Z])")
V3 = "imsqtiasi_v3p0"


def kebab(name: str) -> str:
    """A name of 2.x as 3.0 writes it."""
    return UPPER.sub(lambda found: f"-{found[1].lower()}", name).lower() if name.lower() != name else name


def name_of(element: Any) -> str:
    """The name of an element, whatever the version; nothing for what is none."""
    if not isinstance(element.tag, str):
        return ""
    return kebab(etree.QName(element).localname).removeprefix("qti-")


def attributes(element: Any) -> dict[str, str]:
    """Its attributes by name, whatever the version."""
    return {kebab(etree.QName(name).localname): str(value) for name, value in element.attrib.items()}


def children(element: Any, *names: str) -> list[Any]:
    """Its children of those names."""
    return [one for one in element if name_of(one) in names]


def child(element: Any, *names: str) -> Any:
    """Its first child of those names; None if there is none."""
    return next(iter(children(element, *names)), None)


def inner(element: Any, *names: str) -> list[Any]:
    """All of those names within it, in order."""
    return [one for one in element.iter() if one is not element and name_of(one) in names]


def text_of(element: Any, exact: bool = False) -> str:
    """Its text with single spaces; `exact` as it stands, as we write it."""
    text = "".join(element.itertext())
    return text if exact else " ".join(text.split())


def is_mixed(root: Any) -> Any:
    """The first element of 2.x in a file of 3.0, or None."""
    if V3 not in (etree.QName(root).namespace or ""):
        return None
    return next((one for one in root.iter(etree.Element) if _is_old(one)), None)


def _is_old(element: Any) -> bool:
    name = etree.QName(element)
    return V3 in (name.namespace or "") and name.localname.lower() != name.localname
