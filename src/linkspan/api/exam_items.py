"""Questions of exams for who makes them: written one by one, with their pictures."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from django.http import HttpResponse
from ninja import Field

from linkspan.api.answers import Router
from linkspan.api.once import LARGEST, Posted, from_base64, idempotent
from linkspan.exams import actions, queries
from linkspan.exams.engines.qti.reader import Line
from linkspan.exams.rules import Accepts, Area, Difficulty, FileKind, Item, ItemKind, Shape, Variable
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as told_in

router = Router()


@dataclass(frozen=True, slots=True)
class ItemPut:
    """How many questions the draft holds now."""

    exam: str
    version: int
    items: int


@dataclass(frozen=True, slots=True)
class QtiLineTold:
    """What becomes of an item of a package: `why` it is not taken, and on which line; `left`: what is left out."""

    place: str
    name: str
    why: str
    line: int
    left: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QtiTold:
    """How many questions a package gives, which are new, changed or gone, and a line for each of its items."""

    items: int
    new: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    lines: tuple[QtiLineTold, ...]
    saved: bool


class QtiIn(Posted):
    """A package of QTI 3.0 or 2.2 in base64; `dry_run` only says what it would change."""

    archive_base64: Annotated[str, Field(max_length=LARGEST)]
    dry_run: bool = True


class AreaIn(Posted):
    """An area of a picture: left, top, right, bottom; or centre and radius; or corner by corner."""

    shape: Shape
    coords: Annotated[list[int], Field(max_length=200)]


class VariableIn(Posted):
    """A name in a formula, and the lowest and highest number that it is tried with."""

    name: str
    low: Decimal
    high: Decimal


class AcceptsIn(Posted):
    """Which kinds of files a question takes, how many make one answer, and of how many megabytes each."""

    kinds: Annotated[list[FileKind], Field(max_length=20)]
    most: int = 1
    megabytes: int = 5


class ItemIn(Posted):
    """A question, as a version tells it; a picture in base64 once, then it is kept."""

    id: str
    group: str
    kind: ItemKind
    prompt: str
    options: Annotated[list[str], Field(max_length=100)] = []
    answers: Annotated[list[str], Field(max_length=100)] = []
    choices: Annotated[list[str], Field(max_length=100)] = []
    tolerance: str = ""
    difficulty: Difficulty | None = None
    partial: bool = False
    areas: Annotated[list[AreaIn], Field(max_length=100)] = []
    variables: Annotated[list[VariableIn], Field(max_length=100)] = []
    accepts: AcceptsIn | None = None
    picture_base64: Annotated[str, Field(max_length=LARGEST)] = ""
    picture_words: str = ""


@router.post("/exams/{code}/draft/items", operation_id="put_exam_item")
@idempotent
def put_item(request: Request, code: str, body: ItemIn) -> ItemPut:
    """Add a question to the draft, or exchange the one of its name."""
    found = actions.put_item(
        actor=request.actor,
        code=code,
        item=_item(body),
        picture=from_base64(body.picture_base64, "picture_base64") if body.picture_base64 else None,
        picture_words=body.picture_words,
        now=request.now,
    )
    return ItemPut(code, found.exam.version, len(found.bank))


@router.get(
    "/exams/{code}/versions/{int:number}/items/{item}/picture",
    operation_id="exam_item_picture",
    response={200: bytes},
)
def item_picture(request: Request, code: str, number: int, item: str) -> HttpResponse:
    """The picture of a question of a version, as PNG."""
    return HttpResponse(queries.picture_of(request.actor, code, number, item), content_type="image/png")


@router.post("/exams/{code}/draft/qti", operation_id="take_exam_qti")
@idempotent
def take_qti(request: Request, code: str, body: QtiIn) -> QtiTold:
    """Exchange the questions of the draft for those of a package that can be taken, or say what that would change."""
    archive = from_base64(body.archive_base64, "archive_base64")
    found = actions.take_qti(actor=request.actor, code=code, archive=archive, dry_run=body.dry_run, now=request.now)
    lines = tuple(_line(line) for line in found.lines)
    change = found.change
    told = (len(change.bank), change.new, change.changed, change.gone) if change else (0, (), (), ())
    return QtiTold(*told, lines, saved=not body.dry_run)


@router.get("/exams/{code}/versions/{int:number}/qti", operation_id="exam_qti", response={200: bytes})
def qti(request: Request, code: str, number: int) -> HttpResponse:
    """The questions of a version as a package of QTI 3.0, with their answers."""
    return HttpResponse(queries.qti_of(request.actor, code, number), content_type="application/zip")


def _line(line: Line) -> QtiLineTold:
    return QtiLineTold(line.place, line.name, told_in(line.why), line.line, tuple(map(told_in, line.left)))


def _item(body: ItemIn) -> Item:
    return Item(
        body.id.strip(),
        body.group.strip(),
        body.kind,
        body.prompt.strip(),
        tuple(body.options),
        tuple(body.answers),
        body.tolerance.strip(),
        False,
        body.difficulty,
        tuple(body.choices),
        body.partial,
        None,
        tuple(Area(area.shape, tuple(area.coords)) for area in body.areas),
        tuple(Variable(one.name, str(one.low), str(one.high)) for one in body.variables),
        _accepts(body),
    )


def _accepts(body: ItemIn) -> Accepts | None:
    told = body.accepts if body.kind is ItemKind.UPLOAD else None
    return Accepts(tuple(told.kinds), told.most, told.megabytes) if told else None
