"""Which parts of a course use which of its files, directly or through its own pages, styles and scripts."""

import html
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from linkspan.courseware.engines.olx import Course
from linkspan.courseware.rules import Block

#: A word in which a file may be named: what stands between quotes, blanks, brackets and the marks of an address.
WORD = re.compile(r"[\w.\-@+~%/]+")
QUOTED = re.compile(r"\"([^\"\n]{1,300})\"|'([^'\n]{1,300})'|\(([^()\n]{1,300})\)")
#: Files that name others, up to a size.
NAMING, LARGEST = {".html", ".htm", ".css", ".js", ".mjs", ".json", ".svg", ".xml", ".vtt", ".m3u8"}, 2_000_000
#: How an older video names what is said in it.
SPOKEN = ("subs_{}.srt.sjson", "{}.srt", "{}.sjson", "subs_{}.srt")


def users_of_files(course: Course) -> Mapping[str, frozenset[str]]:
    """Return for each file under `static` the ids of blocks that use it; files that no block uses are left out."""
    root = course.folder / "static"
    places = {place.relative_to(root).as_posix(): place for place in root.rglob("*") if _is_file(place)}
    names: dict[str, set[str]] = defaultdict(set)
    for name in places:
        for one in (name, PurePosixPath(name).name):
            names[one.casefold()].add(name)
    users: dict[str, set[str]] = defaultdict(set)
    for block in course.root.walk() if places else ():
        for name in _named(_texts(course.folder, block), names):
            users[name].add(block.id)
    leads = {name: _named([_read(place)], names) for name, place in places.items() if _names_others(place)}
    _spread(users, leads)
    return {name: frozenset(found) for name, found in users.items() if found}


def _spread(users: dict[str, set[str]], leads: Mapping[str, set[str]]) -> None:
    """Who uses a file uses what it names, and so on."""
    waiting = [name for name in leads if users.get(name)]
    while waiting:
        name = waiting.pop()
        for other in leads.get(name, ()):
            if not users[name] <= users[other]:
                users[other] |= users[name]
                waiting.append(other)


def _texts(folder: Path, block: Block) -> Iterator[str]:
    """All that a block says: its own XML, the file of HTML that it names, what it shows while it is closed."""
    source = (block.source or b"").decode("utf-8", "replace")
    yield source
    if block.type == "html" and (found := re.search(r'\bfilename="([^"]+)"', source)):
        place = (folder / "html" / f"{found[1].replace(':', '/')}.html").resolve()
        if folder.resolve() in place.parents and _is_file(place):
            yield _read(place)
    if block.settings.condition is not None:
        yield block.settings.condition.message


def _named(texts: Iterable[str], names: Mapping[str, set[str]]) -> set[str]:
    """The files that texts name: by their path, or by their last part, as every form of address ends in it."""
    found: set[str] = set()
    for text in texts:
        plain = html.unescape(text)
        for word in _words(plain if plain == text else f"{text}\n{plain}"):
            for one in (word, word.rpartition("/")[2], word.rpartition("@")[2]):
                found |= names.get(one, set())
            for form in SPOKEN:
                found |= names.get(form.format(word), set())
    return found


def _words(text: str) -> set[str]:
    words = {one for groups in QUOTED.findall(text) for one in groups if one} | set(WORD.findall(text))
    plain = {unquote(one.partition("?")[0].partition("#")[0]).strip() for one in words}
    return {one.strip("./").replace("static/", "", 1).casefold() if "/" in one else one.casefold() for one in plain}


def _is_file(place: Path) -> bool:
    return place.is_file() and not place.is_symlink()


def _names_others(place: Path) -> bool:
    return place.suffix.lower() in NAMING and place.stat().st_size <= LARGEST


def _read(place: Path) -> str:
    return place.read_bytes().decode("utf-8", "replace")
