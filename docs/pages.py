"""The pages of the reference that are made from the code at each build, so that none can be out of date."""

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from linkspan.site.configuration import Declared

ROOT = Path(__file__).resolve().parents[1]
FORMATS = ROOT / "docs" / "formats"
API_INTRODUCTION = (
    "Errors are problem+json (RFC 9457). A POST needs an `Idempotency-Key`; the same key gives the same answer.",
    "A server describes itself at `/api/v1/openapi.json`.",
)


def write(folder: Path) -> None:
    """Write every page into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    formats = ("agreement", "policy", "record", "audit", "check")
    pages = {"cli": cli(), "settings": settings(), "api": api(), "rule-nodes": rule_nodes()}
    pages["exam-states"] = exam_states()
    for name, text in {**pages, **{f"{name}-members": members_page(name) for name in formats}}.items():
        (folder / f"{name}.md").write_text(text)


def cli() -> str:
    """Return the page of the command line: each verb as `--help` tells it."""
    from linkspan.site.command import parser

    lines = ["# Command line", "", "Every command as its own `--help` tells it.", ""]
    for words, verb, told in commands(parser()):
        lines += [f"## {words}", "", f"{told[:1].upper()}{told[1:]}.", ""]
        lines += ["```text", verb.format_help().rstrip(), "```", ""]
    return "\n".join(lines)


def commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser, str]]:
    """Every command that does something: its words, its parser, and its sentence."""
    for action in parser._actions:
        if not isinstance(action, argparse._SubParsersAction):
            continue
        sentences = {choice.dest: choice.help or "" for choice in action._choices_actions}
        for name, verb in action.choices.items():
            under = list(commands(verb))
            yield from under or [(verb.prog, verb, sentences.get(name, ""))]


def settings() -> str:
    """Return the page of settings."""
    lines = ["# Settings", "", "Linkspan reads these variables from its environment. The demo needs none.", ""]
    rows = [(f"`{found.name}`", found.words, found.default) for found in environment()]
    return "\n".join([*lines, *_table(("variable", "what it sets", "default"), rows), ""])


def environment() -> "list[Declared]":
    """Every variable that the code reads, as `linkspan config` tells them."""
    from linkspan.site.configuration import declared

    return declared()


def api() -> str:
    """Return the page of the API from its description, the one that a server gives at `/api/v1/openapi.json`."""
    told = json.loads((ROOT / "tests/contract/openapi.json").read_text())
    groups: dict[str, list[tuple[str, ...]]] = {}
    for path, verbs in told["paths"].items():
        for verb, operation in verbs.items():
            words = " ".join(operation.get("description", operation["summary"]).split())
            groups.setdefault(operation["tags"][0], []).append((f"`{verb.upper()} {path}`", words))
    lines = ["# API", "", *API_INTRODUCTION, ""]
    for group, rows in sorted(groups.items()):
        lines += [f"## {group}", "", *_table(("call", "what it does"), rows), ""]
    return "\n".join(lines)


def exam_states() -> str:
    """Return the page of an attempt's states: drawn from its table, which stands below the drawing."""
    from linkspan.exams.rules.states import FINAL, MOVES, AttemptState

    rows = [
        (str(number), f"`{move.start}`", move.act.replace("_", " "), move.who.replace("_", " "), f"`{move.end}`")
        for number, move in enumerate(MOVES, 1)
    ]
    final = ", ".join(f"`{state}`" for state in FINAL)
    return "\n".join(
        [
            "# States of an attempt",
            "",
            "Numbers in the drawing are those of the table. `linkspan exams states` prints the same.",
            "",
            _drawn([state.value for state in AttemptState], [(move.start.value, move.end.value) for move in MOVES]),
            "",
            f"Final: {final}. Nothing that a learner, the clock or a provider does leaves them. A second person,",
            "who is named with a reason, lifts a rejection; the exam desk lists each time.",
            "",
            *_table(("", "from", "act", "by", "to"), rows),
            "",
        ]
    )


def _drawn(states: list[str], moves: list[tuple[str, str]]) -> str:
    """Return states as a column of boxes, and moves as numbered arcs: down on the right, back on the left."""
    high = {state: 40 * place + 20 for place, state in enumerate(states)}
    parts = [
        f'<rect x="150" y="{y - 13}" width="150" height="26" rx="4" fill="none" stroke="currentColor"/>'
        f'<text x="225" y="{y + 4}" text-anchor="middle">{state}</text>'
        for state, y in high.items()
    ]
    for number, (start, end) in enumerate(moves, 1):
        a, b = high[start], high[end]
        side, edge = (1, 300) if b > a else (-1, 150)
        far = edge + side * (24 + abs(b - a) * 0.55 + number % 2 * 8)
        y = (a + b) / 2 + (number % 3 - 1) * 14
        parts.append(
            f'<path d="M{edge} {a} Q{2 * far - edge} {2 * y - (a + b) / 2} {edge + side * 4} {b}" fill="none" '
            f'stroke="currentColor" stroke-opacity=".5" marker-end="url(#to)"/>'
            f'<circle cx="{far}" cy="{y}" r="9" fill="Canvas" stroke="currentColor"/>'
            f'<text x="{far}" y="{y + 4}" text-anchor="middle">{number}</text>'
        )
    marker = '<marker id="to" orient="auto" markerWidth="6" markerHeight="6" refX="5" refY="3">'
    marker += '<path d="M0 0L6 3L0 6Z"/></marker>'
    size = (
        f'viewBox="0 0 620 {40 * len(states)}" role="img" aria-label="States of an attempt; the table tells the same"'
    )
    return f'<svg {size} font-size="12" fill="currentColor"><defs>{marker}</defs>{"".join(parts)}</svg>'


def rule_nodes() -> str:
    """Return the table of the rule language's nodes from its schema."""
    nodes = _schema("agreement")["$defs"]["rule"]
    rows = []
    for node in nodes["oneOf"]:
        needed = node["required"]
        may = [name for name in node["properties"] if name not in needed]
        rows.append((f"`{needed[0]}`", _names(needed), _names(may)))
    told = f"A rule is {nodes['$comment']}. Names of an operator are `{'`, `'.join(operators(nodes))}`."
    return "\n".join([told, "", *_table(("node", "must have", "may have"), rows), ""])


def operators(nodes: Mapping[str, Any]) -> list[str]:
    """The operators that `compare` knows."""
    (compare,) = (node for node in nodes["oneOf"] if "compare" in node["required"])
    ordered, among = compare["properties"]["compare"]["anyOf"]
    return [*ordered["prefixItems"][1]["enum"], among["prefixItems"][1]["const"]]


def members_page(name: str) -> str:
    """Return the table of a format's members from its schema."""
    rows = [(f"`{path}`", kind, "yes" if needed else "") for path, kind, needed in members(_schema(name), "")]
    return "\n".join([*_table(("member", "holds", "needed"), rows), ""])


def members(shape: Mapping[str, Any], place: str) -> Iterator[tuple[str, str, bool]]:
    """Every member under a shape with its path; `[]` stands for a row of a list."""
    for option in (*shape.get("oneOf", ()), *shape.get("anyOf", ())):
        if "properties" in option:
            yield from members(option, place)
    for name, inner in shape.get("properties", {}).items():
        path = f"{place}.{name}" if place else name
        yield path, _kind(inner), name in shape.get("required", ())
        if not _is_grade(inner):
            yield from members(inner, path)
        if "properties" in inner.get("items", {}):
            yield from members(inner["items"], f"{path}[]")


def _kind(shape: Mapping[str, Any]) -> str:
    """A value in words."""
    if "$ref" in shape:
        return "a rule"
    if "const" in shape or "enum" in shape:
        return " or ".join(f"`{value}`" for value in shape.get("enum", [shape.get("const")]))
    if _is_grade(shape):
        return "a grade"
    if "anyOf" in shape or "oneOf" in shape:
        return _unique(_kind(option) for option in (*shape.get("anyOf", ()), *shape.get("oneOf", ())))
    kinds = shape.get("type", "anything")
    return _unique(_plain(kind, shape) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _plain(kind: str, shape: Mapping[str, Any]) -> str:
    if kind == "array":
        return f"a list of {_kind(shape['items']).removeprefix('a ')}" if shape.get("items") else "a list"
    if kind == "integer":
        least, most = shape.get("minimum"), shape.get("maximum")
        bounds = f" from {least}" * (least is not None) + f" to {most}" * (most is not None)
        return f"a whole number{bounds}"
    if kind == "string" and shape.get("format") == "date":
        return "a date"
    words = {"string": "a text", "boolean": "`true` or `false`", "number": "a number", "null": "`null`"}
    return words.get(kind, {"object": "an object"}.get(kind, kind))


def _is_grade(shape: Mapping[str, Any]) -> bool:
    return set(shape.get("properties", ())) == {"scale", "value"}


def _unique(kinds: Iterator[str]) -> str:
    return " or ".join(dict.fromkeys(kinds))


def _schema(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((FORMATS / f"{name}.schema.json").read_text())
    return told


def _names(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    told = [heads, tuple("---" for _ in heads), *rows]
    return [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in told]
