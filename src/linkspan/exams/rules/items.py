"""Items of a bank: what is asked, how it is answered, and what is right."""

from dataclasses import dataclass
from enum import StrEnum


class ItemKind(StrEnum):
    """How an item is answered."""

    CHOICE = "choice"
    CHECKBOX = "checkbox"
    DROPDOWN = "dropdown"
    NUMERIC = "numeric"
    TEXT = "text"
    ORDER = "order"
    MATCH = "match"
    HOTSPOT = "hotspot"
    FORMULA = "formula"
    ESSAY = "essay"
    UPLOAD = "upload"


#: Kinds whose answers people mark, by a rubric.
BY_PEOPLE = (ItemKind.ESSAY, ItemKind.UPLOAD)


class Difficulty(StrEnum):
    """How hard its author holds an item to be."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


class Shape(StrEnum):
    """The form of an area of a picture."""

    RECT = "rect"
    CIRCLE = "circle"
    POLY = "poly"


@dataclass(frozen=True, slots=True)
class Area:
    """A part of a picture, in its pixels: left, top, right, bottom; or centre and radius; or corner by corner."""

    shape: Shape
    coords: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture by its content, with what it shows in words."""

    sha256: str
    width: int
    height: int
    words: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A name in a formula, and between which numbers it is tried."""

    name: str
    low: str
    high: str


class FileKind(StrEnum):
    """What a file that is handed in may be, told by its content."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    TEXT = "text"
    DOCX = "docx"
    XLSX = "xlsx"
    PPTX = "pptx"


@dataclass(frozen=True, slots=True)
class Accepts:
    """What a question takes: kinds of files, how many make one answer, and of how many megabytes each."""

    kinds: tuple[FileKind, ...]
    most: int = 1
    megabytes: int = 5


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the bank. `answers` are the right options' numbers, or the accepted texts, or the number.

    Of an order, they are the numbers of the options in their right order; of a match, for each option the number of
    its choice; of a hotspot, the numbers of the right areas, which its options name; of what people mark, the points of
    its options, which are criteria. `partial`: a part of the right answer counts for its share. `tolerance` is
    absolute, or a share of the answer if it ends in %; of what people mark, how far two marks may be apart. A `retired`
    item is drawn no more. An upload `accepts` files.
    """

    id: str
    group: str
    kind: ItemKind
    prompt: str
    options: tuple[str, ...]
    answers: tuple[str, ...]
    tolerance: str = ""
    retired: bool = False
    difficulty: Difficulty | None = None
    choices: tuple[str, ...] = ()
    partial: bool = False
    picture: Picture | None = None
    areas: tuple[Area, ...] = ()
    variables: tuple[Variable, ...] = ()
    accepts: Accepts | None = None
