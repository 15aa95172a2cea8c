"""How a version is conducted beside its terms: what comes first, how soon it is reviewed, what a rejection does."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Self

from linkspan.catalog.rules import Invalid
from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.messages.rules import due_after

MOST_REVIEW_DAYS = 60


@dataclass(frozen=True, slots=True)
class Conduct:
    """With `device_check`, learners check their device before they book a time or check in.

    Reviews are due `review_days` working days after the hand-in, or on the day of release. With `rejection_in_grade`,
    a rejected attempt goes on record as a result of 0.
    """

    device_check: bool = False
    rejection_in_grade: bool = False
    review_days: int | None = None

    @classmethod
    def kept(cls, entry: Mapping[str, object]) -> Self:
        """Return it as it is kept; what is not kept is as it always was."""
        days = entry.get("review_days")
        check, graded = (bool(entry.get(name, False)) for name in ("device_check", "rejection_in_grade"))
        return cls(check, graded, days if isinstance(days, int) else None)

    def as_kept(self) -> dict[str, bool | int | None]:
        """Return it as it is kept."""
        return asdict(self)

    def review_due(self, since: datetime, release: datetime) -> datetime:
        """When a review that waits since then is due: after its days, and on the day of release at the latest."""
        return release if self.review_days is None else min(due_after(since, self.review_days), release)


#: A version of which nothing is said.
AS_EVER = Conduct()


def check_conduct(conduct: Conduct) -> Conduct:
    """The conduct; Invalid if its days are out of range."""
    if conduct.review_days is not None and not 1 <= conduct.review_days <= MOST_REVIEW_DAYS:
        words = Phrase("Enter 1 to {most}, or leave it empty for the day of release alone.")
        raise Invalid({"review_days": Sentence("out_of_range", words, most=MOST_REVIEW_DAYS)})
    return conduct
