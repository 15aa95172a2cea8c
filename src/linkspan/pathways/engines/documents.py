"""Agreement documents in files: one, several, and the packaged network with its policies."""

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from linkspan.pathways.rules.agreement.shapes import check_policy_shape, with_policies


def read_json(place: Path) -> Any:
    """The JSON in a file; ValueError for anything else, a key that stands twice, or NaN."""
    text = place.read_text(encoding="utf-8")
    return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_each_key_once)


def read_object(place: Path) -> dict[str, Any]:
    """The JSON object in a file; ValueError for anything else."""
    value = read_json(place)
    if not isinstance(value, dict):
        raise ValueError(f"{place} is not a JSON object")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number of JSON")


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} stands twice in one object")
    return found


def packaged_policies() -> dict[str, Mapping[str, Any]]:
    """The policies of the packaged network, by identifier."""
    return {policy["id"]: check_policy_shape(policy) for policy in _packaged("policies")}


def packaged_agreements() -> list[dict[str, Any]]:
    """The agreements of the packaged network, in every version, with the policies they inherit written into them."""
    policies = packaged_policies()
    return [with_policies(document, policies) for document in _packaged("agreements")]


def read_agreement(place: Path) -> dict[str, Any]:
    """An agreement in a file, with the packaged policies that it inherits written into it."""
    document = read_object(place)
    return document if document.get("policies") else with_known_policies(document)


def with_known_policies(document: dict[str, Any]) -> dict[str, Any]:
    """The document with packaged policies written into it, if it names any; else as it is, well formed or not."""
    inherits = document.get("inherits")
    named = isinstance(inherits, list) and all(
        isinstance(row, dict) and isinstance(row.get("policy"), str) for row in inherits
    )
    return with_policies(document, packaged_policies()) if inherits and named else document


def _packaged(folder: str) -> list[dict[str, Any]]:
    places = files("linkspan").joinpath("site", "sample", folder).iterdir()
    named = sorted((place for place in places if place.name.endswith(".json")), key=lambda place: place.name)
    return [json.loads(place.read_text(encoding="utf-8")) for place in named]
