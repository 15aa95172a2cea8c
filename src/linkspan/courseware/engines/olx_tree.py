"""The tree of a course in OLX: definitions, names, policies and inheritance, as Open edX reads them.

Everything is read once, at import: a block that leaves here holds its whole definition, with what it inherits, and its
settings as typed values. Source of the rules: Open edX's XML import.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from linkspan.courseware.engines.archives import SAFE
from linkspan.courseware.engines.fields import INHERITED, partitions_of, settings_of
from linkspan.courseware.engines.inputs import wanting
from linkspan.courseware.engines.packages import package_class, remedy
from linkspan.courseware.engines.scripts import Script
from linkspan.courseware.engines.usages import ALIASES, settled, usage_of
from linkspan.courseware.rules import CONTAINERS, LEAVES, Block, Finding, Partition
from linkspan.kernel.errors import Unusable

#: A name of these used again gets one of its own; others share the block.
NAMED_ONCE = frozenset(("problem", "sequential", "video", "course", "chapter", "poll_question", "vertical"))
#: Elements inside containers that are data, not blocks.
DATA = frozenset(("wiki", "wiki_slug", "textbook", "metadata", "meta", "show"))
POINTER = {"url_name"}
COURSE_POINTER = {"url_name", "org", "course"}
#: Marks an element that a conditional block shows by its address.
SHOWN = "linkspan-shown"
DEEPEST = 30
LARGEST_XML = 10 * 1024 * 1024
MOST_BLOCKS = 100_000
UNSAFE_IN_NAMES = re.compile(r"[^\w.\-~%:]", re.UNICODE)


@dataclass(slots=True)
class Reading:
    """What the reading of one course has seen so far."""

    folder: Path
    policy: Mapping[str, Any]
    findings: list[Finding] = field(default_factory=list)
    blocks: dict[str, Block] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)
    #: Blocks under each block, itself included, each place of a shared one counted.
    sizes: dict[str, int] = field(default_factory=dict)
    #: Blocks that a conditional block shows which stand elsewhere.
    shared: set[str] = field(default_factory=set)
    partitions: tuple[Partition, ...] = ()

    def find(self, block: str, code: str, message: str, *, error: bool = True) -> None:
        """Note what is wrong with a block, or what cannot be taught here."""
        self.findings.append(Finding(block, block.partition("/")[0], code, message, error))


def read_tree(root: Any, reading: Reading) -> Block:
    """Return the course's block with everything under it; Unusable if the course itself cannot be read."""
    top = _block(root, reading, {})
    if top is None:
        raise Unusable("course_unusable", "course.xml: the course itself could not be read.")
    return settled(top, reading.partitions, reading.find)


def parse(place: Path, folder: Path) -> Any:
    """Return the root element of a file; Unusable names the file and the line that is wrong."""
    try:
        if place.stat().st_size > LARGEST_XML:
            raise Unusable("xml_too_large", "{folder} is larger than 10 MB.", folder=place.relative_to(folder))
        return etree.parse(str(place), SAFE).getroot()
    except OSError as error:
        raise Unusable("file_missing", "{folder} is missing.", folder=place.relative_to(folder)) from error
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        raise Unusable(
            "xml_broken", "{file}, line {line}: {error}", file=place.relative_to(folder), line=line, error=error.msg
        ) from error


def name_of(node: Any) -> str:
    """Return a block's name: given, cleaned from an older attribute, or made of its content."""
    for attribute in ("url_name", "slug"):
        if node.get(attribute):
            return str(node.get(attribute))
    for attribute in ("name", "display_name"):
        if node.get(attribute):
            return UNSAFE_IN_NAMES.sub("_", node.get(attribute))
    return f"{node.tag}_{_digest(node)}"


def _digest(node: Any) -> str:
    return hashlib.sha1(etree.tostring(node, with_tail=False), usedforsecurity=False).hexdigest()[:12]


def _block(node: Any, reading: Reading, inherited: Mapping[str, str]) -> Block | None:
    tag, name = str(node.tag), name_of(node)
    kind = ALIASES.get(tag, tag)
    identifier = f"{kind}/{name}"
    if len(reading.blocks) >= MOST_BLOCKS or len(reading.open) >= DEEPEST or identifier in reading.open:
        reading.find(identifier, "too_deep", f"{identifier} holds itself, is too deep, or is one block too many.")
        return None
    if identifier in reading.blocks:
        if kind not in NAMED_ONCE or identifier in reading.shared:
            return reading.blocks[identifier]
        reading.find(identifier, "name_twice", f"The name {identifier} stands twice; the second has another name.")
        name = f"{tag}_{name}_{_digest(node)}"
        identifier = f"{kind}/{name}"
        if identifier in reading.blocks:
            return None
    definition = _definition(node, tag, name, reading)
    if definition is None:
        return None
    reading.open.append(identifier)
    try:
        return _read(definition, identifier, name, reading, inherited)
    finally:
        reading.open.pop()


def _read(definition: Any, identifier: str, name: str, reading: Reading, inherited: Mapping[str, str]) -> Block:
    kind = identifier.partition("/")[0]
    own = {key: str(value) for key, value in definition.attrib.items()}
    policy = reading.policy.get(identifier)
    own |= {key: json.dumps(value) for key, value in policy.items()} if isinstance(policy, Mapping) else {}
    passed_on = {**inherited, **{key: own[key] for key in INHERITED if key in own}}
    if kind == "course":
        reading.partitions = partitions_of(own.get("user_partitions", ""))
    children = _children(definition, kind, reading, passed_on)
    size = 1 + sum(reading.sizes[child.id] for child in children)
    if size > MOST_BLOCKS:
        reading.find(identifier, "too_deep", f"{identifier} holds the same blocks too often; they are left out.")
        children, size = (), 1
    reading.sizes[identifier] = size
    effective = {**passed_on, **own}
    settings = settings_of(effective, conditional=kind == "conditional")
    if kind == "problem":
        reading.scripts += _scripts(definition, identifier)
        for code, said in dict.fromkeys(wanting(definition)):
            reading.find(identifier, code, said, error=False)
    source = None if kind in CONTAINERS else _source(definition, kind, name, effective)
    block = Block(identifier, kind, name, settings.display_name, settings, children, source)
    reading.blocks[identifier] = block
    if kind not in CONTAINERS and kind not in LEAVES and package_class(kind) is None:
        reading.find(identifier, "not_available", remedy(kind), error=False)
    return block


def _scripts(problem: Any, block: str) -> list[Script]:
    """The Python of a problem, as capa finds it."""
    found = (script for script in problem.iter("script") if script.text)
    others = ("javascript", "perl")
    return [
        Script(block, script.sourceline or 1, script.text)
        for script in found
        if not any(other in (script.get("type") or "") for other in others)
    ]


def _source(definition: Any, kind: str, name: str, attributes: Mapping[str, str]) -> bytes:
    """The whole definition as XML, with what it inherits and what the policy says."""
    whole = etree.Element(kind)
    for key, value in attributes.items():
        whole.set(key, value)
    whole.set("url_name", name)
    whole.text = definition.text
    whole.extend(definition)
    return bytes(etree.tostring(whole, with_tail=False))


def _children(definition: Any, kind: str, reading: Reading, passed_on: Mapping[str, str]) -> tuple[Block, ...]:
    if kind not in CONTAINERS:
        return ()
    found = (_child(child, reading, passed_on) for child in _elements(definition))
    return tuple(block for block in found if block is not None)


def _child(node: Any, reading: Reading, passed_on: Mapping[str, str]) -> Block | None:
    """A block inside another one; too many of them all told, shared ones counted in each place, are left out."""
    if node.get(SHOWN) is not None:
        del node.attrib[SHOWN]
        reading.shared.add(f"{ALIASES.get(node.tag, node.tag)}/{name_of(node)}")
    return _block(node, reading, passed_on)


def _elements(definition: Any) -> Iterator[Any]:
    """The children that are blocks; `<show sources="...">` of a conditional names blocks that stand elsewhere."""
    for child in list(definition):
        if not isinstance(child.tag, str):
            continue
        if child.tag == "show":
            yield from _shown(child)
        elif child.tag not in DATA:
            yield child


def _shown(node: Any) -> Iterator[Any]:
    for source in str(node.get("sources") or "").split(";"):
        kind, name = usage_of(source)
        if kind and name:
            yield etree.Element(kind, {"url_name": name, SHOWN: ""})


def _definition(node: Any, tag: str, name: str, reading: Reading) -> Any:
    """The element that defines a block: the node itself, or what the file holds to which it points; None if missing."""
    wanted = COURSE_POINTER if tag == "course" else POINTER
    if not len(node) and not (node.text or "").strip() and set(node.attrib) == wanted:
        place = _inside(reading.folder, f"{tag}/{name.replace(':', '/')}.xml")
        if place is None and package_class(tag) is not None:
            return node  # a block that has nothing to say, and no file
        if place is None:
            reading.find(f"{tag}/{name}", "file_missing", f"{tag}/{name}.xml is missing; the block is left out.")
            return None
        node = parse(place, reading.folder)
    return node if tag == "html" or not node.get("filename") else _from_file(node, tag, name, reading)


def _from_file(node: Any, tag: str, name: str, reading: Reading) -> Any:
    """A definition in the file that an attribute names, under the attributes of the element that names it."""
    filename = str(node.get("filename"))
    stem = filename.replace(":", "/")
    place = _first(reading.folder, (f"{tag}/{stem}.xml", f"{tag}s/{stem}.xml", f"{stem}.xml", f"{tag}/{stem}"))
    if place is None:
        reading.find(f"{tag}/{name}", "file_missing", f"{tag}/{filename}.xml is missing; the block is left out.")
        return None
    found = parse(place, reading.folder)
    for key, value in node.attrib.items():
        if key != "filename":
            found.set(key, value)
    return found


def _first(folder: Path, names: Sequence[str]) -> Path | None:
    return next((place for name in names if (place := _inside(folder, name)) is not None), None)


def _inside(folder: Path, name: str) -> Path | None:
    """A file of the course; None if it is not there or not inside."""
    place = (folder / name).resolve()
    return place if place.is_file() and folder.resolve() in place.parents else None
