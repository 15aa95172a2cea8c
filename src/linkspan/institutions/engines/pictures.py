"""Marks and signatures: read within bounds, told by their content, and written anew so that only what is seen is kept.

Of an SVG no more is kept than shapes and their paint: no script, no link, no style sheet, no text (its font is not in
it), nothing from outside.
"""

import io
import re
import warnings
from base64 import b64encode
from typing import TYPE_CHECKING

from linkspan.institutions.rules.look import Drawn, PictureKind
from linkspan.kernel.bounded import DOCUMENTS
from linkspan.kernel.errors import Unusable

if TYPE_CHECKING:
    from lxml.etree import _Element

LARGEST_PICTURE = 2**20
LARGEST_SVG = 200_000
MOST_SHAPES = 3_000
MOST_SIDE, KEPT_SIDE = 6_000, 800
SVG = "http://www.w3.org/2000/svg"


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


SHAPES = _names("svg g path rect circle ellipse line polyline polygon defs linearGradient radialGradient stop clipPath")
#: What shows nothing: left out without a word.
INERT = _names("title desc metadata script foreignObject animate animateTransform animateMotion set")
NUMBERS = _names("""
    id d x y x1 y1 x2 y2 cx cy r rx ry fx fy width height points viewBox transform offset gradientTransform
    gradientUnits clipPathUnits spreadMethod preserveAspectRatio
""")
PAINT = _names("""
    fill stroke fill-rule clip-rule fill-opacity stroke-opacity opacity stroke-width stroke-linecap stroke-linejoin
    stroke-miterlimit stroke-dasharray stroke-dashoffset stop-color stop-opacity clip-path color display visibility
""")
#: A value of an attribute: no address but that of a part of the same picture.
VALUE = re.compile(r"(?:url\(#[\w-]+\)|[^<>&\"\\:@(;]|(?:matrix|translate|scale|rotate|skewX|skewY|rgb|rgba|hsl)\()*")


@DOCUMENTS.bounded
def cleaned(content: bytes) -> Drawn:
    """The picture as it is kept; Unusable for what is none, or is too large."""
    if len(content) > LARGEST_PICTURE:
        raise _unusable()
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return Drawn(PictureKind.PNG, _png(content))
    return Drawn(PictureKind.SVG, _svg(content))


@DOCUMENTS.bounded
def _png(content: bytes) -> bytes:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(content), formats=("PNG",)) as found:
                if max(found.size) > MOST_SIDE or min(found.size) < 1:
                    raise _unusable()
                seen = found.convert("RGBA")
                seen.thumbnail((KEPT_SIDE, KEPT_SIDE))
    except (OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError) as error:
        raise _unusable() from error
    out = io.BytesIO()
    seen.save(out, "PNG")
    return out.getvalue()


def _svg(content: bytes) -> bytes:
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring
    from lxml import etree

    if len(content) > LARGEST_SVG:
        raise _unusable()
    try:
        fromstring(content, forbid_dtd=True)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
        root = etree.fromstring(content, parser)
    except (DefusedXmlException, etree.XMLSyntaxError, SyntaxError, ValueError) as error:
        raise _unusable() from error
    if root.tag != f"{{{SVG}}}svg":
        raise _unusable()
    shapes = 0
    for element in list(root.iter()):
        shapes += _keep_shape(element)
        if shapes > MOST_SHAPES:
            raise _unusable()
    _sized(root)
    etree.cleanup_namespaces(root)
    written: bytes = etree.tostring(root)
    return written


def _keep_shape(element: "_Element") -> int:
    """Leave in an element what is seen of it; 1 if it stays. Unusable if it would look otherwise without what goes."""
    space, _, name = str(element.tag).removeprefix("{").rpartition("}")
    parent = element.getparent()
    if space != SVG or name in INERT:
        if parent is not None:
            parent.remove(element)
        return 0
    if name not in SHAPES:
        raise Unusable(
            "picture_shapes",
            "The picture holds “{name}”. Save it as a plain SVG with texts as outlines, or give a PNG.",
            name=name,
        )
    style = [part.partition(":") for part in element.attrib.pop("style", "").split(";")]
    told = {str(key): str(value) for key, value in element.attrib.items()}
    told |= {key.strip(): value.strip() for key, _, value in style if key.strip() in PAINT}
    element.attrib.clear()
    for key, value in told.items():
        if key in NUMBERS | PAINT and VALUE.fullmatch(value):
            element.set(key, value)
    element.text = element.tail = None
    return 1


def _sized(root: "_Element") -> None:
    """Give the picture a box to be scaled by; Unusable if it says no size."""
    box = str(root.get("viewBox") or "")
    if not box:
        stated = [str(root.get(side) or "") for side in ("width", "height")]
        sides = [re.fullmatch(r"\s*(\d+(?:\.\d+)?)(?:px)?\s*", side) for side in stated]
        if None in sides:
            raise _unusable()
        box = " ".join(["0 0", *(found[1] for found in sides if found)])
        root.set("viewBox", box)
    numbers = re.fullmatch(r"\s*-?[\d.]+[\s,]+-?[\d.]+[\s,]+([\d.]+)[\s,]+([\d.]+)\s*", box)
    if numbers is None or not all(0 < float(side) <= 100_000 for side in numbers.groups()):
        raise _unusable()
    root.set("width", numbers[1])
    root.set("height", numbers[2])


def _unusable() -> Unusable:
    return Unusable(
        "picture_unusable",
        "Choose a picture as PNG of at most 1 MB or as SVG of at most 200 kB, with a width and a height.",
    )


def placed(drawn: Drawn, x: float, y: float, width: float, height: float) -> str:
    """The picture inside of an SVG, in the middle of a box; nothing for none."""
    if not drawn.kind:
        return ""
    if drawn.kind is PictureKind.SVG:
        inner = drawn.content.decode()
        sides = [re.search(rf'\b{side}="([\d.]+)"', inner) for side in ("width", "height")]
        wide, high = (found[1] if found else "1" for found in sides)
    else:
        # PNG, section 11.2.2: the first chunk tells width and height.
        wide, high = (str(int.from_bytes(drawn.content[at : at + 4])) for at in (16, 20))
        inner = (
            f'<image width="{wide}" height="{high}" href="data:image/png;base64,{b64encode(drawn.content).decode()}"/>'
        )
    return f'<svg x="{x}" y="{y}" width="{width}" height="{height}" viewBox="0 0 {wide} {high}">{inner}</svg>'


def as_svg(drawn: Drawn, width: int, height: int) -> str:
    """The picture as an SVG of that size; an empty one for none."""
    inner = placed(drawn, 0, 0, width, height)
    return f'<svg xmlns="{SVG}" width="{width}" height="{height}" viewBox="0 0 {width} {height}">{inner}</svg>'
