"""The one gate to the outside: nobody out there is waited for while a transaction is open.

Whoever calls out (mail, cards, partners, DNS, the virus scanner) passes `leaving` first. A test over the syntax tree
says which modules may use a network library, and that each of them passes.
"""

from pathlib import Path

from django.conf import settings
from django.db import connections

from linkspan.vc.net import NetworkPolicy


def leaving() -> None:
    """Raise RuntimeError if a transaction is open here: its locks would be held until somebody else answers.

    The transaction in which a test runs, to be rolled back, does not count.
    """
    for connection in connections.all(initialized_only=True):
        if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
            raise RuntimeError("Commit first: a call out would hold the locks of this transaction.")


def network_policy() -> NetworkPolicy:
    """Public addresses alone, unless the settings name pairs on the loopback interface for tests."""
    pairs = frozenset((host, int(port)) for host, _, port in (p.partition(":") for p in settings.EXCHANGE_LOOPBACK))
    if not pairs:
        return NetworkPolicy()
    return NetworkPolicy(loopback=pairs, loopback_ca=Path(settings.EXCHANGE_LOOPBACK_CA).read_text())
