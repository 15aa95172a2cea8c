"""A version as `rules.compare` takes it: what each block and file says of its own, by digest."""

import hashlib
from pathlib import Path

from lxml import etree

from linkspan.courseware.engines.archives import SAFE
from linkspan.courseware.engines.fields import INHERITED, OWN
from linkspan.courseware.engines.olx import Course
from linkspan.courseware.rules import Block, Content

#: Attributes that are compared as settings, or that only name the block.
ELSEWHERE = INHERITED | frozenset(OWN) | {"format", "url_name"}


def content_of(course: Course) -> Content:
    """Return a version for comparing."""
    digests = {block.id: _digest(course.folder, block) for block in course.root.walk() if block.source is not None}
    static = course.folder / "static"
    places = sorted(place for place in static.rglob("*") if place.is_file() and not place.is_symlink())
    files = {str(place.relative_to(static)): _sha256(place.read_bytes()) for place in places}
    return Content(course.root, course.policy, digests, files)


def _digest(folder: Path, leaf: Block) -> str:
    """What the leaf's definition says, the text in a file of its own included."""
    whole = etree.fromstring(leaf.source or b"", SAFE)
    for name in set(whole.attrib) & ELSEWHERE:
        del whole.attrib[name]
    filename = str(whole.get("filename") or "")
    place = (folder / leaf.type / f"{filename.replace(':', '/')}.html").resolve()
    inside = bool(filename) and place.is_file() and folder.resolve() in place.parents
    return _sha256(etree.tostring(whole, method="c14n") + (place.read_bytes() if inside else b""))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
