"""Videos of a course: where they come from, what is said in them, and where a learner stopped.

Source: the fields of Open edX's video block, and how its player reads them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import unquote, urlsplit

from linkspan.kernel.errors import Refused

#: What the page offers; a browser plays these without a change of pitch.
SPEEDS = (0.75, 1.0, 1.25, 1.5, 2.0)
LONGEST = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that are said from `begin` to `end`, in seconds of the video."""

    begin: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Video:
    """A video as its author describes it. `transcripts` maps a language to a file of the course.

    `sources` are addresses in the order in which they are tried; `youtube` is an id there, or "". `begin` and `end`
    are seconds between which it is played. `with_download` and `with_transcript`: what the author lets learners keep.
    """

    title: str
    sources: tuple[str, ...] = ()
    youtube: str = ""
    begin: float = 0.0
    end: float | None = None
    transcripts: Mapping[str, str] = field(default_factory=dict)
    captions: bool = True
    handout: str = ""
    track: str = ""
    with_download: bool = False
    with_transcript: bool = False

    @property
    def download(self) -> str:
        """The source that may be kept: the first that is a file and no stream; "" if none may."""
        return next((one for one in self.sources if not is_stream(one)), "") if self.with_download else ""

    def has(self, cue: Cue) -> bool:
        """Whether words are said in the part that is played."""
        return cue.end >= self.begin and (self.end is None or cue.begin <= self.end)

    def language(self, wanted: str = "") -> str:
        """The language that is shown: the wanted one, else English, else the first by its code; "" if none is there."""
        return next((one for one in (wanted, "en", *sorted(self.transcripts)) if one in self.transcripts), "")


@dataclass(frozen=True, slots=True)
class Stopped:
    """Where a learner stopped, in seconds; at which speed, and with which language."""

    position: float = 0.0
    speed: float = 1.0
    language: str = ""

    @classmethod
    def of(cls, kept: Mapping[str, object]) -> "Stopped":
        """Out of what a block remembers; from the beginning where it remembers nothing sensible."""
        position, speed, language = (
            kept.get(name) for name in ("saved_video_position", "speed", "transcript_language")
        )
        return cls(
            float(position) if isinstance(position, int | float) and 0 <= position <= LONGEST.total_seconds() else 0.0,
            speed if isinstance(speed, float) and speed in SPEEDS else 1.0,
            language if isinstance(language, str) else "",
        )

    @property
    def kept(self) -> dict[str, object]:
        """As a block remembers it, by the names of Open edX's fields."""
        return {
            "saved_video_position": self.position,
            "speed": self.speed,
            "transcript_language": self.language,
        }


def stopped_at(video: Video, position: str, speed: str, language: str) -> Stopped:
    """Return where a learner says that she stopped; Refused unless the video has such a place, speed and language."""
    try:
        second, pace = float(position), float(speed)
    except ValueError:
        second, pace = -1.0, 0.0
    told = not language or language in video.transcripts
    if not (0 <= second <= LONGEST.total_seconds() and pace in SPEEDS and told):
        raise Refused("video_place", "This video has no such place, speed or language.")
    return Stopped(round(second, 1), pace, language)


def is_stream(address: str) -> bool:
    """Return whether an address is a playlist of pieces and no file."""
    return urlsplit(address).path.endswith(".m3u8")


def file_named(address: str) -> str:
    """Return the name of the course's own file that an author's address means; "" if it means none.

    Studio writes `/static/NAME`, `/asset-v1:COURSE+type@asset+block@NAME` (also with its host), `/c4x/.../asset/NAME`.
    """
    path = unquote(address.partition("#")[0].partition("?")[0])
    for mark in ("+type@asset+block@", "+type@asset+block/", "/asset/"):
        if mark in path and ("asset-v1:" in path or path.startswith("/c4x/")):
            return path.rpartition(mark)[2]
    if urlsplit(address).scheme or address.startswith("//"):
        return ""
    return path.removeprefix("/static/").lstrip("/")


def vtt(cues: Sequence[Cue]) -> str:
    """Return words with their times as a file of WebVTT."""
    return "\n".join(["WEBVTT", "", *(f"{_time(cue.begin)} --> {_time(cue.end)}\n{_line(cue.text)}\n" for cue in cues)])


def _time(second: float) -> str:
    thousandths = round(second * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"


def _line(text: str) -> str:
    """Words that neither begin a tag nor a time, nor end the cue."""
    told = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "\n".join(line for line in told.splitlines() if line.strip())
