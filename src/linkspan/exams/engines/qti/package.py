"""A package of QTI: a zip whose manifest names its items; read in memory and within limits, never unpacked."""

import io
import posixpath
import re
import stat
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from lxml import etree

from linkspan.exams.engines.qti.names import attributes, child, children, name_of
from linkspan.kernel.errors import Unusable
from linkspan.kernel.reasons import Sentence

MOST_FILES, MOST_BYTES, LARGEST_XML = 5000, 50 * 2**20, 2 * 2**20
ENCODINGS = {"UTF-8", "US-ASCII", "ASCII", "UTF-16", "UTF-16LE", "UTF-16BE"}
ITEM = re.compile(r"imsqti_(apip)?item_xmlv(2p[0-9]|3p0)", re.ASCII)
HARDS = {"very easy": "easy", "easy": "easy", "medium": "medium", "difficult": "hard", "very difficult": "hard"}


class NotTaken(Exception):
    """What cannot be taken here, with the line where it stands."""

    def __init__(self, why: str, line: int = 0) -> None:
        super().__init__(why)
        self.why, self.line = why, line


@dataclass(frozen=True, slots=True)
class Resource:
    """An item that a manifest names: its file, and how hard it is said to be."""

    place: str
    difficulty: str | None


def files_of(content: bytes) -> dict[str, bytes]:
    """The files of a zip by name; Unusable if it is none, is too large, or a name leads out of it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as held:
            members = [one for one in held.infolist() if not one.is_dir()]
            if len(members) > MOST_FILES or sum(one.file_size for one in members) > MOST_BYTES:
                told = f"{MOST_FILES:,} files or {MOST_BYTES >> 20} MB"
                raise Unusable("archive_too_large", "The archive holds more than {told}.", told=told)
            for one in members:
                _check_name(one)
            names = [one.filename for one in members]
            if len(set(names)) < len(names):
                raise Unusable("archive_broken", "The package holds two files of one name.")
            return {one.filename: held.read(one) for one in members}
    except (zipfile.BadZipFile, EOFError, OSError, zlib.error, ValueError, NotImplementedError, RuntimeError) as error:
        raise Unusable("archive_broken", "The package is not a readable zip: {error}", error=error) from error


def _check_name(one: zipfile.ZipInfo) -> None:
    parts = one.filename.split("/")
    linked = stat.S_ISLNK(one.external_attr >> 16)
    if linked or ".." in parts or one.filename.startswith("/") or "\\" in one.filename or ":" in one.filename:
        raise Unusable("archive_broken", "{name}: this name leads out of the package.", name=one.filename[:200])


def root_of(content: bytes) -> Any:
    """The root of an XML file, read without entities or network; NotTaken for what is none."""
    if len(content) > LARGEST_XML:
        raise NotTaken(Sentence("qti_too_large", "the file is larger than 2 MB"))
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise NotTaken(Sentence("qti_no_xml", "it is no readable XML ({error})", error=str(error)[:200])) from error
    info = root.getroottree().docinfo
    if info.doctype or any(isinstance(one, etree._Entity) for one in root.iter(etree.Entity)):
        raise NotTaken(Sentence("qti_doctype", "it has a document type or entities"))
    if (info.encoding or "UTF-8").upper() not in ENCODINGS:
        raise NotTaken(Sentence("qti_encoding", "its encoding is {encoding}, not UTF-8", encoding=info.encoding))
    return root


def resources_of(files: Mapping[str, bytes]) -> tuple[tuple[Resource, ...], tuple[str, ...]]:
    """The items that the manifest names, and the files of other kinds that it names besides."""
    if "imsmanifest.xml" not in files:
        raise Unusable("package_unusable", "The package has no imsmanifest.xml: export it as QTI 3.0 or 2.2.")
    try:
        root = root_of(files["imsmanifest.xml"])
    except NotTaken as error:
        raise Unusable("package_unusable", "imsmanifest.xml: {why}", why=error.why) from None
    items, others = [], []
    for one in root.iter():
        if name_of(one) != "resource":
            continue
        told = attributes(one)
        kind, href = told.get("type", ""), told.get("href", "")
        if ITEM.fullmatch(kind):
            items.append(Resource(href, _difficulty(one)))
        elif href and kind.startswith("imsqti"):
            others.append(href[:200])
    if not items:
        raise Unusable("package_unusable", "The manifest names no item of QTI 3.0 or 2.x.")
    return tuple(items), tuple(others)


def _difficulty(resource: Any) -> str | None:
    for one in resource.iter():
        if name_of(one) == "difficulty":
            value = next((child(one, name) for name in ("value",) if children(one, name)), None)
            return HARDS.get("".join(value.itertext()).strip().lower()) if value is not None else None
    return None


def inside(base: str, href: str) -> str:
    """The name of the file that an address in a file means; NotTaken if it leads elsewhere."""
    path = unquote(href)
    if not path or "\\" in path or ":" in path or path.startswith("/"):
        raise NotTaken(Sentence("qti_leads_out", "{address} leads out of the package", address=href[:100]))
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(base), path))
    if joined.startswith(".."):
        raise NotTaken(Sentence("qti_leads_out", "{address} leads out of the package", address=href[:100]))
    return joined
