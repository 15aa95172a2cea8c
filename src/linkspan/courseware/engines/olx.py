"""Reading a course in OLX, the Open edX course export, from a folder or a .tar.gz."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from linkspan.courseware.engines.olx_tree import Reading, name_of, parse, read_tree
from linkspan.courseware.engines.scripts import Script
from linkspan.courseware.rules import Block, Finding, GradingPolicy, Partition, PolicyError, read_policy
from linkspan.kernel.errors import Unusable

LARGEST_LIBRARY = 5 * 1024 * 1024
RUN = re.compile(r"[\w~.:-]+")


@dataclass(frozen=True, slots=True)
class Course:
    """A course as read: its root block, policy, folder and content hash. `findings` say what is wrong or missing.

    `names_run` is the run that its file names, where it is taught as another one; `partitions` are its ways of dividing
    learners into groups.
    """

    run_id: str
    institution: str
    title: str
    root: Block
    policy: GradingPolicy
    folder: Path
    sha256: str
    findings: tuple[Finding, ...]
    scripts: tuple[Script, ...] = ()
    names_run: str = ""
    partitions: tuple[Partition, ...] = ()

    def blocks(self) -> Mapping[str, Block]:
        """Every block by id."""
        return {block.id: block for block in self.root.walk()}


def read_course(folder: Path, as_run: str | None = None, institution: str | None = None) -> Course:
    """Read a course's tree, policies and hash; Unusable naming the file (and line) that is wrong.

    `as_run` is the id under which the same content is taught again, `institution` whose run that is.
    """
    root = parse(folder / "course.xml", folder)
    if root.tag != "course" or not (root.get("url_name") or root.get("slug") or root.get("name")):
        raise Unusable("course_unusable", "course.xml: a course with a url_name is needed.")
    run = name_of(root)
    if not RUN.fullmatch(run):
        raise Unusable("course_unusable", "course.xml: the url_name has characters that a run's id cannot have.")
    org, number = root.get("org") or "edx", root.get("course") or folder.name
    reading = Reading(folder, _first_policy(folder, f"policies/{run}/policy.json", f"policies/{run}.json"))
    top = read_tree(root, reading)
    own = f"course-v1:{org}+{number}+{run}"
    run_id = as_run or own
    if (folder / "static" / "python_lib.zip").exists() and python_library(folder) is None:
        said = "static/python_lib.zip is larger than 5 MB, or a link; scripts cannot import from it."
        reading.find(top.id, "library_unusable", said)
    title, findings, scripts = top.title or number, tuple(reading.findings), tuple(reading.scripts)
    named = "" if own == run_id else own
    policy, sha256 = _grading(folder, run), digest(folder)
    whose = institution or org
    return Course(
        run_id, whose, title, top, policy, folder, sha256, findings, scripts, named, partitions=reading.partitions
    )


def _first_policy(folder: Path, *names: str) -> Mapping[str, Any]:
    return _policy(next((folder / name for name in names if (folder / name).exists()), folder / names[0]), folder)


def _grading(folder: Path, run: str) -> GradingPolicy:
    """The run's own grading policy, else the course's, else Open edX's default."""
    places = (folder / "policies" / run / "grading_policy.json", folder / "grading_policy.json")
    place = next((place for place in places if place.exists()), places[0])
    try:
        return read_policy(_policy(place, folder))
    except PolicyError as error:
        raise Unusable("policy_broken", "{file}: {error}", file=place.relative_to(folder), error=error) from error


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
        raise Unusable("policy_broken", "{file}: {error}", file=place.relative_to(folder), error=error) from error
    return found if isinstance(found, dict) else {}
