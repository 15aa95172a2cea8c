"""A property test tries a fifth of its examples in `make test`, and every one of them in `make drill`."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings

EVERY = bool(os.environ.get("LINKSPAN_DRILL"))


def tries(every: int) -> int:
    """How many examples this run tries of that many."""
    return every if EVERY else max(10, every // 5)


def thorough(every: int, **how: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Have a property test try that many examples in the drill."""

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        return pytest.mark.thorough(settings(max_examples=tries(every), deadline=None, **how)(test))

    return decorate
