"""Credentials in images: PNG and SVG (Open Badges 3.0, section 5.3).

The picture is never evidence: only what the credential says is shown.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from linkspan.vc.errors import Unreadable
from linkspan.vc.said import Said
from linkspan.vc.strict_json import LARGEST

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"openbadgecredential"
NAMESPACE = "https://purl.imsglobal.org/ob/v3p0"
#: Of Open Badges 2.0 and 1.x, which are read but not made: an assertion, a token, or the address of one.
OLDER_KEYWORD = b"openbadges"
OLDER_ELEMENT = "{http://openbadges.org}assertion"
MOST_CHUNKS = 10_000
MOST_ELEMENTS = 100_000
DEEPEST = 200
DOCTYPE = re.compile(rb"<!DOCTYPE\s+svg(\s+PUBLIC\s+\"[^\"\[\]<>]*\"\s+\"[^\"\[\]<>]*\")?\s*>")


def bake_png(image: bytes, credential: str) -> bytes:
    """The PNG with the credential (JSON or a compact token) in an iTXt chunk; one that it had is replaced."""
    kept = [(kind, data) for kind, data in _chunks(image) if not (kind == b"iTXt" and data.startswith(KEYWORD + b"\0"))]
    text = KEYWORD + b"\0\0\0\0\0" + credential.encode()
    return PNG_SIGNATURE + b"".join(_chunk(kind, data) for kind, data in [kept[0], (b"iTXt", text), *kept[1:]])


def unbake_png(image: bytes) -> bytes:
    """The credential in a PNG, today's kind before an older one. Raises Unreadable: none, two that differ, a broken or
    exploding chunk."""
    chunks = list(_chunks(image))
    for kind, keyword in ((b"iTXt", KEYWORD), (b"iTXt", OLDER_KEYWORD), (b"tEXt", OLDER_KEYWORD)):
        start = keyword + b"\0"
        named = [data.removeprefix(start) for own, data in chunks if own == kind and data.startswith(start)]
        if named:
            return _only({_itxt(text) for text in named} if kind == b"iTXt" else set(named), "image")
    return _only(set(), "image")


def _only(found: set[bytes], where: str) -> bytes:
    if not found:
        raise Unreadable(
            "not_baked",
            Said("No credential is stored in the {where}. Ask the holder for the original file.", where=where),
        )
    if len(found) > 1:
        raise Unreadable("baked_twice", Said("Several different credentials are stored in the {where}.", where=where))
    return found.pop()


def _chunks(image: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not image.startswith(PNG_SIGNATURE):
        raise Unreadable("not_png", "The image is not a PNG.")
    place = len(PNG_SIGNATURE)
    for _ in range(MOST_CHUNKS):
        head = image[place : place + 8]
        length, kind = struct.unpack(">I4s", head) if len(head) == 8 else (0, b"")
        data = image[place + 8 : place + 8 + length]
        sum_ = image[place + 8 + length : place + 12 + length]
        if len(sum_) != 4 or struct.unpack(">I", sum_)[0] != zlib.crc32(kind + data):
            raise Unreadable("png_broken", "The image is damaged or cut off.")
        yield kind, data
        if kind == b"IEND":
            return
        place += 12 + length
    raise Unreadable("png_broken", "The image has more parts than any picture.")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _itxt(rest: bytes) -> bytes:
    pieces = rest[2:].split(b"\0", 2)
    if len(rest) < 2 or len(pieces) != 3 or rest[0] > 1 or rest[1] != 0:
        raise Unreadable("png_broken", "The credential's part of the image is damaged.")
    return _inflate(pieces[2]) if rest[0] else pieces[2]


def _inflate(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(packed, LARGEST)
    except zlib.error as error:
        raise Unreadable("png_broken", "The credential's part of the image cannot be unpacked.") from error
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise Unreadable(
            "too_large",
            Said("The credential in the image expands beyond {largest} bytes, or is cut off.", largest=LARGEST),
        )
    return text


def bake_svg(image: bytes, credential: str) -> bytes:
    """The SVG with the credential in an `openbadges:credential` element; any that it had goes.

    Raises Unreadable as `unbake_svg` does.
    """
    tree = _tree(image)
    for parent in list(tree.iter()):
        for child in parent.findall(f"{{{NAMESPACE}}}credential"):
            parent.remove(child)
    ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
    ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    head, _, body = ElementTree.tostring(tree, encoding="unicode").partition(">")
    if head.endswith("/"):
        head, body = head[:-1], f"</{head[1:].split()[0].rstrip('/')}>"
    is_token = not credential.lstrip().startswith("{")
    content = f' verify="{escape(credential)}"/>' if is_token else f">{escape(credential)}</openbadges:credential>"
    return f'{head} xmlns:openbadges="{NAMESPACE}"><openbadges:credential{content}{body}'.encode()


def unbake_svg(image: bytes) -> bytes:
    """The credential in an SVG: JSON as the element's text, or a token (of an older badge also an address) in its
    `verify` attribute; today's kind before an older one.

    Raises Unreadable: none, two that differ, or XML that declares entities or anything but a plain SVG document type.
    """
    tree = _tree(image)
    elements = list(tree.iter(f"{{{NAMESPACE}}}credential")) or list(tree.iter(OLDER_ELEMENT))
    found = {(element.get("verify") or "".join(element.itertext())).strip().encode() for element in elements}
    return _only(found, "image")


def _tree(image: bytes) -> ElementTree.Element:
    if len(image) > 10 * LARGEST:
        raise Unreadable("too_large", "The image is too large.")
    plain = DOCTYPE.sub(b"", image, count=1)
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain or b"<?xml-stylesheet" in plain or b"\0" in plain:
        raise Unreadable("svg_hostile", "The image declares things that no badge needs; it is not opened.")
    try:
        return ElementTree.fromstring(plain, parser=ElementTree.XMLParser(target=_Bounded()))  # noqa: S314, see above
    except Unreadable:
        raise
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise Unreadable("svg_broken", Said("The image is not XML: {error}", error=error)) from error


class _Bounded(ElementTree.TreeBuilder):
    """A tree of at most so many elements and so deep."""

    def __init__(self) -> None:
        super().__init__()
        self._elements = self._depth = 0

    def start(self, tag: str, attrs: dict[str, str]) -> ElementTree.Element:
        self._elements += 1
        self._depth += 1
        if self._elements > MOST_ELEMENTS or self._depth > DEEPEST:
            raise Unreadable("svg_hostile", "The image has more parts, or deeper ones, than any badge.")
        return super().start(tag, attrs)

    def end(self, tag: str) -> ElementTree.Element:
        self._depth -= 1
        return super().end(tag)
