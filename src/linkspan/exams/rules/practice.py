"""Practice before an exam: what is checked of a device, what came of it, and sample questions that count for nothing.

Nothing here knows an attempt: practice is no attempt, draws no question of a bank and is in no statistic.
"""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from linkspan.exams.rules.attempts import Condition, Exam
from linkspan.exams.rules.items import Accepts, Area, FileKind, Item, ItemKind, Picture, Shape, Variable
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.reasons import Phrase, Sentence

#: How long practice runs, as an exam would; and how many are begun in an hour.
LASTS, MOST_BEGUN, BEGUN_WITHIN = timedelta(minutes=15), 30, timedelta(hours=1)
MOST_SAVES, MOST_PAGES_HERE, MOST_FILES_HERE = 2_000, 50, 20
#: What the check of the network saves.
PROBES = ("probe-1", "probe-2", "probe-3")
#: A network is slow above this, and a clock off.
SLOW_MS, CLOCK_OFF = 2_000, timedelta(minutes=1)
LONGEST_MS = 10 * 60 * 1000


class Check(StrEnum):
    """What is checked of a device."""

    BROWSER = "browser"
    NETWORK = "network"
    CAMERA = "camera"
    LOCKDOWN = "lockdown"
    CLOCK = "clock"


class Found(StrEnum):
    """What came of a check: in good order, usable with limits, or not usable."""

    GOOD = "good"
    LIMITED = "limited"
    BAD = "bad"


class CameraFound(StrEnum):
    """What a page saw of the camera."""

    WORKS = "works"
    REFUSED = "refused"
    NONE = "none"
    BUSY = "busy"
    NOT_TRIED = "not_tried"


#: What exam.js needs of a browser, in plain words.
FEATURES: Mapping[str, Phrase] = {
    "secure": Phrase("a secure connection"),
    "keys": Phrase("signing of answers"),
    "storage": Phrase("a store for answers on this device"),
    "locks": Phrase("telling windows apart"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One check with what was found, and what to do; nothing to do is an empty text."""

    check: Check
    found: Found
    words: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class DeviceCheck:
    """A device that was checked for an exam."""

    id: UUID
    at: datetime
    lines: tuple[Line, ...]

    def ready(self, needs: Iterable[Check]) -> bool:
        """Whether all that is needed was checked, and none of it is bad."""
        usable = {line.check for line in self.lines if line.found is not Found.BAD}
        return usable >= set(needs)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page told of its device. Without scripts, it tells nothing and `scripts` is false."""

    scripts: bool
    features: frozenset[str] = frozenset()
    times: tuple[int, ...] = ()
    clock: timedelta = timedelta()
    camera: CameraFound = CameraFound.NOT_TRIED


def needs_of(exam: Exam, without_camera: bool) -> tuple[Check, ...]:
    """What is checked for an exam; a camera only where a service watches and nobody let the learner do without."""
    camera = (Check.CAMERA,) if exam.watched is not None and not without_camera else ()
    lockdown = (Check.LOCKDOWN,) if exam.seb is not None else ()
    return (Check.BROWSER, Check.NETWORK, *camera, *lockdown, Check.CLOCK)


def read_seen(told: Mapping[str, object]) -> Seen:
    """Return what a page sent; Unusable if it has not the form of it."""
    unusable = Unusable("check_unusable", "This is no check of a device. Open its page again.")
    features, times, clock = told.get("features"), told.get("times"), told.get("clock_ms")
    if not isinstance(features, list) or not isinstance(times, list):
        raise unusable
    if not isinstance(clock, int) or not _is_number(clock, -(10**12), 10**12):
        raise unusable
    if len(features) > len(FEATURES) or not all(isinstance(one, str) and one in FEATURES for one in features):
        raise unusable
    if len(times) > len(PROBES) or not all(_is_number(one, 0, LONGEST_MS) for one in times):
        raise unusable
    try:
        camera = CameraFound(str(told.get("camera")))
    except ValueError:
        raise unusable from None
    return Seen(True, frozenset(features), tuple(times), timedelta(milliseconds=clock), camera)


def _is_number(given: object, least: int, most: int) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and least <= given <= most


def lines_of(needs: Iterable[Check], seen: Seen, saved: int, lockdown: str | None) -> tuple[Line, ...]:
    """Return what was found of each need: `saved` answers came, `lockdown` is why its browser is not the exam's."""
    made = {
        Check.BROWSER: _browser(seen),
        Check.NETWORK: _network(seen, saved),
        Check.CAMERA: _camera(seen),
        Check.LOCKDOWN: _lockdown(lockdown),
        Check.CLOCK: _clock(seen),
    }
    return tuple(made[check] for check in needs)


def _browser(seen: Seen) -> Line:
    missing = [words for name, words in FEATURES.items() if name not in seen.features]
    if not seen.scripts:
        words = Sentence("device_plain", "The page runs without scripts: answers are saved when you press the button.")
        todo = Sentence("save_often", "Press “Save my answers” often, or allow scripts for this site.")
        return Line(Check.BROWSER, Found.LIMITED, words, todo)
    if not missing:
        return Line(Check.BROWSER, Found.GOOD, Sentence("device_browser", "The browser has all that the exam needs."))
    words = Sentence("device_lacks", "The browser lacks: {what}.", what=_joined(missing))
    todo = Sentence(
        "newer_browser", "Answers are then saved by button only. Use the newest Firefox, Chrome, Edge or Safari."
    )
    return Line(Check.BROWSER, Found.LIMITED, words, todo)


def _joined(phrases: Sequence[Phrase]) -> Sentence:
    one, *more = phrases
    said = Sentence("feature", "{one}", one=one)
    return Sentence("features", "{one}, {more}", one=one, more=_joined(more)) if more else said


def _network(seen: Seen, saved: int) -> Line:
    if not seen.scripts:
        return Line(Check.NETWORK, Found.GOOD, Sentence("device_network_plain", "This page reached us."))
    if saved < len(PROBES):
        words = Sentence("device_unsaved", "Answers saved: {saved} of {all}.", saved=saved, all=len(PROBES))
        todo = Sentence("other_network", "Try another network, or ask whether yours blocks this site.")
        return Line(Check.NETWORK, Found.BAD, words, todo)
    middle = int(statistics.median(seen.times or (0,)))
    words = Sentence(
        "device_saved",
        "Answers saved: {saved} of {all}, each within {ms} milliseconds.",
        saved=saved,
        all=len(PROBES),
        ms=middle,
    )
    if middle <= SLOW_MS:
        return Line(Check.NETWORK, Found.GOOD, words)
    todo = Sentence("slow_network", "That is slow. The exam goes on while answers wait on this device to be sent.")
    return Line(Check.NETWORK, Found.LIMITED, words, todo)


CAMERA: Mapping[CameraFound, tuple[Found, Sentence, str]] = {
    CameraFound.WORKS: (Found.GOOD, Sentence("camera_works", "The camera works."), ""),
    CameraFound.REFUSED: (
        Found.BAD,
        Sentence("camera_refused", "The browser was not allowed to use the camera."),
        Sentence("allow_camera", "Allow the camera for this site beside its address, and check again."),
    ),
    CameraFound.NONE: (
        Found.BAD,
        Sentence("camera_none", "No camera was found."),
        Sentence("connect_camera", "Connect one and check again, or ask for a way without a camera."),
    ),
    CameraFound.BUSY: (
        Found.BAD,
        Sentence("camera_busy", "The camera gave no picture."),
        Sentence("free_camera", "Close other programs that use it, and check again."),
    ),
    CameraFound.NOT_TRIED: (
        Found.BAD,
        Sentence("camera_not_tried", "The camera was not tried."),
        Sentence("try_camera", "Allow scripts and the camera, or ask for a way without a camera."),
    ),
}


def _camera(seen: Seen) -> Line:
    found, words, todo = CAMERA[seen.camera]
    return Line(Check.CAMERA, found, words, todo)


def _lockdown(why: str | None) -> Line:
    if why is None:
        words = Sentence("device_locked", "This is Safe Exam Browser with the settings of the exam.")
        return Line(Check.LOCKDOWN, Found.GOOD, words)
    todo = Sentence("open_in_seb", "Open this page in Safe Exam Browser with the exam's file, and check there.")
    return Line(Check.LOCKDOWN, Found.BAD, why, todo)


def _clock(seen: Seen) -> Line:
    if not seen.scripts:
        words = Sentence("device_clock_unknown", "The clock of the device was not compared. Ours counts.")
        return Line(Check.CLOCK, Found.LIMITED, words)
    off = abs(seen.clock)
    if off <= CLOCK_OFF:
        return Line(Check.CLOCK, Found.GOOD, Sentence("device_clock", "The clock of the device agrees with ours."))
    minutes = min(int(off.total_seconds() / 60), 10**7)
    words = Sentence("device_clock_off", "The clock of the device is off by minutes: {n}. Ours counts.", n=minutes)
    return Line(Check.CLOCK, Found.LIMITED, words, Sentence("set_clock", "Set it, so that you come at the right time."))


def device_condition(ready: bool) -> Condition:
    """Whether a learner checked a device that can be used, where the exam asks for it."""
    return Condition(
        ready,
        Sentence("device_checked", "you checked your device for this exam"),
        Sentence("device_unchecked", "you have not checked your device for this exam yet"),
        Sentence("check_device", "Open “Check your device” on the exam's page. It takes a minute."),
    )


def check_begun(begun: int) -> None:
    """Refused if somebody began practice too often in a short time."""
    if begun >= MOST_BEGUN:
        raise Refused("practice_too_often", "You began practice very often. Wait an hour, then go on.")


def ends_at(began: datetime) -> datetime:
    """When the clock of practice ends."""
    return began + LASTS


@dataclass(frozen=True, slots=True)
class PracticeResult:
    """What came of practice: how many of the answers that need no person are right. It counts for nothing."""

    right: int
    judged: int
    answered: int
    asked: int


SIDE = 160
#: Two fields side by side, the left one dark, as SVG.
SAMPLE_PICTURE = (
    f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIDE}" height="{SIDE // 2}">'
    f'<rect width="{SIDE}" height="{SIDE // 2}" fill="#e0e0e0"/><rect width="{SIDE // 2}" height="{SIDE // 2}"/></svg>'
)


def _picture() -> Picture:
    words = Phrase("Two fields side by side: the left one is dark, the right one is light.")
    return Picture("sample", SIDE, SIDE // 2, words)


AREAS = (Area(Shape.RECT, (0, 0, SIDE // 2, SIDE // 2)), Area(Shape.RECT, (SIDE // 2, 0, SIDE, SIDE // 2)))
RUBRIC = ((Phrase("Something is written"),), ("1",))

#: One question of each kind, of ours: no bank holds them.
SAMPLES: Mapping[ItemKind, Item] = {
    one.kind: one
    for one in (
        Item(
            "sample-choice",
            "sample",
            ItemKind.CHOICE,
            Phrase("Which of these is a number?"),
            (Phrase("seven"), Phrase("blue"), Phrase("slowly")),
            ("0",),
        ),
        Item(
            "sample-checkbox",
            "sample",
            ItemKind.CHECKBOX,
            Phrase("Which of these are colours? Choose all."),
            (Phrase("blue"), Phrase("seven"), Phrase("green")),
            ("0", "2"),
            partial=True,
        ),
        Item(
            "sample-dropdown",
            "sample",
            ItemKind.DROPDOWN,
            Phrase("Which season is the coldest in the far north?"),
            (Phrase("summer"), Phrase("winter")),
            ("1",),
        ),
        Item("sample-numeric", "sample", ItemKind.NUMERIC, Phrase("How much is 6 times 7?"), (), ("42",), "0"),
        Item("sample-text", "sample", ItemKind.TEXT, Phrase("Type these three letters: abc"), (), ("abc",)),
        Item(
            "sample-order",
            "sample",
            ItemKind.ORDER,
            Phrase("Put these in order, the smallest first."),
            ("300", "20", "1"),
            ("2", "1", "0"),
            partial=True,
        ),
        Item(
            "sample-match",
            "sample",
            ItemKind.MATCH,
            Phrase("Which figure belongs to each sum?"),
            ("1 + 1", "2 + 2"),
            ("1", "0"),
            choices=("4", "2"),
            partial=True,
        ),
        Item(
            "sample-hotspot",
            "sample",
            ItemKind.HOTSPOT,
            Phrase("Choose the dark field of the picture."),
            (Phrase("left field"), Phrase("right field")),
            ("0",),
            picture=_picture(),
            areas=AREAS,
        ),
        Item(
            "sample-formula",
            "sample",
            ItemKind.FORMULA,
            Phrase("Write the sum of a and b."),
            (),
            ("a + b",),
            "1%",
            variables=(Variable("a", "1", "9"), Variable("b", "1", "9")),
        ),
        Item(
            "sample-essay",
            "sample",
            ItemKind.ESSAY,
            Phrase("Write a sentence or two about the weather. Nobody reads it."),
            *RUBRIC,
        ),
        Item(
            "sample-upload",
            "sample",
            ItemKind.UPLOAD,
            Phrase("Hand in any small file. It is not kept, only its name."),
            *RUBRIC,
            accepts=Accepts(tuple(FileKind), 2, 2),
        ),
    )
}


def sample_form(kinds: Iterable[ItemKind]) -> tuple[str, ...]:
    """The names of the sample questions for an exam that asks such kinds of questions, in their order."""
    asked = set(kinds)
    return tuple(item.id for kind, item in SAMPLES.items() if kind in asked)


def samples_of(form: Iterable[str]) -> tuple[Item, ...]:
    """The sample questions of those names."""
    by_name = {item.id: item for item in SAMPLES.values()}
    return tuple(by_name[name] for name in form if name in by_name)
