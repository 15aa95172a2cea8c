"""Files that are handed in, which people mark by a rubric: what a question takes, and what a file is by its content."""

import io
import unicodedata
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath

from linkspan.exams.rules.items import Accepts, FileKind, Item
from linkspan.exams.rules.kinds import essay
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.reasons import Sentence

#: How many files one answer may hold, and of how many megabytes.
MOST_FILES, MOST_MEGABYTES = 10, 10
#: How many files, and how many bytes, one attempt may hand in: those that were replaced stay, so they count too.
MOST_HANDED_IN, MOST_BYTES = 60, 200 * 2**20
LONGEST_FILE_NAME = 120
MEDIA: Mapping[FileKind, str] = {
    FileKind.PDF: "application/pdf",
    FileKind.PNG: "image/png",
    FileKind.JPEG: "image/jpeg",
    FileKind.TEXT: "text/plain; charset=utf-8",
    FileKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileKind.PPTX: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
ENDINGS: Mapping[FileKind, str] = {kind: "txt" if kind is FileKind.TEXT else kind.value for kind in FileKind} | {
    FileKind.JPEG: "jpg"
}
#: The part that makes an archive a document of each kind.
PARTS = {"word/document.xml": FileKind.DOCX, "xl/workbook.xml": FileKind.XLSX, "ppt/presentation.xml": FileKind.PPTX}


def problem(item: Item) -> str:
    """Why nobody could answer or mark it; nothing if they can."""
    accepts = item.accepts
    if accepts is None or not accepts.kinds or len(set(accepts.kinds)) < len(accepts.kinds):
        return Sentence("file_kinds", "say which kinds of files it takes, each once")
    if not 1 <= accepts.most <= MOST_FILES or not 1 <= accepts.megabytes <= MOST_MEGABYTES:
        return Sentence(
            "file_bounds",
            "it takes 1 to {files} files of 1 to {megabytes} MB",
            files=MOST_FILES,
            megabytes=MOST_MEGABYTES,
        )
    return essay.problem(item)


def kind_of(content: bytes, media_type: str) -> FileKind | None:
    """What the content is, whatever its name says; None for what no question takes. `media_type`: as its bytes tell."""
    for kind in (FileKind.PDF, FileKind.PNG, FileKind.JPEG):
        if media_type == MEDIA[kind]:
            return kind
    if content.startswith(b"PK"):
        return _office(content)
    return FileKind.TEXT if _is_text(content) else None


def _office(content: bytes) -> FileKind | None:
    """A document of an office suite, by the list of its parts; none with macros."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return None
    if "[Content_Types].xml" not in names or any(name.lower().endswith("vbaproject.bin") for name in names):
        return None
    found = [kind for part, kind in PARTS.items() if part in names]
    return found[0] if len(found) == 1 else None


def _is_text(content: bytes) -> bool:
    """UTF-8 without control characters."""
    try:
        told = content.decode()
    except UnicodeDecodeError:
        return False
    return not any(sign < " " and sign not in "\t\n\r\f" for sign in told)


def check_file(accepts: Accepts, content: bytes, media_type: str) -> FileKind:
    """What the file is; Unusable if it is empty, too large, or of a kind that the question does not take."""
    if not content:
        raise Unusable("document_empty", "The file is empty. Choose a file with content.")
    if len(content) > accepts.megabytes * 2**20:
        most = accepts.megabytes
        raise Unusable("document_too_large", "The file is larger than {most} MB. Send a smaller one.", most=most)
    kind = kind_of(content, media_type)
    if kind is None or kind not in accepts.kinds:
        taken = ", ".join(kind.upper() for kind in accepts.kinds)
        raise Unusable(
            "file_kind", "By its content this file is none that the question takes. It takes {kinds}.", kinds=taken
        )
    return kind


def too_many(most: int) -> Unusable:
    """That more files are ticked than an answer may name."""
    return Unusable("files_too_many", "This question takes at most {most} files. Untick the others.", most=most)


def check_room(files: int, size: int, more: int) -> None:
    """Refused if an attempt with so many files and bytes cannot take a file of `more` bytes."""
    if files >= MOST_HANDED_IN or size + more > MOST_BYTES:
        raise Refused(
            "files_full",
            "This attempt holds {files} files already, at most {most} and {megabytes} MB in all. All of them stay.",
            files=files,
            most=MOST_HANDED_IN,
            megabytes=MOST_BYTES >> 20,
        )


def file_name(given: str, kind: FileKind) -> str:
    """A name that can be shown and stored, with the ending of what the file is; whatever was given."""
    last = PurePosixPath(given.replace("\\", "/")).name
    plain = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C" and sign not in '<>:"/|?*')
    stem = plain.rpartition(".")[0] or plain
    stem = " ".join(stem.split()).strip(". ")[: LONGEST_FILE_NAME - 6] or "file"
    return f"{stem}.{ENDINGS[kind]}"
