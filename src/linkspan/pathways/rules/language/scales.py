"""Scales of grades: their best, their worst, the lowest that passes, and so which way is better."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale by name; `worst` and `best` are None where a scale has no ends, and then more is better."""

    name: str
    best: Decimal | None = None
    worst: Decimal | None = None
    lowest_pass: Decimal | None = None

    @property
    def sign(self) -> int:
        """1 where higher is better, -1 where lower is."""
        return -1 if self.best is not None and self.worst is not None and self.best < self.worst else 1

    def holds(self, value: Decimal) -> bool:
        """Whether the value lies on the scale."""
        if self.best is None or self.worst is None:
            return True
        return min(self.best, self.worst) <= value <= max(self.best, self.worst)


def _scale(name: str, best: str, worst: str, lowest_pass: str) -> Scale:
    return Scale(name, Decimal(best), Decimal(worst), Decimal(lowest_pass))


#: Scales that are known without being stated. `points` are points of which more are better, without ends.
KNOWN: Mapping[str, Scale] = {
    scale.name: scale
    for scale in (
        Scale("letter"),
        Scale("percent"),
        Scale("points"),
        _scale("german", "1", "5", "4"),
        _scale("austrian", "1", "5", "4"),
        _scale("swiss", "6", "1", "4"),
        _scale("french", "20", "0", "10"),
        _scale("italian", "30", "0", "18"),
        _scale("dutch", "10", "1", "5.5"),
        _scale("spanish", "10", "0", "5"),
    )
}
