"""What course scripts gave, kept by code, seed and inputs, as capa keys them, so that a showing again runs nothing."""

import json
import threading
from collections import OrderedDict
from typing import Any

LARGEST_RESULT = 200_000
MOST_CHARACTERS = 20_000_000


class Results:
    """The results used last, as JSON, bounded in all together; a reader gets a copy of his own."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._characters = 0
        self._turn = threading.Lock()

    def get(self, course: str, key: str) -> Any:
        """The result under that key of a course, or None."""
        with self._turn:
            if (course, key) not in self._kept:
                return None
            self._kept.move_to_end((course, key))
            return json.loads(self._kept[course, key])

    def set(self, course: str, key: str, value: Any) -> None:
        """Keep a result; what was not used for longest gives way."""
        text = json.dumps(value)
        if len(text) > LARGEST_RESULT:
            return
        with self._turn:
            self._characters += len(text) - len(self._kept.pop((course, key), ""))
            self._kept[course, key] = text
            while self._characters > MOST_CHARACTERS:
                self._characters -= len(self._kept.popitem(last=False)[1])


RESULTS = Results()


class ResultsOfCourse:
    """The cache that capa asks for; the course's folder, which holds what its scripts import, is part of the key."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def get(self, key: str, default: Any = None) -> Any:
        """See `Results`."""
        return RESULTS.get(self._folder, key) or default

    def set(self, key: str, value: Any, timeout: int | None = None) -> None:
        """See `Results`."""
        RESULTS.set(self._folder, key, value)
