"""`verifiers.draganddrop`, by which authors' scripts grade what was dragged where. Runs inside the sandbox alone.

An answer is a list of placements, {draggable: place}: a place is a target's name, [x, y], or {field: {draggable: ...}}
on something that was itself placed. What is right is a mapping of draggables to places, or a list of groups, each with
`draggables`, `targets` and a rule: exact, anyof, unordered_equal, the latter two also with +number. Imports nothing of
Linkspan.
"""

import json
from typing import Any

#: How far from a point is still right, in pixels, if the author does not allow more.
FORGIVEN = 10


def grade(user_input: str, correct_answer: Any) -> bool:
    """Whether every draggable that must be placed is placed where the author said, and nothing else is."""
    placed = [(name, _flat(place)) for one in json.loads(user_input) for name, place in one.items()]
    groups = _groups(correct_answer)
    known = {name for group in groups for name in group["draggables"]}
    return all(name in known for name, _ in placed) and all(_right(group, placed) for group in groups)


def _groups(correct: Any) -> list[dict[str, Any]]:
    if isinstance(correct, dict):
        return [{"draggables": [name], "targets": [place], "rule": "exact"} for name, place in correct.items()]
    return list(correct)


def _right(group: dict[str, Any], placed: list[tuple[str, Any]]) -> bool:
    names = [name for name, _ in placed if name in group["draggables"]]
    places = [place for name, place in placed if name in group["draggables"]]
    rule, _, number = group["rule"].partition("+")
    wanted = sorted(group["draggables"])
    return wanted == sorted(names if number else set(names)) and _by_rule(rule, group["targets"], places)


def _by_rule(rule: str, right: list[Any], places: list[Any]) -> bool:
    if rule == "anyof":
        return bool(right) and all(any(_same(place, one) for one in right) for place in places)
    if len(right) != len(places) or rule not in ("exact", "unordered_equal"):
        return False
    if rule == "exact":
        return all(map(_same, places, right))
    left = list(right)
    for place in places:
        found = next((one for one in left if _same(place, one)), None)
        if found is None:
            return False
        left.remove(found)
    return True


def _same(place: Any, right: Any) -> bool:
    """Whether two places are one: the same target, or points within what is forgiven."""
    if isinstance(place, str) or isinstance(right, str):
        return bool(place) and place == right
    (x, y), forgiven = _point(place)
    (across, down), allowed = _point(right)
    return bool((x - across) ** 2 + (y - down) ** 2 <= max(FORGIVEN, forgiven, allowed) ** 2)


def _point(place: Any) -> tuple[Any, Any]:
    return (place[0], place[1]) if isinstance(place[0], list | tuple) else (place, 0)


def _flat(place: Any) -> Any:
    """A place on something placed, as authors name it: {"first": {"p": "p_l"}} is "p_l[p][first]"."""
    names = []
    while isinstance(place, dict):
        name, place = next(iter(place.items()))
        names.append(name)
    return "".join([str(place), *(f"[{name}]" for name in reversed(names))]) if names else place
