"""Reading a course in OLX, the Open edX course export, from a folder or a .tar.gz."""

import hashlib
import json
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

from linkspan.courseware.engines.scripts import Script
from linkspan.courseware.rules import CONTAINERS, Block, GradingPolicy, PolicyError, read_policy
from linkspan.kernel.bounded import COURSES
from linkspan.kernel.errors import Unusable

LARGEST_ARCHIVE = 500 * 1024 * 1024
MOST_FILES = 20_000
LARGEST_XML = 10 * 1024 * 1024
LARGEST_LIBRARY = 5 * 1024 * 1024
INHERITED = ("graded", "format", "due", "start", "graceperiod", "showanswer", "rerandomize", "max_attempts")
SAFE = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True)


@dataclass(frozen=True, slots=True)
class Course:
    """A course as read: its root block, policy, folder and content hash. `warnings` name what was left out."""

    run_id: str
    institution: str
    title: str
    root: Block
    policy: GradingPolicy
    folder: Path
    sha256: str
    warnings: tuple[str, ...]
    scripts: tuple[Script, ...] = ()

    def blocks(self) -> Mapping[str, Block]:
        """Every block by id."""
        return {block.id: block for block in self.root.walk()}


@dataclass(slots=True)
class _Reading:
    folder: Path
    policy: Mapping[str, Any]
    warnings: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    scripts: list[Script] = field(default_factory=list)


@COURSES.bounded
def unpack(archive: Path, into: Path) -> Path:
    """Unpack a .tar.gz safely and return the course's folder; Unusable if it is broken, unsafe or too large."""
    files = size = 0
    try:
        with tarfile.open(archive, "r|*") as tar:
            for member in tar:
                files, size = files + 1, size + member.size
                if files > MOST_FILES or size > LARGEST_ARCHIVE:
                    raise Unusable("archive_too_large", "The archive holds more than 20,000 files or 500 MB.")
                tar.extract(member, into, filter="data")
    except (tarfile.TarError, EOFError, OSError, zlib.error, ValueError) as error:
        raise Unusable("archive_broken", f"{archive.name} is not a readable course archive: {error}") from error
    return find_course(into)


def find_course(folder: Path) -> Path:
    """The folder that holds course.xml, at most two levels down."""
    for pattern in ("course.xml", "*/course.xml", "*/*/course.xml"):
        found = sorted(place for place in folder.glob(pattern) if _is_root(place))
        if found:
            return found[0].parent
    raise Unusable("course_missing", f"There is no course.xml in {folder.name}.")


def _is_root(place: Path) -> bool:
    try:
        root = etree.parse(str(place), SAFE).getroot()
    except (OSError, etree.XMLSyntaxError):
        return True
    return root.tag == "course" and root.get("org") is not None


def read_course(folder: Path, as_run: str | None = None) -> Course:
    """Read a course's tree, policies and hash; Unusable naming the file (and line) that is wrong.

    `as_run` is the id under which the same content is taught again.
    """
    root = _parse(folder / "course.xml", folder)
    run = root.get("url_name")
    org, number = root.get("org"), root.get("course")
    if not run or not org or not number:
        raise Unusable("course_unusable", "course.xml: org, course and url_name are needed.")
    policy = _policy(folder / "policies" / run / "policy.json", folder)
    reading = _Reading(folder, policy)
    top = _block(root, reading, {})
    if top is None:
        raise Unusable("course_unusable", "course.xml: the course itself could not be read.")
    title = top.title or number
    run_id = as_run or f"course-v1:{org}+{number}+{run}"
    if (folder / "static" / "python_lib.zip").exists() and python_library(folder) is None:
        reading.warnings.append("static/python_lib.zip is larger than 5 MB, or a link; scripts cannot import from it")
    warnings, scripts = tuple(reading.warnings), tuple(reading.scripts)
    return Course(run_id, org, title, top, _grading(folder, run), folder, digest(folder), warnings, scripts)


def _grading(folder: Path, run: str) -> GradingPolicy:
    """The run's own grading policy, else the course's, else Open edX's default."""
    places = (folder / "policies" / run / "grading_policy.json", folder / "grading_policy.json")
    place = next((place for place in places if place.exists()), places[0])
    try:
        return read_policy(_policy(place, folder))
    except PolicyError as error:
        raise Unusable("policy_broken", f"{place.relative_to(folder)}: {error}") from error


def digest(folder: Path) -> str:
    """SHA-256 over every file's relative path and content."""
    whole = hashlib.sha256()
    for place in sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
        whole.update(str(place.relative_to(folder)).encode() + b"\0")
        whole.update(hashlib.sha256(place.read_bytes()).digest())
    return whole.hexdigest()


@lru_cache(maxsize=16)
def python_library(folder: Path) -> bytes | None:
    """`static/python_lib.zip`, what the course's scripts may import; None if there is none, or it is too large."""
    place = folder / "static" / "python_lib.zip"
    usable = place.is_file() and not place.is_symlink() and place.stat().st_size <= LARGEST_LIBRARY
    return place.read_bytes() if usable else None


def _policy(place: Path, folder: Path) -> Mapping[str, Any]:
    if not place.exists():
        return {}
    try:
        found = json.loads(place.read_text())
    except (ValueError, RecursionError) as error:
        raise Unusable("policy_broken", f"{place.relative_to(folder)}: {error}") from error
    return found if isinstance(found, dict) else {}


def _parse(place: Path, folder: Path) -> Any:
    try:
        if place.stat().st_size > LARGEST_XML:
            raise Unusable("xml_too_large", f"{place.relative_to(folder)} is larger than 10 MB.")
        return etree.parse(str(place), SAFE).getroot()
    except OSError as error:
        raise Unusable("file_missing", f"{place.relative_to(folder)} is missing.") from error
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        raise Unusable("xml_broken", f"{place.relative_to(folder)}, line {line}: {error.msg}") from error


def _block(node: Any, reading: _Reading, inherited: Mapping[str, str]) -> Block | None:
    tag, name = str(node.tag), node.get("url_name") or ""
    if not name:
        name = hashlib.sha256(etree.tostring(node)).hexdigest()[:16]
    identifier = f"{tag}/{name}"
    if identifier in reading.seen or "/" in name or name.startswith("."):
        reading.warnings.append(f"{identifier} stands twice or has an unusable name; left out")
        return None
    reading.seen.add(identifier)
    definition = _definition(node, tag, name, reading)
    if definition is None:
        return None
    if tag == "problem":
        reading.scripts += _scripts(definition, identifier)
    own = {key: str(value) for source in (definition.attrib, node.attrib) for key, value in source.items()}
    own |= {key: _attribute(value) for key, value in (reading.policy.get(identifier) or {}).items()}
    passed_on = {**inherited, **{key: own[key] for key in INHERITED if key in own}}
    children = _children(definition, tag, reading, passed_on)
    title = own.get("display_name", "")
    return Block(identifier, tag, name, title, {**passed_on, **own}, children)


def _scripts(problem: Any, block: str) -> list[Script]:
    """The Python of a problem, as capa finds it."""
    found = (script for script in problem.iter("script") if script.text)
    others = ("javascript", "perl")
    return [
        Script(block, script.sourceline or 1, script.text)
        for script in found
        if not any(other in (script.get("type") or "") for other in others)
    ]


def _children(definition: Any, tag: str, reading: _Reading, passed_on: Mapping[str, str]) -> tuple[Block, ...]:
    if tag not in CONTAINERS:
        return ()
    found = (_block(child, reading, passed_on) for child in definition if child.tag not in ("wiki", "wiki_slug"))
    return tuple(block for block in found if block is not None)


def _attribute(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _definition(node: Any, tag: str, name: str, reading: _Reading) -> Any:
    """The node itself, or the file that it points to."""
    place = reading.folder / tag / f"{name}.xml"
    pointer = (
        len(node) == 0 and not (node.text or "").strip() and set(node.attrib) <= {"url_name", "org", "course", "slug"}
    )
    if not pointer:
        return node
    if not place.exists():
        reading.warnings.append(f"{tag}/{name}.xml is missing; left out")
        return None
    return _parse(place, reading.folder)
