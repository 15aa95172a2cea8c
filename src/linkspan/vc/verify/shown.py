"""What a credential says was achieved, for display beside the verdict: only text, whatever the credential holds."""

from collections.abc import Mapping
from typing import Any

from linkspan.vc.said import plain


def achievements_of(credential: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """`id`, `name` and `results` of every achievement of every subject (Open Badges 3.0, sections B.1.1 and B.1.20)."""
    subjects = [object_of(entry) for entry in listed(credential.get("credentialSubject"))]
    return tuple(
        _shown(subject, object_of(achievement))
        for subject in subjects
        for achievement in listed(subject.get("achievement"))
    )


def achievement_of(credential: Mapping[str, Any]) -> dict[str, Any]:
    """The first achievement, or one without a name."""
    return next(iter(achievements_of(credential)), {"id": None, "name": None, "results": []})


def _shown(subject: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    results = results_of(subject, found)
    return {"id": text_of(found.get("id")), "name": text_of(found.get("name")), "results": results}


def results_of(subject: Mapping[str, Any], found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The results of a subject under an achievement, by name, with levels by theirs."""
    described = [object_of(entry) for entry in listed(found.get("resultDescription"))]
    names = {text_of(entry.get("id")): text_of(entry.get("name")) for entry in described}
    levels = {
        text_of(level.get("id")): text_of(level.get("name"))
        for entry in described
        for level in map(object_of, listed(entry.get("rubricCriterionLevel")))
    }
    return [
        {"name": names.get(text_of(entry.get("resultDescription"))) or "", "value": text_of(_value(entry, levels))}
        for entry in map(object_of, listed(subject.get("result")))
    ]


def _value(result: Mapping[str, Any], levels: Mapping[Any, Any]) -> Any:
    level = text_of(result.get("achievedLevel"))
    return result.get("value", levels.get(level, level) if level is not None else result.get("status"))


def object_of(value: Any) -> Mapping[str, Any]:
    """An object; of several, the first."""
    first = value[0] if isinstance(value, list) and value else value
    return first if type(first) is dict or isinstance(first, Mapping) else {}


def listed(value: Any) -> list[Any]:
    """A member's values, however many there are."""
    return value if isinstance(value, list) else [value] if value else []


def text_of(value: Any) -> str | None:
    """A text; of one in several languages, the first."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list):
        return text_of(value[0]) if value else None
    if isinstance(value, Mapping) and "@value" in value:
        return text_of(value["@value"])
    return None if value is None else plain(str(value))
