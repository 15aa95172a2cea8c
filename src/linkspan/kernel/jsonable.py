"""Values as JSON without loss: decimals, dates and identifiers become strings, money its wire form."""

import dataclasses
import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, overload
from uuid import UUID

from linkspan.kernel.money import Money

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@overload
def jsonable(value: "DataclassInstance | Mapping[Any, Any]", *, documents: bool = False) -> dict[str, Any]: ...
@overload
def jsonable(value: Any, *, documents: bool = False) -> Any: ...
def jsonable(value: Any, *, documents: bool = False) -> Any:
    """The JSON form of a value; TypeError for anything without one, and for a float.

    With `documents` a finite float has its form: what was read as JSON goes out as it came; no value of ours is one.
    """
    if value is None or (isinstance(value, str | bool | int) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return jsonable(value.value)
    if isinstance(value, Money):
        return value.as_json()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if documents and isinstance(value, float) and math.isfinite(value):
        return value
    return _compound(value, documents)


def _compound(value: Any, documents: bool) -> Any:
    def inner(one: Any) -> Any:
        return jsonable(one, documents=documents)

    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: inner(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): inner(one) for key, one in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(map(inner, value), key=str)
    if isinstance(value, list | tuple):
        return list(map(inner, value))
    raise TypeError(f"{type(value).__name__} has no JSON form here: {value!r}")
