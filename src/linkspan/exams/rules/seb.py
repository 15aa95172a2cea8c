"""Safe Exam Browser: what a version of an exam asks of it, and what a client shows of itself."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from linkspan.kernel.errors import Refused, Unusable

#: Headers by which a client proves itself: the hashes of an address with the Config Key, and with its own key.
CONFIG_HEADER, CLIENT_HEADER = "X-SafeExamBrowser-ConfigKeyHash", "X-SafeExamBrowser-RequestHash"
MOST_VERSIONS, MOST_CLIENT_KEYS, LONGEST_WAIVER = 20, 50, 480
FLOOR = re.compile(r"(Win|Mac|iOS)((?:\.\d{1,5}){1,4})(?:\.AE)?(\.min)?", re.ASCII)
HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
#: A client's version as its script tells it, and as every client adds it to the browser's name.
TOLD, NAMED = (re.compile(words, re.ASCII) for words in (r"_(Windows|macOS|iOS)_([0-9.]{1,30})", r"SEB/([0-9.]{1,30})"))
SYSTEMS = {"Windows": "Win", "macOS": "Mac", "iOS": "iOS", "iPhone": "iOS", "iPad": "iOS", "Macintosh": "Mac"}


class OutsideSeb(Refused):
    """An attempt does not go on in the browser that asks, and nothing of it is lost."""


class OtherDevice(Refused):
    """An attempt runs on another device than the one that asks."""


@dataclass(frozen=True, slots=True)
class Floor:
    """A version of the browser on a system, or that one and all that came later."""

    system: str
    numbers: tuple[int, ...]
    later: bool

    @classmethod
    def read(cls, given: str) -> Self:
        """Return it from text such as `Win.3.6.min`; Unusable says how it is written."""
        found = FLOOR.fullmatch(given.strip())
        if found is None:
            raise Unusable(
                "seb_version_unusable",
                "{given} is no version of Safe Exam Browser. Write it as Win.3.6.min, Mac.3.4.min or iOS.3.4.min.",
                given=given[:40],
            )
        return cls(found[1], _numbers(found[2]), bool(found[3]))

    def __str__(self) -> str:
        return ".".join([self.system, *map(str, self.numbers), *(["min"] if self.later else [])])

    def takes(self, version: tuple[int, ...]) -> bool:
        """Whether a client of that version will do."""
        size = max(len(version), len(self.numbers))
        told, least = (numbers + (0,) * (size - len(numbers)) for numbers in (version, self.numbers))
        return told >= least if self.later else version[: len(self.numbers)] == self.numbers


@dataclass(frozen=True, slots=True)
class Lockdown:
    """What a version of an exam asks: settings with this Config Key, one of these clients, one of these versions.

    Without `client_keys` any client will do. Its quit link closes the browser.
    """

    config_key: str
    client_keys: tuple[str, ...]
    versions: tuple[Floor, ...]
    quit_url: str


@dataclass(frozen=True, slots=True)
class Client:
    """What a request shows of the browser it comes from, at the public address `url`.

    Newer engines send no headers: there a page shows the hashes by script, with the browser's `name`, and what comes
    after it is `proven` for a while. A request that shows nothing is of no Safe Exam Browser. `device` is the mark that
    an attempt left on the device, if it did.
    """

    url: str = ""
    config_hash: str = ""
    client_hash: str = ""
    agent: str = ""
    name: str = ""
    proven: bool = False
    device: str = ""

    @classmethod
    def of(cls, url: str, headers: Mapping[str, str]) -> Self:
        """Return what the headers of a request show."""
        config, client = (headers.get(name, "")[:200] for name in (CONFIG_HEADER, CLIENT_HEADER))
        return cls(url, config, client, headers.get("User-Agent", "")[:1000])


#: Who shows nothing: refused wherever Safe Exam Browser is asked for.
UNKNOWN_CLIENT = Client()


@dataclass(frozen=True, slots=True)
class Waiver:
    """A named person lets one attempt, or all of a sitting, go on without the browser until a time."""

    id: UUID
    title: str
    sitting_id: UUID
    attempt_id: UUID | None
    reason: str
    given_by: str
    given_at: datetime
    ends_at: datetime


def version_takes(lockdown: Lockdown, client: Client) -> bool:
    """Whether the client tells a version that the exam takes; a system that the exam does not name may have any."""
    if not lockdown.versions:
        return True
    told = TOLD.search(client.name)
    named = NAMED.search(client.agent)
    if told is None and named is None:
        return False
    system = SYSTEMS[told[1]] if told else _system(client.agent)
    version = _numbers(told[2] if told else named[1] if named else "")
    mine = [floor for floor in lockdown.versions if floor.system == system]
    return not mine or any(floor.takes(version) for floor in mine)


def read_floors(given: Iterable[str]) -> tuple[Floor, ...]:
    """The versions that are taken; Unusable names the first that is none."""
    found = tuple(Floor.read(one) for one in given)
    if len(found) > MOST_VERSIONS:
        raise Unusable("seb_versions_many", "Enter at most {most} versions.", most=MOST_VERSIONS)
    return found


def read_client_keys(given: Iterable[str]) -> tuple[str, ...]:
    """Browser Exam Keys in lower hex, each once; Unusable names what is none."""
    keys = tuple(dict.fromkeys(one.strip().lower() for one in given if one.strip()))
    wrong = next((key for key in keys if not HEX.fullmatch(key)), None)
    if wrong is not None:
        raise Unusable(
            "seb_client_key_unusable",
            "{given} is no Browser Exam Key: it has 64 digits and letters from a to f.",
            given=wrong[:80],
        )
    if len(keys) > MOST_CLIENT_KEYS:
        raise Unusable("seb_client_keys_many", "Enter at most {most} Browser Exam Keys.", most=MOST_CLIENT_KEYS)
    return keys


def _system(agent: str) -> str:
    return next((system for words, system in SYSTEMS.items() if words in agent), "")


def _numbers(given: str) -> tuple[int, ...]:
    return tuple(int(part[:9]) for part in given.split(".") if part)
