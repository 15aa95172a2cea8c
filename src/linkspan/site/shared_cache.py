"""A cache that all servers share, in Redis or Valkey: loaded only where one is named.

What is taken from it was put there by one of our servers: values are signed, so that whoever can write to the cache
cannot have code run here. While it does not answer, each process counts and keeps for itself, and nobody's request
fails.
"""

import pickle
import time
from collections.abc import Callable
from functools import partialmethod
from typing import Any

import structlog
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from django.utils.crypto import constant_time_compare, salted_hmac
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

#: How long the cache may be silent while somebody waits for a page, and for how long it is left alone after that.
SECONDS, REST_SECONDS = 1, 15.0

log = structlog.get_logger(__name__)


class Foreign(Exception):
    """A value that none of our servers put there, or one with a key that counts no longer."""


class Signed:
    """Values as bytes that say who wrote them; whole numbers stand as they are, so that they can be counted up."""

    def dumps(self, value: object) -> bytes | int:
        """The bytes, with their signature before them."""
        if type(value) is int:
            return value
        told = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        return _signature(told) + told

    def loads(self, data: bytes) -> Any:
        """The value; Foreign if it is not ours."""
        try:
            return int(data)
        except ValueError:
            signature, told = data[:32], data[32:]
        if not constant_time_compare(signature, _signature(told)):
            raise Foreign
        return pickle.loads(told)  # noqa: S301 what is loaded was signed by this installation


def _signature(told: bytes) -> bytes:
    return salted_hmac("linkspan.cache", told, algorithm="sha256").digest()


class _State:
    """What the threads of this process know of the cache."""

    silent_until = 0.0


class SharedCache(RedisCache):
    """Redis or Valkey, and this process's own memory while that is away."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        limits = {"socket_connect_timeout": SECONDS, "socket_timeout": SECONDS, "retry": Retry(NoBackoff(), 0)}
        params["OPTIONS"] = {**params.get("OPTIONS", {}), **limits, "serializer": Signed}
        super().__init__(server, {"KEY_PREFIX": "linkspan", **params})
        self.here = LocMemCache("while the shared one is away", {})

    def _do(self, name: str, *given: Any, **named: Any) -> Any:
        """Ask the shared cache, or what is here while it is away; a value that is not ours is none."""
        if time.monotonic() >= _State.silent_until:
            shared: Callable[..., Any] = getattr(RedisCache, name)
            try:
                return shared(self, *given, **named)
            except RedisError as error:
                _State.silent_until = time.monotonic() + REST_SECONDS
                log.warning("the cache does not answer; each process counts for itself until it does", error=str(error))
            except Foreign:
                log.warning("a value in the cache is not of this installation, and is removed")
                self.delete_many(given[0] if isinstance(given[0], list) else [given[0]])
                return shared(self, *given, **named)
        return getattr(self.here, name)(*given, **named)


#: Whatever of a cache asks the server.
for _name in (
    "add",
    "get",
    "set",
    "touch",
    "delete",
    "has_key",
    "incr",
    "get_many",
    "set_many",
    "delete_many",
    "clear",
):
    setattr(SharedCache, _name, partialmethod(SharedCache._do, _name))


def silence() -> str:
    """What is wrong with the cache of this installation, empty if it answers."""
    try:
        RedisCache.has_key(cache, "asked")
    except RedisError as error:
        return f"{type(error).__name__}: {error}"
    return ""
