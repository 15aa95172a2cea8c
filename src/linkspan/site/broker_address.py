"""Where broker, cache and a collector of traces are: the engine's address out of the setting's."""

from importlib.util import find_spec
from urllib.parse import urlsplit

from environs import EnvError

#: Valkey speaks as Redis does.
STORES = {"redis": "redis", "rediss": "rediss", "valkey": "redis"}
#: `memory` is for tests: it reaches no other process.
COLLECTORS = {"http": "http", "https": "https"}
BROKERS = {**STORES, "amqp": "amqp", "amqps": "amqps", "memory": "memory"}


def broker_url(told: str) -> str:
    """Return the address of a broker; EnvError says what is wrong with it."""
    return _read("LINKSPAN_BROKER_URL", told, BROKERS, "redis://, rediss://, valkey://, amqp:// or amqps://")


def cache_url(told: str) -> str:
    """Return the address of a cache; EnvError says what is wrong with it, or what is not installed."""
    if told and find_spec("redis") is None:
        raise EnvError("LINKSPAN_CACHE_URL needs the extra: pip install 'linkspan[several]'.")
    return _read("LINKSPAN_CACHE_URL", told, STORES, "redis://, rediss:// or valkey://")


def bus_url(told: str) -> str:
    """Return the address of an event bus; EnvError says what is wrong with it, or what is not installed."""
    if told and not all(find_spec(name) for name in ("redis", "fastavro", "openedx_events")):
        raise EnvError("LINKSPAN_EVENT_BUS_URL needs the extra: pip install 'linkspan[events]'.")
    return _read("LINKSPAN_EVENT_BUS_URL", told, STORES, "redis://, rediss:// or valkey://")


def bus_platform(told: str, url: str) -> str:
    """Return the host whose bus is read; EnvError where a bus is named and no host."""
    if url and not told.strip():
        raise EnvError("LINKSPAN_EVENT_BUS_PLATFORM has to name the host of the Open edX whose bus is read.")
    return told.strip()


def collector_url(told: str) -> str:
    """Return the address of a collector of traces; EnvError says what is wrong with it, or what is not installed."""
    if told and not (find_spec("opentelemetry") and find_spec("opentelemetry.sdk")):
        raise EnvError("LINKSPAN_OTLP_URL needs the extra: pip install 'linkspan[telemetry]'.")
    return _read("LINKSPAN_OTLP_URL", told, COLLECTORS, "http:// or https://")


def _read(setting: str, told: str, schemes: dict[str, str], known: str) -> str:
    if not told:
        return ""
    try:
        scheme, host, _port = (parts := urlsplit(told)).scheme, parts.hostname, parts.port
    except ValueError as error:
        raise EnvError(f"{setting}: {error}.") from error
    if scheme not in schemes or not (host or scheme == "memory"):
        raise EnvError(f"{setting} is not {known}NAME:WORD@HOST:PORT.")
    return schemes[scheme] + told.removeprefix(scheme)
