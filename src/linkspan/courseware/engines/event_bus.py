"""The event bus of an Open edX on Redis or Valkey: streams that are read as a consumer group, under a time limit."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from linkspan.kernel.errors import Unusable
from linkspan.kernel.outside import leaving

#: How long the bus may be silent; the worker asks again at its next round.
SECONDS = 5
GROUP, CONSUMER = "linkspan", "worker"
AT_ONCE = 100

type Message = tuple[str, Mapping[bytes, bytes]]


class Bus:
    """An open connection. What was read and not acknowledged comes first, also after a restart."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def batches(self, stream: str, most: int) -> Iterator[Sequence[Message]]:
        """Messages in their order, those first that an earlier round did not acknowledge; up to so many batches."""
        self._join(stream)
        place = "0"
        for _ in range(most):
            found = self._client.xreadgroup(GROUP, CONSUMER, {stream: place}, count=AT_ONCE)
            rows = next(iter(_rows(found)), [])
            if rows:
                yield [(number.decode("ascii", "replace"), fields or {}) for number, fields in rows]
            elif place == ">":
                return
            else:
                place = ">"

    def acknowledge(self, stream: str, messages: Sequence[Message]) -> None:
        """Say that these are kept; they do not come again."""
        self._client.xack(stream, GROUP, *(number for number, _ in messages))

    def _join(self, stream: str) -> None:
        from redis.exceptions import ResponseError

        try:
            self._client.xgroup_create(stream, GROUP, id="0", mkstream=True)
        except ResponseError:  # it is there already, or this is no stream
            if GROUP.encode() not in {one["name"] for one in self._client.xinfo_groups(stream)}:
                raise


def _rows(found: Any) -> Iterator[Sequence[tuple[bytes, Mapping[bytes, bytes]]]]:
    """The messages of each stream, as either version of the protocol tells them."""
    if isinstance(found, Mapping):
        yield from (rows[0] if rows else [] for rows in found.values())
    else:
        yield from (rows for _, rows in found or ())


@contextmanager
def opened(url: str) -> Iterator[Bus]:
    """The bus at an address; Unusable (`bus_silent`) where it does not answer, or is no such bus."""
    leaving()
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.exceptions import RedisError
    from redis.retry import Retry

    times = {"socket_timeout": SECONDS, "socket_connect_timeout": SECONDS}
    client = Redis.from_url(url, retry=Retry(NoBackoff(), 0), protocol=2, **times)
    try:
        yield Bus(client)
    except RedisError as error:
        raise Unusable("bus_silent", "The event bus does not answer: {why}", why=str(error)[:200]) from error
    finally:
        client.close()
