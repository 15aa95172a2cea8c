"""How a version is conducted beside its terms: what learners do before they sit it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Conduct:
    """With `device_check`, learners check their device before they book a time or check in."""

    device_check: bool = False

    @classmethod
    def kept(cls, entry: Mapping[str, object]) -> Self:
        """Return it as it is kept; what is not kept is as it always was."""
        return cls(bool(entry.get("device_check", False)))

    def as_kept(self) -> dict[str, bool]:
        """Return it as it is kept."""
        return {"device_check": self.device_check}


#: A version of which nothing is said.
AS_EVER = Conduct()
