"""What the log says of others' mistakes."""

import logging

from linkspan.cli import one_line


class OneLine(logging.Filter):
    """Has a record be one line of bounded length, without a trace."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten the record, and let it pass."""
        record.msg, record.args, record.exc_info = one_line(record.getMessage()), (), None
        return True
