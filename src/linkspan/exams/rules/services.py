"""Proctoring services of others: what is entered of one, what it offers, and who manages it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import UUID

from linkspan.catalog.rules import Invalid
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Unusable
from linkspan.kernel.reasons import Phrase, Sentence


class ServiceKind(StrEnum):
    """By which contract a service is spoken to."""

    EDX_PROCTORING = "edx_proctoring"
    LTI = "lti"


LONGEST_NAME, LONGEST_ADDRESS, LONGEST_ID = 100, 500, 190
MOST_RULES, MOST_INSTRUCTIONS, LONGEST_WORDS = 50, 30, 1000


_ADDRESS = Sentence("address_unusable", "Enter its https address, such as https://proctor.example.com.")


class ServiceSilent(Unusable):
    """A service that does not answer, or says that it cannot now: it is asked again."""


class ServiceRefuses(Unusable):
    """A service that answers, and not with what was asked for: somebody has to look."""


@dataclass(frozen=True, slots=True)
class ServiceTerms:
    """What is entered of a service: its name to learners, its https address, and who we are there.

    Of an LTI tool the address is where its sign-in begins; it has two more, and the client id is whom we call it.
    """

    name: str
    base_url: str
    client_id: str
    kind: ServiceKind = ServiceKind.EDX_PROCTORING
    launch_url: str = ""
    jwks_url: str = ""

    def fields(self) -> dict[str, str]:
        """The terms as the fields of a form."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that a service may allow: the key by which it is asked for, and what people read."""

    key: str
    words: str


@dataclass(frozen=True, slots=True)
class Offering:
    """What a service says of itself: its name, what it may allow, where its software is, what to do first."""

    name: str = ""
    rules: tuple[Rule, ...] = ()
    download_url: str = ""
    instructions: tuple[str, ...] = ()

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """Return it from what a service answered; what is no text, too long or too many is left out."""
        rules = told.get("rules")
        listed = rules.items() if isinstance(rules, Mapping) else ()
        found = [Rule(words(key)[:100], words(text)) for key, text in listed if words(key) and words(text)]
        return cls(
            words(told.get("name"))[:LONGEST_NAME],
            tuple(found[:MOST_RULES]),
            web_address(told.get("download_url")),
            instructions_in(told),
        )

    @classmethod
    def kept(cls, told: Mapping[str, Any]) -> Self:
        """Return it as it was kept."""
        rules = tuple(Rule(**one) for one in told.get("rules", ()))
        steps = tuple(told.get("instructions", ()))
        return cls(told.get("name", ""), rules, told.get("download_url", ""), steps)


@dataclass(frozen=True, slots=True)
class Service:
    """A proctoring service of an institution; `answers_us` says whether it was given a secret for its callbacks."""

    id: UUID
    institution: str
    terms: ServiceTerms
    is_enabled: bool
    answers_us: bool
    added_at: datetime
    tried_at: datetime | None
    offering: Offering


def may_manage_services(actor: Actor, institution: str) -> bool:
    """Registrars of the institution and operators."""
    return actor.is_system or actor.has_role("registrar", institution) or actor.has_role("operator")


def check_service(terms: ServiceTerms) -> ServiceTerms:
    """The terms without blanks around; Invalid names every field that cannot be used."""
    name, client = " ".join(terms.name.split()), terms.client_id.strip()
    lti = terms.kind is ServiceKind.LTI
    address = terms.base_url.strip() if lti else terms.base_url.strip().rstrip("/")
    more = (terms.launch_url.strip(), terms.jwks_url.strip()) if lti else ("", "")
    found = ServiceTerms(name, address, client, terms.kind, *more)
    wrong = {
        "name": (
            0 < len(name) <= LONGEST_NAME and name.isprintable(),
            Sentence("out_of_range", Phrase("Enter 1 to {most} characters."), most=LONGEST_NAME),
        ),
        "base_url": (
            bool(web_address(found.base_url)) and not set("#" if lti else "?#") & set(found.base_url),
            _ADDRESS,
        ),
        "client_id": (
            0 < len(client) <= LONGEST_ID and client.isascii() and client.isprintable(),
            Sentence("client_id_unusable", "Copy the client id from the service."),
        ),
    }
    if lti:
        wrong |= {name: (bool(web_address(getattr(found, name))), _ADDRESS) for name in ("launch_url", "jwks_url")}
    bad = {field: words for field, (good, words) in wrong.items() if not good}
    if bad:
        raise Invalid(bad)
    return found


def web_address(told: object) -> str:
    """A web address that a service told; empty if it is none that a learner may be led to."""
    if not isinstance(told, str) or len(told) > LONGEST_ADDRESS or not told.isascii() or not told.isprintable():
        return ""
    try:
        parts = urlsplit(told)
    except ValueError:
        return ""
    plain = parts.scheme == "https" and parts.hostname and not set(' "<>\\') & set(told) and "@" not in parts.netloc
    return told if plain else ""


def instructions_in(told: Mapping[str, Any]) -> tuple[str, ...]:
    """The steps that a service tells learners."""
    steps = told.get("instructions")
    listed = [words(step) for step in steps[:MOST_INSTRUCTIONS]] if isinstance(steps, list) else []
    return tuple(step for step in listed if step)


def words(told: object, longest: int = LONGEST_WORDS) -> str:
    """A text of somebody else in one line, without what cannot be stored; empty if it is none."""
    if not isinstance(told, str):
        return ""
    storable = told.encode(errors="replace").decode().replace("\0", " ")
    return " ".join(storable.split())[:longest]
