"""One question of each kind that exams mark by themselves, and pictures."""

import struct
import zlib

from linkspan.exams.rules import Accepts, Area, FileKind, Item, ItemKind, Picture, Shape, Variable


def png(width: int = 100, height: int = 50) -> bytes:
    """A white picture."""

    def part(kind: bytes, body: bytes) -> bytes:
        return struct.pack("!I", len(body)) + kind + body + struct.pack("!I", zlib.crc32(kind + body))

    rows = zlib.compress((b"\0" + b"\xff" * 3 * width) * height)
    head = struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", rows) + part(b"IEND", b"")


ORDER = Item("o1", "a", ItemKind.ORDER, "Order them.", ("b", "c", "a"), ("2", "0", "1"), partial=True)
MATCH = Item(
    "m1",
    "a",
    ItemKind.MATCH,
    "Match.",
    ("France", "Spain"),
    ("1", "0"),
    choices=("Madrid", "Paris", "Rome"),
    partial=True,
)
AREAS = (Area(Shape.RECT, (0, 0, 20, 20)), Area(Shape.CIRCLE, (50, 25, 10)), Area(Shape.POLY, (60, 0, 90, 0, 90, 40)))
HOTSPOT = Item(
    "h1",
    "a",
    ItemKind.HOTSPOT,
    "Where?",
    ("left", "middle", "right"),
    ("0", "2"),
    partial=True,
    picture=Picture("0" * 64, 100, 50, "A bar"),
    areas=AREAS,
)
FORMULA = Item(
    "f1",
    "a",
    ItemKind.FORMULA,
    "Energy?",
    (),
    ("m*c^2",),
    "1%",
    variables=(
        Variable("m", "1", "5"),
        Variable("c", "2", "3"),
    ),
)
ESSAY = Item("e1", "a", ItemKind.ESSAY, "Why pull?", ("Argument", "Sources"), ("6", "4"), "20%", partial=True)
UPLOAD = Item(
    "u1",
    "a",
    ItemKind.UPLOAD,
    "Hand in your model.",
    ("Argument", "Sources"),
    ("6", "4"),
    "20%",
    partial=True,
    accepts=Accepts((FileKind.PDF, FileKind.TEXT), 2, 1),
)
