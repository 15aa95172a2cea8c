"""A file of a course, for who may see a part of it that uses the file."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from linkspan.courseware.engines.assets import users_of_files
from linkspan.courseware.engines.olx import Course
from linkspan.courseware.queries.courses import course_for, draws_of, read_version, seen, viewer_of
from linkspan.courseware.rules import Block, Viewer
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound
from linkspan.kernel.readers import granted

#: What problems check answers by: for their scripts, and for staff.
LIBRARY = "python_lib.zip"


def asset(actor: Actor, run_id: str, name: str, now: datetime) -> Path:
    """A file of the course's static folder; NotFound outside of it, and for parts that the actor does not see now."""
    course = course_for(actor, run_id)
    viewer = viewer_of(actor, course)
    place = _place(course, name)
    if not viewer.is_staff and _is_used(course, place):
        _check(course, place, seen(course, viewer, draws_of(actor.person_id, course), now))
    return place


@granted
def asset_in(course: Course, viewer: Viewer, root: Block, name: str) -> Path:
    """The same for what somebody sees of a course."""
    place = _place(course, name)
    if not viewer.is_staff:
        _check(course, place, root)
    return place


def _place(course: Course, name: str) -> Path:
    root = (course.folder / "static").resolve()
    place = (root / name).resolve()
    if root not in place.parents or not place.is_file():
        raise _unknown()
    return place


def _is_used(course: Course, place: Path) -> bool:
    return place.name == LIBRARY or bool(_users(course, place))


def _check(course: Course, place: Path, root: Block) -> None:
    """A file that only closed parts use is closed like them; one that no part uses is for everybody in the course."""
    users = _users(course, place)
    if place.name == LIBRARY or (users and users.isdisjoint(block.id for block in root.walk())):
        raise _unknown()


def _users(course: Course, place: Path) -> frozenset[str]:
    root = (course.folder / "static").resolve()
    users = _users_of(str(course.folder), course.run_id, course.institution)
    return users.get(place.relative_to(root).as_posix(), frozenset())


@lru_cache(maxsize=64)
def _users_of(folder: str, run_id: str, institution: str) -> Mapping[str, frozenset[str]]:
    return users_of_files(read_version(folder, run_id, institution))


def _unknown() -> NotFound:
    return NotFound("asset_unknown", "There is no such file in this course.")
