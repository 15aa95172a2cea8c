"""What the log holds: each line with its time, level and request, in words for people or as one JSON object.

A trace shows lines, never the values in them, and no line shows an e-mail address, whoever wrote it there: a database
that refuses a row quotes it, and so does a mail server.
"""

import logging
import re
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from linkspan.cli import one_line

ADDRESS = re.compile(r"[^\s@\"'<>()=,;:\[\]]+@[^\s@\"'<>()=,;:\[\]]+")
HIDDEN = "[address]"
#: What every line is given, whether our own code writes it or a library.
SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
)


def without_addresses(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put a mark in the place of every e-mail address, in whatever value it stands."""
    return {name: _hidden(told) for name, told in event.items()}


def _hidden(told: Any) -> Any:
    if told is None or isinstance(told, bool | int | float):
        return told
    if isinstance(told, list | tuple):
        return [_hidden(one) for one in told]
    return ADDRESS.sub(HIDDEN, str(told))


def formatter(kind: str) -> structlog.stdlib.ProcessorFormatter:
    """What writes a line of the log: `text` or `json`."""
    last: Processor = structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    if kind == "json":
        last = structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            without_addresses,
            last,
        ],
    )


class OneLine(logging.Filter):
    """Has a record be one line of bounded length, without a trace."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten the record, and let it pass."""
        record.msg, record.args, record.exc_info = one_line(record.getMessage()), (), None
        return True
