"""Conditional blocks: what a learner has to do first. Source: the conditional block of Open edX."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote

State = Mapping[str, Mapping[str, Any]]

#: What can be asked of a source, in the order in which the last that is written counts.
ASKED = ("poll_answer", "submitted", "attempted", "correct", "voted")
#: What the blocks that run here can answer. Polls do not run, so what depends on one stays closed, as at Open edX.
ANSWERED = ("submitted", "attempted", "correct")
#: Where the author's message names what has to be done.
LINK = "{link}"


@dataclass(frozen=True, slots=True)
class Condition:
    """What a conditional block asks of its sources (block ids), as a text to compare, and what it says until then."""

    sources: tuple[str, ...]
    asks: str = "correct"
    wanted: str = "True"
    message: str = ""

    def __str__(self) -> str:
        """As a comparison of versions tells it."""
        return f"{self.asks} = {self.wanted}: {', '.join(self.sources)}"

    @property
    def can_be_met(self) -> bool:
        """Whether any learner can ever open it here."""
        return bool(
            self.sources
            and self.asks in ANSWERED
            and self.wanted in ("True", "False")
            and all(source.startswith("problem/") for source in self.sources)
        )


def awaited(condition: Condition, state: State) -> tuple[str, ...]:
    """Return the sources that do not answer what is wanted yet."""
    if not condition.can_be_met:
        return condition.sources
    return tuple(source for source in condition.sources if _told(condition.asks, state, source) != condition.wanted)


def is_open(condition: Condition, state: State) -> bool:
    """Return whether every source answers what is wanted; a condition without sources is never met."""
    return condition.can_be_met and not awaited(condition, state)


def link_to(name: str, title: str) -> str:
    """A link that leads to a part of the same course, wherever it stands."""
    return f'<a href="/jump_to_id/{quote(name, safe="")}">{escape(title or name)}</a>'


def _told(asks: str, state: State, source: str) -> str:
    """What a problem says of itself, as the platform writes it."""
    held = state.get(source, {})
    if asks == "attempted":
        attempts = held.get("attempts")
        return str(isinstance(attempts, int) and attempts > 0)
    if asks == "submitted":
        return str(bool(held.get("done")))
    score = held.get("score")
    if not isinstance(score, Mapping) or score.get("raw_earned") is None:
        return "False"
    return str(score.get("raw_earned") == score.get("raw_possible"))
