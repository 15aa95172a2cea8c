"""Looking for the proof of a domain: a TXT record in DNS, or a file on its web site."""

from collections.abc import Callable
from dataclasses import dataclass, field

import dns.exception
import dns.resolver

from linkspan.institutions.rules.joining import FILE_PATH, RECORD_NAME
from linkspan.kernel.outside import leaving
from linkspan.vc.errors import VcError
from linkspan.vc.net import NetworkPolicy, fetch

SECONDS = 5.0
LONGEST_FILE = 4_000


def txt_records(name: str) -> list[str]:
    """The TXT records of a name; empty if there are none or nobody answers."""
    leaving()
    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=SECONDS)
    except dns.exception.DNSException:
        return []
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


@dataclass(frozen=True, slots=True)
class DomainLook:
    """How one looks: under a network policy; `port` and `resolve` are for tests on the loopback interface."""

    policy: NetworkPolicy = field(default_factory=lambda: NetworkPolicy(largest=LONGEST_FILE))
    resolve: Callable[[str], list[str]] = txt_records
    port: int | None = None

    def found(self, domain: str) -> dict[str, list[str]]:
        """What stands at the domain, by where: `dns` and `file`."""
        return {"dns": self.resolve(f"{RECORD_NAME}.{domain}"), "file": self._file(domain)}

    def _file(self, domain: str) -> list[str]:
        host = f"{domain}:{self.port}" if self.port else domain
        try:
            body = fetch(f"https://{host}{FILE_PATH}", self.policy, accept="text/plain")
        except VcError:
            return []
        return body.decode("utf-8", "replace").splitlines()
