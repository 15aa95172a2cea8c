"""What stands at the addresses that an older badge names: few of them, each asked once, by https alone."""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from linkspan.vc.errors import VcError
from linkspan.vc.said import Said
from linkspan.vc.strict_json import parse
from linkspan.vc.verify.trust import Trust

#: Of one badge: its own address, its class, its issuer, a key, a list, and some endorsements with theirs.
MOST_ASKED = 12
#: After so long nobody is asked any more.
PATIENCE_SECONDS = 2.0


class Linked:
    """The documents that one badge leads to, out of what the verifier relies on."""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._seen: dict[str, Any] = {}
        self._spent = 0.0

    def text(self, address: str) -> Any:
        """What stands there, as JSON that is read already or as text. VcError: `address_missing`, `document_missing`,
        `too_many_addresses`, and those of the network."""
        url = by_https(address)
        if not url.startswith("https://"):
            raise VcError("document_missing", Said("{address} is no address that can be asked.", address=address[:200]))
        if url not in self._seen:
            if len(self._seen) >= MOST_ASKED or self._spent > PATIENCE_SECONDS:
                raise VcError("too_many_addresses", "It leads to more addresses, or slower ones, than are asked here.")
            begun = time.monotonic()
            self._seen[url] = None
            try:
                self._seen[url] = self._trust.document(address if address in self._trust.documents else url)
            finally:
                self._spent += time.monotonic() - begun
        if not isinstance(self._seen[url], Mapping | bytes | str):
            raise VcError(
                "document_missing", Said("{url} did not answer before, or with nothing that can be read.", url=url)
            )
        return self._seen[url]

    def document(self, address: str) -> Mapping[str, Any]:
        """The JSON object there. VcError: `document_differs` (it says that it is another one), `document_unreadable`,
        and those of `text`."""
        found = self.text(address)
        try:
            document = found if isinstance(found, Mapping) else parse(found)
        except VcError as error:
            raise VcError(
                "document_unreadable",
                Said("What stands at {address} cannot be read. {message}", address=address, message=error.message),
            ) from error
        if isinstance(document.get("id"), str) and not same(document["id"], address):
            raise VcError(
                "document_differs",
                Said("What stands at {address} calls itself {id}.", address=address, id=document["id"][:200]),
            )
        return document

    def follow(self, value: Any, what: str) -> tuple[str, Mapping[str, Any]]:
        """The address and the document of a member that gives an address, or an object: one with an address of its own
        is asked there, so that nobody speaks for somebody else. VcError as `document`."""
        named = value.get("id") if isinstance(value, Mapping) else value
        if isinstance(named, str) and by_https(named).startswith("https://"):
            return named, self.document(named)
        if isinstance(value, Mapping):
            return str(named or ""), value
        raise VcError("model_broken", Said("Its {what} is neither an address nor an object.", what=what))


def by_https(address: str) -> str:
    """The address as it is asked: what was named by http stands under the same name at https, or is not read."""
    return f"https://{address.removeprefix('http://')}" if address.startswith("http://") else address


def same(one: Any, other: Any) -> bool:
    """Whether both name the same address, be it by http or https."""
    return isinstance(one, str) and isinstance(other, str) and by_https(one) == by_https(other)


def parts(address: str) -> SplitResult | None:
    """An https address in its parts; None if it is none, or climbs out of its own path."""
    try:
        found = urlsplit(by_https(address))
        climbs = ".." in found.path.lower().replace("%2e", ".").split("/")
        return found if found.scheme == "https" and found.hostname and found.port != 0 and not climbs else None
    except ValueError:
        return None


def origin(found: SplitResult) -> tuple[str, int]:
    """Host and port."""
    return str(found.hostname).lower(), found.port or 443
