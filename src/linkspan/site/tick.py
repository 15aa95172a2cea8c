"""What the time of day asks for: each domain's `tasks.TICKS`, one after the other."""

from datetime import datetime
from importlib import import_module
from importlib.util import find_spec

from django.conf import settings


def tick(*, now: datetime) -> None:
    """Run every domain's periodic jobs once; each is idempotent."""
    for domain in settings.DOMAINS:
        if find_spec(f"linkspan.{domain}.tasks") is None:
            continue
        for job in getattr(import_module(f"linkspan.{domain}.tasks"), "TICKS", ()):
            job(now)
