"""`linkspan journey`: the whole story, headless."""

from typing import Any


def register(verbs: Any) -> None:
    """Add the verb."""
