"""The settings of this installation: what each is for, its value, and where that came from."""

import argparse
import ast
import difflib
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

SOURCE = Path(__file__).resolve().parents[1]
PREFIX = "LINKSPAN_"
NAME = re.compile(r"LINKSPAN_[A-Z0-9_]+")
#: Settings whose value is never shown, by how their name ends.
SECRET = re.compile(r"_(KEYS?|SECRET|METRICS_TOKEN|PIN|PASSPHRASE|PASSWORD)$")


class Declared(NamedTuple):
    """A variable that Linkspan reads, with its default as written and its sentence (empty: it has none)."""

    name: str
    default: str
    words: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as it is here; a secret shows a fingerprint."""

    name: str
    value: str
    source: str
    meaning: str


def declared() -> list[Declared]:
    """Every variable that the code reads, each with the sentence of the comment `#:` above it."""
    found: dict[str, Declared] = {}
    for module in sorted(SOURCE.rglob("*.py")):
        text = module.read_text()
        for setting in _read_in(text) if PREFIX in text else ():
            if not found.get(setting.name, setting).words or setting.name not in found:
                found[setting.name] = setting
    return [found[name] for name in sorted(found)]


def _read_in(text: str) -> Iterator[Declared]:
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and NAME.fullmatch(node.value):
            yield Declared(node.value, _default(lines[node.lineno - 1], node.value), _sentence(lines, node.lineno - 1))


def _default(line: str, name: str) -> str:
    """What stands after the name in the call that reads it, as written."""
    told = re.search(rf'"{name}", (.+)\)', line)
    return f"`{told[1]}`" if told and "env." in line else ""


def _sentence(lines: list[str], at: int) -> str:
    words: list[str] = []
    while at and (told := lines[at - 1].strip()).startswith("#:"):
        words.insert(0, told[2:].strip())
        at -= 1
    return " ".join(words)


def settings_here(environment: Mapping[str, str], read: Mapping[str, Any]) -> list[Setting]:
    """Every setting; `read` are the values that were read from that environment, defaults included."""
    return [
        Setting(
            one.name,
            shown(one.name, environment.get(one.name) or read.get(one.name)),
            "variable" if environment.get(one.name) else "default",
            one.words,
        )
        for one in declared()
    ]


def shown(name: str, value: object) -> str:
    """A value as it may be seen: a secret by its fingerprint, an address without its password."""
    if isinstance(value, dict) and "ENGINE" in value:  # the database, taken apart
        value = f"{str(value['ENGINE']).rpartition('.')[2]} {value['NAME']}"
    elif isinstance(value, dict):
        value = [f"{key}={told}" for key, told in value.items()]
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value if value is not None else "")
    if text and SECRET.search(name):
        return f"hidden, fingerprint {fingerprint(text)}"
    password = urlsplit(text).password if "://" in text else None
    return text.replace(f":{password}@", ":***@") if password else text


def fingerprint(secret: str) -> str:
    """Names a secret without telling it."""
    return sha256(secret.encode()).hexdigest()[:16]


def unknown(environment: Mapping[str, str]) -> dict[str, str]:
    """Variables of our name that nothing reads, each with the setting whose name is nearest, if one is near."""
    known = {one.name.removeprefix(PREFIX): one.name for one in declared()}
    ours = sorted(name.removeprefix(PREFIX) for name in environment if name.startswith(PREFIX))
    near = {name: difflib.get_close_matches(name, known, 1) for name in ours if name not in known}
    return {f"{PREFIX}{name}": known[found[0]] if found else "" for name, found in near.items()}


def register(verbs: Any) -> None:
    """Add the verb."""
    config = verbs.add_parser("config", help="each setting: its value, where it came from, what it is for")
    config.add_argument("name", metavar="NAME", nargs="?", help="only this setting, such as LINKSPAN_BASE_URL")
    config.add_argument("--json", action="store_true", help="print one JSON object a line")
    config.set_defaults(run=run_config)


def run_config(arguments: argparse.Namespace) -> int:
    """Exit 0; 1 where a variable is set that no setting has; 2 for a setting that does not exist."""
    from linkspan.cli import one_line, unusable
    from linkspan.site import settings

    found = settings_here(os.environ, settings.env.dump())
    if arguments.name:
        found = [one for one in found if one.name == arguments.name]
        if not found:
            return unusable("config", f"there is no setting {arguments.name!r}. See linkspan config.")
    for one in found:
        told = f"{one.name}={one.value} ({one.source}) {one.meaning}"
        print(json.dumps(asdict(one), ensure_ascii=False) if arguments.json else one_line(told))
    strange = {} if arguments.name else unknown(os.environ)
    for name, near in strange.items():
        print(f"linkspan config: {name} is no setting{f': do you mean {near}?' if near else '.'}", file=sys.stderr)
    return 1 if strange else 0
