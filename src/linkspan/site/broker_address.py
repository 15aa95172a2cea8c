"""Where a broker is: the engine's address out of the setting's."""

from urllib.parse import urlsplit

from environs import EnvError

#: Valkey speaks as Redis does. `memory` is for tests: it reaches no other process.
SCHEMES = {
    "redis": "redis",
    "rediss": "rediss",
    "valkey": "redis",
    "amqp": "amqp",
    "amqps": "amqps",
    "memory": "memory",
}


def broker_url(told: str) -> str:
    """Return the address as the engine takes it; EnvError says what is wrong with it."""
    if not told:
        return ""
    try:
        scheme, host, _port = (parts := urlsplit(told)).scheme, parts.hostname, parts.port
    except ValueError as error:
        raise EnvError(f"LINKSPAN_BROKER_URL: {error}.") from error
    if scheme not in SCHEMES or not (host or scheme == "memory"):
        raise EnvError(
            "LINKSPAN_BROKER_URL is not redis://, rediss://, valkey://, amqp:// or amqps://NAME:WORD@HOST:PORT."
        )
    return SCHEMES[scheme] + told.removeprefix(scheme)
