"""A verdict about each of many credentials, in order, over several processes that keep keys, contexts and lists."""

import gc
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor  # noqa: TID251 its processes are spawned
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched
from pathlib import Path
from typing import Any, NamedTuple

from linkspan.vc.did import WebResolver
from linkspan.vc.errors import VcError
from linkspan.vc.net import NetworkPolicy
from linkspan.vc.received import LARGEST_FILE
from linkspan.vc.verify import Occasion, Verdict, verify
from linkspan.vc.verify.files import trust_from

#: Items that a process takes at a time, and as many as make a second process worth its start.
CHUNK, MANY = 250, 1_000
MOST_PROCESSES = 64

#: The name of an item, and its content or the file that holds it.
type Item = tuple[str, bytes | Path]


class Outcome(NamedTuple):
    """The word for an item (that of its verdict, or `unreadable`), and the text that tells of it."""

    verdict: str
    text: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What all items are judged by: registry and status file as `trust_from` reads them, the instant, the occasion.

    Nobody is asked without a `policy`. `opened` unpacks a content, and `told` makes the text of a verdict, or of why
    there is none, where it is judged: both go to other processes, so they are functions of a module.
    """

    registry: Any
    status: Any
    at: datetime
    occasion: Occasion
    opened: Callable[[bytes], bytes]
    told: Callable[[str, Verdict | VcError], str]
    policy: NetworkPolicy | None = None


def items_of(place: Path) -> tuple[int, Iterator[Item]]:
    """How many items there are, and each of them: the files of a folder by name, or the lines of a file by number."""
    if place.is_dir():
        names = sorted(entry.name for entry in place.iterdir() if entry.is_file() and not entry.name.startswith("."))
        return len(names), ((name.encode(errors="replace").decode(), place / name) for name in names)
    return sum(1 for _ in _lines(place)), _lines(place)


def _lines(place: Path) -> Iterator[Item]:
    """The lines that hold something; of one that is longer than any credential, more than any may have."""
    with place.open("rb") as file:
        number = 0
        while line := file.readline(LARGEST_FILE + 1):
            number += 1
            rest = line
            while len(rest) > LARGEST_FILE and not rest.endswith(b"\n"):
                rest = file.readline(LARGEST_FILE + 1)
            if line.strip():
                yield str(number), line


def processes_for(count: int) -> int:
    """As many processes as there are processors, or one where few items do not pay for more."""
    return min(os.cpu_count() or 1, MOST_PROCESSES) if count >= MANY else 1


def judged(items: Iterable[Item], setting: Setting, processes: int) -> Iterator[list[Outcome]]:
    """The outcomes of all items, in order, some at a time; no more are read ahead than keep the processes busy."""
    chunks = batched(items, CHUNK)
    if processes == 1:
        make_ready(setting)
        yield from map(judge_chunk, chunks)
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, spawn, _begin, (setting,)) as pool:
        waiting: deque[Future[list[Outcome]]] = deque()
        for chunk in chunks:
            waiting.append(pool.submit(judge_chunk, chunk))
            if len(waiting) > 2 * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _begin(setting: Setting) -> None:
    """`make_ready` in a process that does nothing else: what it knows by then is not looked through for garbage, and
    the rest is seldom, as verdicts leave little."""
    make_ready(setting)
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


class _Brief:
    """Asks on behalf of one item after another, for each no longer than for one verdict; what is known stays known."""

    def __init__(self, resolver: WebResolver) -> None:
        self._first = self._now = resolver

    def controller(self, did: str) -> Mapping[str, Any]:
        """As `WebResolver` does."""
        return self._now.controller(did)

    def status_list(self, url: str) -> bytes:
        """As `WebResolver` does."""
        return self._now.status_list(url)

    def document(self, url: str) -> bytes:
        """As `WebResolver` does."""
        return self._now.document(url)

    def begin(self) -> None:
        """The next item."""
        self._now = replace(self._first, policy=self._first.policy.for_one_verdict())


#: How this process judges, so that registry, keys, contexts and lists are read once.
_judge: Callable[[Item], Outcome]


def make_ready(setting: Setting) -> None:
    """What a process does first."""
    global _judge
    resolver = _Brief(WebResolver(setting.policy)) if setting.policy else None
    trust = trust_from(setting.registry, setting.status, resolver)

    def judge(item: Item) -> Outcome:
        name, held = item
        if resolver:
            resolver.begin()
        try:
            content = held if isinstance(held, bytes) else _content(held)
            verdict = verify(setting.opened(content), trust=trust, at=setting.at, occasion=setting.occasion)
        except VcError as error:
            return Outcome("unreadable", setting.told(name, error))
        except OSError as error:
            return Outcome("unreadable", setting.told(name, VcError("file_unreadable", str(error))))
        except Exception as error:  # noqa: BLE001 - what nobody foresaw in one item harms no other
            unforeseen = VcError("unforeseen", f"It cannot be judged: {type(error).__name__}.")
            return Outcome("unreadable", setting.told(name, unforeseen))
        return Outcome(verdict.verdict, setting.told(name, verdict))

    _judge = judge


def _content(file: Path) -> bytes:
    with file.open("rb") as source:
        return source.read(LARGEST_FILE + 1)


def judge_chunk(chunk: Sequence[Item]) -> list[Outcome]:
    """The outcome of each item, in whichever process this is."""
    return [_judge(item) for item in chunk]
