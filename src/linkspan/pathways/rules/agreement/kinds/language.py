"""A test of the language of instruction, or what stands in its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from linkspan.kernel.reasons import Phrase
from linkspan.pathways.rules.agreement.kinds.clause import (
    Clause,
    Setting,
    among,
    at_least,
    either,
    equal,
    every,
    young,
)
from linkspan.pathways.rules.language.node import Node
from linkspan.pathways.rules.language.shape import Amount, ListOf, Span, Text
from linkspan.pathways.rules.language.typed import Part, _, may, needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Score(Part):
    """The lowest score in a part of a test."""

    name: str = needed(Text(), _("Part"))
    score: Any = needed(Amount(), _("Lowest score"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Test(Part):
    """A test with its lowest score, and those of its parts."""

    name: str = needed(Text(), _("Test"))
    score: Any = needed(Amount(), _("Lowest score"))
    parts: tuple[Score, ...] | None = may(ListOf(Score.shape()), _("Parts"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Language(Clause):
    """Passed one of the tests, or is exempt."""

    tests: tuple[Test, ...] = needed(
        ListOf(Test.shape(), 1), _("Tests with their lowest scores"), _("One a line: TOEFL 100"), "tests"
    )
    valid_for: Mapping[str, int] | None = may(Span(), _("Not older than years"))
    exempt_residence: tuple[str, ...] | None = may(ListOf(Text(), 1), _("Not asked of residents of"))
    exempt_degree_countries: tuple[str, ...] | None = may(ListOf(Text(), 1), _("Not asked with a degree from"))
    exempt_degree_languages: tuple[str, ...] | None = may(ListOf(Text(), 1), _("Not asked with a degree taught in"))

    example: ClassVar = {
        "tests": [{"name": "TOEFL", "score": 100, "parts": [{"name": "writing", "score": 24}]}],
        "valid_for": {"years": 2},
        "exempt_residence": ["US"],
        "exempt_degree_countries": ["GB"],
        "exempt_degree_languages": ["en"],
    }

    def tree(self, setting: Setting) -> Node:
        """A test that is good enough, or a ground for exemption."""
        ways = [self._passed(test) for test in self.tests]
        if self.exempt_residence is not None:
            ways.append({"text": Phrase("residence in an exempt country"), **among("residence", self.exempt_residence)})
        country, language = Phrase("a degree from an exempt country"), Phrase("a degree from an exempt language")
        exempt = (
            ("country", country, self.exempt_degree_countries),
            ("language", language, self.exempt_degree_languages),
        )
        for field, text, values in exempt:
            if values is not None:
                ways.append({"text": text, "exists": "degrees", "where": among(field, values)})
        return either(ways)

    def _passed(self, test: Test) -> Node:
        where = [equal("name", test.name), at_least("score", test.score, "points")]
        where += [at_least(f"parts.{part.name}", part.score, f"points in {part.name}") for part in test.parts or ()]
        where += [young("taken", self.valid_for)] if self.valid_for is not None else []
        return {"text": f"{test.name} {test.score}", "exists": "tests", "where": every(*where)}
