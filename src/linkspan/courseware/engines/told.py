"""What goes into the XBlock runtime and what it tells, without the runtime, which takes long to load."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

#: Kinds of blocks that are shown and run.
TAUGHT = ("problem", "html", "video")
#: What the column of a score holds.
MOST_POINTS = 10**8


#: Kinds of blocks that packages bring, and which: what to install where one is missing.
PACKAGES = {
    "drag-and-drop-v2": "xblock-drag-and-drop-v2",
    "poll": "xblock-poll",
    "survey": "xblock-poll",
    "done": "done-xblock",
}


@dataclass(frozen=True, slots=True)
class PartView:
    """A block of a package as it shows itself: HTML, (kind, text or address, type) of what it loads, how it begins."""

    html: str
    resources: tuple[tuple[str, str, str], ...]
    begin: str
    told: Any


@dataclass(frozen=True, slots=True)
class Answered:
    """What a handler of a block answers."""

    status: int
    type: str
    body: str


@dataclass(frozen=True, slots=True)
class Published:
    """A grade event of a block: raw points. ValueError unless they lie between none and all, as a script's may not."""

    usage: str
    earned: float
    possible: float
    only_if_higher: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.earned <= self.possible < MOST_POINTS:
            raise ValueError(f"{self.usage} gives {self.earned} of {self.possible} points")


@dataclass(frozen=True, slots=True)
class Learner:
    """Who looks at a block: `user_id` seeds what differs by learner, staff see what learners do not."""

    anonymous_id: str
    user_id: int
    is_staff: bool = False

    @classmethod
    def of(cls, person: str, *, is_staff: bool = False) -> "Learner":
        """The learner of a person's id; the number is made of it, so that it is always the same."""
        return cls(person, int.from_bytes(person.encode()[-6:]) % (2**31), is_staff)


class Result(StrEnum):
    """What came of an act on a problem."""

    SHOWN = "shown"
    CORRECT = "correct"
    INCORRECT = "incorrect"
    SUBMITTED = "submitted"
    MESSAGE = "message"
    REFUSED = "refused"
    SAVED = "saved"
    RESET = "reset"
    ANSWERS = "answers"
    HINT = "hint"

    @property
    def graded(self) -> bool:
        """Whether an attempt was used."""
        return self in (Result.CORRECT, Result.INCORRECT, Result.SUBMITTED)


@dataclass(frozen=True, slots=True)
class Hints:
    """The hints up to the one asked for, as HTML; `more` says whether a next one exists."""

    html: str
    index: int
    more: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """What stands at the problem after marking: its kind (correct, incorrect, ...) and its words."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """What is stored of one input after marking; it is not for the learner where correctness is withheld."""

    correctness: str
    points: float | None
    feedback: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A problem on the page. `earned` None: withheld. Buttons are those that the learner may use now.

    `inputs` maps each input (`2_1`) to the status that stands beside it; `closes` is the due date with its grace.
    """

    html: str
    title: str
    attempts: int
    max_attempts: int | None
    done: bool
    earned: Decimal | None
    possible: Decimal
    submit: bool
    save: bool
    reset: bool
    show_answer: bool
    hints: int
    saved_note: bool
    closed: bool
    closes: datetime | None
    inputs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act did, and the problem after it."""

    result: Result
    message: str = ""
    notice: Notice | None = None
    answers: Mapping[str, Any] | None = None
    hints: Hints | None = None
    published: Published | None = None
