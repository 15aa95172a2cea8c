"""Questions of exams for who makes them: written one by one, with their pictures."""

import binascii
from base64 import b64decode
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from django.http import HttpResponse
from ninja import Field

from linkspan.api.answers import Router
from linkspan.api.once import LARGEST, Posted, idempotent
from linkspan.exams import actions, queries
from linkspan.exams.rules import Area, Difficulty, Item, ItemKind, Shape, Variable
from linkspan.kernel.errors import Unusable
from linkspan.kernel.request import Request

router = Router()


@dataclass(frozen=True, slots=True)
class ItemPut:
    """How many questions the draft holds now."""

    exam: str
    version: int
    items: int


class AreaIn(Posted):
    """An area of a picture: left, top, right, bottom; or centre and radius; or corner by corner."""

    shape: Shape
    coords: Annotated[list[int], Field(max_length=200)]


class VariableIn(Posted):
    """A name in a formula, and the lowest and highest number that it is tried with."""

    name: str
    low: Decimal
    high: Decimal


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
        picture=decoded(body.picture_base64, "picture_base64") if body.picture_base64 else None,
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


def decoded(given: str, name: str) -> bytes:
    """The content in base64 of a member; Unusable if it is none."""
    try:
        return b64decode(given, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unusable("archive_unusable", "{name}: base64 is needed.", name=name) from error


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
    )
