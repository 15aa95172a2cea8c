"""Course archives, unpacked in a child that ends at its limits; it loads no more than it needs."""

from pathlib import Path

from lxml import etree

from linkspan.kernel.archives import Limits, extract
from linkspan.kernel.bounded import COURSES
from linkspan.kernel.errors import Unusable

LARGEST = Limits(files=20_000, size=500 * 2**20)
SAFE = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)


@COURSES.bounded
def unpack(archive: Path, into: Path) -> Path:
    """Unpack a .tar.gz or .zip and return the course's folder; Unusable if it is broken, unsafe or too large."""
    extract(archive, into, LARGEST)
    return find_course(into)


def find_course(folder: Path) -> Path:
    """The folder that holds course.xml, at most two levels down."""
    for pattern in ("course.xml", "*/course.xml", "*/*/course.xml"):
        found = sorted(place for place in folder.glob(pattern) if _is_root(place))
        if found:
            return found[0].parent
    raise Unusable("course_missing", "There is no course.xml in {name}.", name=folder.name)


def _is_root(place: Path) -> bool:
    try:
        root = etree.parse(str(place), SAFE).getroot()
    except (OSError, etree.XMLSyntaxError):
        return True
    return root.tag == "course" and bool(root.get("url_name") or root.get("org"))
