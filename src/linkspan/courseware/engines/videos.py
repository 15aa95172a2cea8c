"""Videos out of a course: as the platform's own block reads them, with what is said in them by time."""

import html
import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pysrt
from django.utils.html import strip_tags
from django.utils.translation import get_language_info

from linkspan.courseware.rules import Block, Cue, Stopped, Video, file_named, is_stream

if TYPE_CHECKING:
    from linkspan.courseware.engines.runtime import CourseRuntime

LARGEST_TRANSCRIPT = 2_000_000
MOST_CUES = 20_000
#: The demonstration that the platform's block plays where its author names nothing.
SHOWN_BY_DEFAULT = "3_yD_cEKoCk"


@dataclass(frozen=True, slots=True)
class Source:
    """An address that a browser may play, with its kind; "" where the name does not tell it."""

    address: str
    kind: str


@dataclass(frozen=True, slots=True)
class ShownVideo:
    """A video on a learner's page: addresses that lead to the course's files, words by time, where she stopped."""

    video: Video
    sources: tuple[Source, ...]
    cues: tuple[Cue, ...]
    language: str
    handout: str
    download: str
    stopped: Stopped

    @property
    def languages(self) -> list[tuple[str, str]]:
        """The languages in which there is a transcript, each by its own name."""
        return sorted(((code, _name_of(code)) for code in self.video.transcripts), key=lambda one: one[1])


def video_of(runtime: "CourseRuntime", block: Block) -> Video:
    """Return a video of a course as its author describes it."""
    found = runtime.load_block(block)
    sources = tuple(one.strip() for one in found.html5_sources if isinstance(one, str) and one.strip())
    youtube = found.youtube_id_1_0 or ""
    transcripts = {str(code): str(name) for code, name in (found.transcripts or {}).items() if code and name}
    spoken = {"en": _older(runtime, found.sub)} if found.sub and "en" not in transcripts else {}
    return Video(
        title=block.title,
        sources=sources,
        youtube="" if youtube == SHOWN_BY_DEFAULT else youtube,
        begin=_seconds(found.start_time) or 0.0,
        end=_seconds(found.end_time) or None,
        transcripts=transcripts | {code: name for code, name in spoken.items() if name},
        captions=bool(found.show_captions),
        handout=found.handout or "",
        track=found.track or "",
        with_download=bool(found.download_video),
        with_transcript=bool(found.download_track),
    )


def shown_video(runtime: "CourseRuntime", folder: Path, block: Block, state: Mapping[str, Any]) -> ShownVideo:
    """Return a video as a learner's page shows it; a source that nobody can reach from here is left out."""
    video = video_of(runtime, block)
    stopped = Stopped.of(state)
    language = video.language(stopped.language)
    addresses = (_address(runtime, folder, one) for one in sorted(video.sources, key=is_stream))
    return ShownVideo(
        video,
        tuple(Source(one, _kind(one)) for one in addresses if one),
        tuple(cue for cue in cues_of(folder, video, language) if video.has(cue)),
        language,
        _address(runtime, folder, video.handout),
        _address(runtime, folder, video.download),
        stopped,
    )


def cues_of(folder: Path, video: Video, language: str) -> tuple[Cue, ...]:
    """Return what is said in a video, in one of its languages; nothing where the file is not there or is none."""
    place = transcript_file(folder, video.transcripts.get(language, ""))
    return _cues(place) if place is not None else ()


def transcript_file(folder: Path, name: str) -> Path | None:
    """Return the file of a transcript inside of a course, or None: also older ones, in a folder of their own."""
    named = file_named(name)
    root = (folder / "static").resolve()
    for place in (root / named, root / "subs" / named):
        if named and root in place.resolve().parents and place.is_file() and place.stat().st_size <= LARGEST_TRANSCRIPT:
            return place
    return None


@lru_cache(maxsize=256)
def _cues(place: Path) -> tuple[Cue, ...]:
    """What a file says by time; a version's files never change. What is no cue is left out."""
    text = place.read_bytes().decode("utf-8-sig", "replace")
    found = _of_sjson(text) if place.suffix == ".sjson" else _of_srt(text)
    told = (Cue(cue.begin, max(cue.begin, cue.end), _plain(cue.text)) for cue in found[:MOST_CUES])
    return tuple(sorted((cue for cue in told if cue.text and cue.begin >= 0), key=lambda cue: cue.begin))


def _of_srt(text: str) -> list[Cue]:
    items = pysrt.from_string(text, error_handling=pysrt.ERROR_PASS)
    return [Cue(item.start.ordinal / 1000, item.end.ordinal / 1000, item.text) for item in items]


def _of_sjson(text: str) -> list[Cue]:
    """The older form: three lists of equal length, times in thousandths."""
    try:
        told = json.loads(text)
        rows = list(zip(told["start"], told["end"], told["text"], strict=False))
        return [Cue(float(begin) / 1000, float(end) / 1000, str(said)) for begin, end, said in rows]
    except (KeyError, TypeError, ValueError, RecursionError):
        return []


def _plain(text: str) -> str:
    return " ".join(html.unescape(strip_tags(text)).split())


def _older(runtime: "CourseRuntime", sub: str) -> str:
    """The file of a transcript that is named by its video."""
    named = file_named(sub) or sub
    folder = Path(runtime.resources_fs.getsyspath("/"))
    names = (f"subs_{named}.srt.sjson", f"{named}.srt", f"{named}.sjson")
    return next((name for name in names if transcript_file(folder, name)), "")


def _address(runtime: "CourseRuntime", folder: Path, address: str) -> str:
    """Where a browser finds what an author named: the course's own file, else a site by https; "" if nowhere."""
    named = file_named(address)
    root = (folder / "static").resolve()
    if named and root in (root / named).resolve().parents and (root / named).is_file():
        return f"/courseware/{runtime.course_key}/static/{quote(named)}"
    return address if urlsplit(address).scheme == "https" else ""


def _kind(address: str) -> str:
    if is_stream(address):
        return "application/vnd.apple.mpegurl"
    found = mimetypes.guess_type(urlsplit(address).path)[0] or ""
    return found if found.startswith(("video/", "audio/")) else ""


def _name_of(code: str) -> str:
    """A language's own name; its code where nobody knows it."""
    try:
        return str(get_language_info(code)["name_local"])
    except KeyError:
        return code


def _seconds(value: object) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else 0.0
