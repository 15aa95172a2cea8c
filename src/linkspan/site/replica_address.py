"""Where a replica of the database is: Django's settings for it out of the setting's address."""

from typing import Any

from environs import EnvError


def replica_of(primary: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a replica that is only read; EnvError where there can be none."""
    if not primary["ENGINE"].endswith("postgresql") or not told["ENGINE"].endswith("postgresql"):
        raise EnvError("LINKSPAN_DATABASE_REPLICA is a replica of a PostgreSQL, which LINKSPAN_DATABASE_URL names.")
    kept = {"CONN_MAX_AGE": primary["CONN_MAX_AGE"], "CONN_HEALTH_CHECKS": True, "TEST": {"MIRROR": "default"}}
    options = {"options": "-c default_transaction_read_only=on", "connect_timeout": 2}
    return {**told, **kept, "OPTIONS": {**told.get("OPTIONS", {}), **options}}
