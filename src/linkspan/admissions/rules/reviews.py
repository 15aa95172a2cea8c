"""Reading applications: the rubric, blind files, the committee's score, and how readers compare."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from linkspan.admissions.rules.scores import HIGHEST_SCORE, Better, hundredths
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable

MOST_CRITERIA = 12
HIDDEN = "▇▇▇"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that readers judge; `weight` is a whole number from 1 to 100."""

    name: str
    title: str
    weight: int


@dataclass(frozen=True, slots=True)
class Rubric:
    """What readers judge: each criterion from 0 to `scale` points, by `quorum` readers at least."""

    criteria: tuple[Criterion, ...] = ()
    scale: int = 5
    quorum: int = 2

    def score(self, points: Mapping[str, int]) -> Decimal:
        """The weighted points as a number from 0 to 1000, to the hundredth, halves up.

        Unusable unless every criterion has whole points from 0 to the scale, and nothing else has.
        """
        if set(points) != {criterion.name for criterion in self.criteria}:
            raise Unusable("points_missing", "Give points for each criterion.")
        for value in points.values():
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= self.scale:
                raise Unusable("points_out_of_range", "Points are whole numbers from 0 to {scale}.", scale=self.scale)
        most = self.scale * sum(criterion.weight for criterion in self.criteria)
        got = sum(criterion.weight * points[criterion.name] for criterion in self.criteria)
        return hundredths(HIGHEST_SCORE * got, most)


class ReviewState(StrEnum):
    """Where a reading stands. `conflict`: the reader knows the applicant and does not read."""

    ASSIGNED = "assigned"
    CONFLICT = "conflict"
    SUBMITTED = "submitted"


@dataclass(frozen=True, slots=True)
class Review:
    """One reading as the admissions office sees it; notes stand here and never in the applicant's record."""

    id: UUID
    application_id: UUID
    reader_id: UUID
    reader: str
    state: ReviewState
    points: Mapping[str, int]
    score: Decimal | None
    note: str
    conflict: str
    submitted_at: datetime | None


@dataclass(frozen=True, slots=True)
class BlindFile:
    """All that a reader sees: no name, no address, nothing of identity, of accommodations, or of other readers."""

    review_id: UUID
    candidate: str
    program: str
    term: str
    statement: str
    clauses: tuple[tuple[str, str, str], ...]
    rubric: Rubric
    state: ReviewState
    points: Mapping[str, int]
    note: str
    open: bool


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a reader compares: the mean given, and the mean of the others for the same applications (None: no other)."""

    reader: str
    count: int
    lowest: Decimal
    mean: Decimal
    highest: Decimal
    others: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        """Points above (positive) or below the others for the same applications."""
        return None if self.others is None else self.mean - self.others


def read_rubric(raw: Mapping[str, Any]) -> Rubric:
    """A stored rubric; an empty one if none was set."""
    rows = tuple(Criterion(row["name"], row["title"], row["weight"]) for row in raw.get("criteria") or ())
    return Rubric(rows, raw.get("scale", 5), raw.get("quorum", 2))


def make_rubric(rows: Sequence[tuple[str, int]], scale: int, quorum: int) -> Rubric:
    """A rubric from (title, weight); Unusable, saying what is wrong."""
    if not 1 <= len(rows) <= MOST_CRITERIA or not 1 <= scale <= 10 or not 1 <= quorum <= 9:
        raise Unusable("rubric_unusable", "A rubric has 1 to 12 criteria, a scale to 10 and a quorum to 9.")
    criteria = []
    for number, (title, weight) in enumerate(rows, 1):
        if not title.strip() or len(title) > 200 or isinstance(weight, bool) or not 1 <= weight <= 100:
            raise Unusable(
                "rubric_unusable", "Criterion {number} needs a title and a weight from 1 to 100.", number=number
            )
        criteria.append(Criterion(f"c{number}", title.strip(), weight))
    return Rubric(tuple(criteria), scale, quorum)


def check_direction(better: Better) -> None:
    """Refused where lower scores are better: points of a rubric are better the more they are."""
    if better is Better.LOWER:
        raise Refused("rubric_other_way", "Lower scores are better in this round; more points of a rubric are better.")


def committee_score(scores: Sequence[Decimal], quorum: int) -> Decimal | None:
    """The mean of the readers' scores, to the hundredth, halves up; None before the quorum."""
    return hundredths(sum(scores, Decimal(0)), len(scores)) if len(scores) >= max(quorum, 1) else None


def candidate_number(seed: int, application_id: UUID) -> str:
    """The name under which a reader knows an application."""
    return hashlib.sha256(f"{seed}:{application_id}".encode()).hexdigest()[:8].upper()


def hide(text: str, names: Iterable[str]) -> str:
    """The text without the applicant's names and without e-mail addresses."""
    text = re.sub(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", HIDDEN, text)
    words = {word for name in names for word in re.split(r"[\s,.]+", name) if len(word) > 2}
    if not words:
        return text
    either = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.sub(rf"(?<!\w)(?:{either})(?!\w)", HIDDEN, text, flags=re.IGNORECASE)


def spread(
    applications: Iterable[tuple[UUID, UUID]],
    readers: Sequence[UUID],
    held: Mapping[UUID, Mapping[UUID, bool]],
    each: int,
) -> tuple[tuple[UUID, UUID], ...]:
    """Which reader reads what, as (application, reader): `each` readers an application, the load as even as it goes.

    `applications` are (application, applicant); `held` says of the readers an application has whether they count, or
    declared a conflict. Nobody reads their own. Refused if there are too few readers.
    """
    load = {reader: sum(reader in had for had in held.values()) for reader in readers}
    made = []
    for application, applicant in applications:
        had = held.get(application, {})
        free = sorted((r for r in readers if r not in had and r != applicant), key=lambda r: (load[r], str(r)))
        wanted = each - sum(had.values())
        if wanted > len(free):
            raise Refused(
                "readers_missing", "{each} readers for each application need more people with that role.", each=each
            )
        for reader in free[: max(wanted, 0)]:
            load[reader] += 1
            made.append((application, reader))
    return tuple(made)


def calibrate(reviews: Iterable[Review]) -> tuple[Calibration, ...]:
    """Each reader against the others on the same applications, by name."""
    done = [review for review in reviews if review.score is not None and review.state == ReviewState.SUBMITTED]
    by_application: dict[UUID, list[Review]] = {}
    by_reader: dict[UUID, list[Review]] = {}
    for review in done:
        by_application.setdefault(review.application_id, []).append(review)
        by_reader.setdefault(review.reader_id, []).append(review)
    found = []
    for reader, mine in by_reader.items():
        given = [review.score or Decimal(0) for review in mine]
        others = [
            other.score or Decimal(0)
            for r in mine
            for other in by_application[r.application_id]
            if other.reader_id != reader
        ]
        compared = committee_score(others, 1) if others else None
        mean = committee_score(given, 1)
        assert mean is not None
        found.append(Calibration(mine[0].reader, len(given), min(given), mean, max(given), compared))
    return tuple(sorted(found, key=lambda row: row.reader))


def may_read(actor: Actor, reader_id: UUID, institution: str) -> bool:
    """The reader who was asked, while they hold that role at the institution."""
    return actor.is_person(reader_id) and actor.has_role("reader", institution)


def rubric_shown(rubric: Rubric) -> dict[str, str]:
    """A rubric as the form for it shows it."""
    criteria = "\n".join(f"{criterion.title}; {criterion.weight}" for criterion in rubric.criteria)
    return {"criteria": criteria, "scale": str(rubric.scale), "quorum": str(rubric.quorum)}
