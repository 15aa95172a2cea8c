"""What an operation answers is what its view is annotated to return: the schema is made from it, and the JSON too.

A frozen dataclass becomes an object of the contract, an enum its values, a decimal, a day, an instant
or an identifier a string of that format. What has a published format is a `Document` of it.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache, reduce, wraps
from operator import or_
from types import GenericAlias, NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    NewType,
    TypeAliasType,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)
from uuid import UUID

import ninja
from django.http.response import HttpResponseBase
from ninja.constants import NOT_SET
from pydantic import BaseModel, ConfigDict, WithJsonSchema, create_model

from linkspan.kernel.jsonable import jsonable

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

#: How `jsonable` writes what JSON has no type for.
FORMATS: Mapping[type, str] = {datetime: "date-time", date: "date", UUID: "uuid", Decimal: "decimal"}


@dataclasses.dataclass(frozen=True, slots=True)
class Document:
    """Marks an object of a published format, which `api.documents` has the schema of."""

    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class Done:
    """It is done, and there is nothing more to tell."""

    done: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class Made:
    """The identifier of what was made."""

    id: UUID


@dataclasses.dataclass(frozen=True, slots=True)
class PublishedOrKept:
    """Whether it is public now; if not, it waits among the changes of the catalogue for a second person."""

    public: bool


class Told(BaseModel):
    """An object of the contract."""

    model_config = ConfigDict(protected_namespaces=())


class Router(ninja.Router):
    """Operations that answer what their views return."""

    def add_api_operation(
        self, path: str, methods: list[str], view_func: Callable[..., Any], *, response: Any = NOT_SET, **more: Any
    ) -> None:
        """Add a view; `response` only where it makes the HTTP answer by itself."""
        kind = get_type_hints(view_func, include_extras=True)["return"] if response is NOT_SET else response
        super().add_api_operation(path, methods, _answering(view_func), response=_responses(kind), **more)


def parts(value: "DataclassInstance") -> dict[str, Any]:
    """The members of a dataclass by name, for one that tells more."""
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def _responses(kind: Any) -> Any:
    if isinstance(kind, dict):
        return {status: None if inner is None else shape(inner) for status, inner in kind.items()}
    return {204: None} if kind in (None, NoneType) else shape(kind)


def _answering(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def answered(*args: Any, **asked: Any) -> Any:
        found = view(*args, **asked)
        return found if isinstance(found, HttpResponseBase) else jsonable(found, documents=True)

    return answered


def shape(kind: Any) -> Any:
    """The type of the JSON that `jsonable` makes of a value of that type; TypeError for one without a form."""
    if isinstance(kind, NewType):
        return shape(kind.__supertype__)
    if isinstance(kind, TypeAliasType):
        return shape(kind.__value__)
    if kind in (Any, str, int, bool, bytes, NoneType) or get_origin(kind) is Literal:
        return kind
    if kind in FORMATS:
        return Annotated[str, WithJsonSchema({"type": "string", "format": FORMATS[kind]})]
    return _class(kind) if get_origin(kind) is None else _compound(get_origin(kind), get_args(kind))


def _class(kind: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    if isinstance(kind, type) and issubclass(kind, Enum):
        return Literal[tuple(jsonable(one) for one in kind)]
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return model(kind)
    if is_typeddict(kind):  # what is JSON already
        return dict[str, Any]
    raise TypeError(f"{kind!r} has no JSON form here")


def _compound(origin: Any, inner: tuple[Any, ...]) -> Any:
    if origin is Annotated:
        names = [mark.name for mark in inner[1:] if isinstance(mark, Document)]
        return Annotated[dict[str, Any], WithJsonSchema({"x-document": names[0]})] if names else shape(inner[0])
    if origin in (Union, UnionType):
        return _either(inner)
    if isinstance(origin, type) and dataclasses.is_dataclass(origin):
        return model(origin, inner)
    if issubclass(origin, Mapping):
        return GenericAlias(dict, (str, shape(inner[1])))
    if issubclass(origin, Sequence | AbstractSet):
        return GenericAlias(list, (_either(inner),))
    raise TypeError(f"{origin!r} has no JSON form here")


def _either(kinds: tuple[Any, ...]) -> Any:
    return reduce(or_, (shape(one) for one in kinds if one is not ...))


@cache
def model(kind: type, args: tuple[Any, ...] = ()) -> type[BaseModel]:
    """The object of the contract for a dataclass, named after its domain and itself."""
    bound = dict(zip(kind.__type_params__, args, strict=True))
    _, domain, *_ = kind.__module__.split(".")
    name = kind.__name__ if domain in ("api", "kernel") else f"{domain.capitalize()}{kind.__name__}"
    if _named.setdefault(name, (kind, args)) != (kind, args):
        raise TypeError(f"{name} is the name of two objects of the contract: {kind!r}, {_named[name]!r}")
    hints = get_type_hints(kind, include_extras=True)
    fields: dict[str, Any] = {
        field.name: (shape(bound.get(hints[field.name], hints[field.name])), ...) for field in dataclasses.fields(kind)
    }
    return create_model(name, __base__=Told, __doc__=kind.__doc__, **fields)


_named: dict[str, tuple[type, tuple[Any, ...]]] = {}
