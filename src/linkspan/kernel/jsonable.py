"""Values as JSON without loss: decimals, dates and identifiers become strings, money its wire form."""

import dataclasses
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
def jsonable(value: "DataclassInstance | Mapping[Any, Any]") -> dict[str, Any]: ...
@overload
def jsonable(value: Any) -> Any: ...
def jsonable(value: Any) -> Any:
    """The JSON form of a value; TypeError for a float or anything without one."""
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
    return _compound(value)


def _compound(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: jsonable(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): jsonable(inner) for key, inner in value.items()}
    if isinstance(value, frozenset | set):
        return sorted((jsonable(inner) for inner in value), key=str)
    if isinstance(value, list | tuple):
        return [jsonable(inner) for inner in value]
    raise TypeError(f"{type(value).__name__} has no JSON form here: {value!r}")
