"""The credential attached to a PDF. The page's own words are not evidence: only what the credential says is."""

import io
from collections.abc import Iterator
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.embed import EmbeddedFileObject, FileSpec, embed_file
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from linkspan.vc.errors import Unreadable
from linkspan.vc.said import Said
from linkspan.vc.strict_json import LARGEST

ENDINGS = (".json", ".jsonld", ".vc", ".jwt", ".txt")
MOST_FILES = 50
DEEPEST = 10


def embed_credential(pdf: bytes, credential: str, name: str = "credential.json") -> bytes:
    """The PDF with the credential attached, in an update that leaves what was there as it is."""
    writer: Any = IncrementalPdfFileWriter(io.BytesIO(pdf))
    kind = "application/vc" if credential.lstrip().startswith("{") else "application/vc+jwt"
    held = EmbeddedFileObject.from_file_data(writer, data=credential.encode(), mime_type=kind)
    embed_file(writer, FileSpec(file_spec_string=name, file_name=name, embedded_data=held))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def embedded_credential(pdf: bytes) -> bytes:
    """The one credential attached to a PDF. Raises Unreadable: broken, encrypted, none, or two that differ."""
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=False)
        if reader.encrypted:
            raise Unreadable("pdf_encrypted", "The PDF is encrypted. Give the original file.")
        found = {content for name, content in _attached(reader) if _may_hold(name, content)}
    except Unreadable:
        raise
    except Exception as error:  # a hostile file may raise anything in a reader of PDF
        raise Unreadable("pdf_broken", Said("The PDF cannot be read: {error}", error=str(error)[:200])) from error
    if not found:
        raise Unreadable("not_baked", "No credential is attached to the PDF. Ask the holder for the original file.")
    if len(found) > 1:
        raise Unreadable("baked_twice", "Several different credentials are attached to the PDF.")
    return found.pop()


def _attached(reader: Any) -> Iterator[tuple[str, bytes]]:
    named = _at(_at(reader.root, "/Names"), "/EmbeddedFiles")
    specs = [*_tree(named, 0), *(_at(reader.root, "/AF") or ())]
    if len(specs) > MOST_FILES:
        raise Unreadable(
            "pdf_broken", Said("More than {most_files} files are attached to the PDF.", most_files=MOST_FILES)
        )
    for spec in map(_resolved, specs):
        stream = _at(_at(spec, "/EF"), "/F")
        if stream is not None:
            yield str(_at(spec, "/UF") or _at(spec, "/F") or ""), bytes(stream.data)


def _tree(node: Any, depth: int) -> Iterator[Any]:
    if depth > DEEPEST:
        raise Unreadable("pdf_broken", "The list of attached files is nested too deep.")
    yield from list(_at(node, "/Names") or ())[1::2]
    for child in _at(node, "/Kids") or ():
        yield from _tree(_resolved(child), depth + 1)


def _at(holder: Any, name: str) -> Any:
    """A member of a dictionary, wherever in the file it stands; None if there is none."""
    inside = isinstance(holder, generic.DictionaryObject) and name in holder
    return _resolved(holder.raw_get(name)) if inside else None


def _resolved(value: Any) -> Any:
    holder: Any = value
    return holder.get_object() if isinstance(value, generic.IndirectObject) else value


def _may_hold(name: str, content: bytes) -> bool:
    return name.lower().endswith(ENDINGS) and len(content) <= LARGEST and content.lstrip().startswith((b"{", b"eyJ"))
