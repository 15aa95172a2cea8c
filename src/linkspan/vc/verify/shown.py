"""What a credential says was achieved, for display beside the verdict: only text, whatever the credential holds."""

from collections.abc import Mapping
from typing import Any


def achievement_of(credential: Mapping[str, Any]) -> dict[str, Any]:
    """`id`, `name` and `results` of the first achievement (Open Badges 3.0, sections B.1.1 and B.1.20)."""
    subject = _object(credential.get("credentialSubject"))
    found = _object(subject.get("achievement"))
    described = [_object(entry) for entry in _list(found.get("resultDescription"))]
    names = {_text(entry.get("id")): _text(entry.get("name")) for entry in described}
    results = [
        {"name": names.get(_text(entry.get("resultDescription"))) or "", "value": _text(_value(entry))}
        for entry in map(_object, _list(subject.get("result")))
    ]
    return {"id": _text(found.get("id")), "name": _text(found.get("name")), "results": results}


def _value(result: Mapping[str, Any]) -> Any:
    return result.get("value", result.get("achievedLevel", result.get("status")))


def _object(value: Any) -> Mapping[str, Any]:
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None if value is None else str(value)
