"""What a verifier relies on: all of it given by the caller, nothing looked up by name."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from linkspan.vc.errors import VcError
from linkspan.vc.said import Said
from linkspan.vc.schema_registry import SchemaRegistry

if TYPE_CHECKING:
    from linkspan.vc.verify.keyring import Found


class Resolver(Protocol):
    """Who fetches what the caller did not give: `did.WebResolver`, under a network policy."""

    def controller(self, did: str) -> Mapping[str, Any]:
        """The controller document of a did:web, or the keys of an https issuer as one; VcError if it cannot be had."""

    def status_list(self, url: str) -> bytes:
        """The status list credential at an address; VcError if it cannot be had."""

    def document(self, url: str) -> bytes:
        """What stands at an address that an older badge names; VcError (`gone` if it was taken away for good)."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What a verifier relies on.

    `issuers` are registry rows `{"did", "name", "url"?, "institution"?, "valid_from"?, "valid_to"?, "keys"?}`, several
    of one `did` allowed (docs/formats). `lists` are status list credentials by address, `controllers` controller
    documents by DID, `documents` what stands at other addresses (as JSON or text), `schemas` those registered by hash,
    `successors` the identifier of the credential that replaces one, `suspended` the identifiers of those that do not
    count for now, by whoever issued them here, `logged` the instant at which a trusted log held
    the credential, by `digest_of` it. Without a `resolver` nobody is asked.

    `outside` gives the rows of an issuer that is relied on by a decision, such as to trust a registry of others, where
    `issuers` has none of it: each with the members `keys` (the issuer's own) and `outside`, which names the `source`
    and says who relies on it (`by`), `since` when, by which `registry`. Such rows make an issuer known, never wrong.

    `roots` gives the root certificates on which it relies for tokens that bring a chain: each `{"certificate"}` (PEM),
    with an `outside` as above if a decision names it. It is asked once, and only where a token brings one.
    """

    issuers: Sequence[Mapping[str, Any]] = ()
    lists: Mapping[str, Any] = field(default_factory=dict)
    controllers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    documents: Mapping[str, Any] = field(default_factory=dict)
    schemas: SchemaRegistry = field(default_factory=SchemaRegistry)
    successors: Mapping[str, str] = field(default_factory=dict)
    suspended: Collection[str] = ()
    logged: Mapping[str, datetime] = field(default_factory=dict)
    resolver: Resolver | None = None
    outside: Callable[[str], Sequence[Mapping[str, Any]]] | None = None
    roots: Callable[[], Sequence[Mapping[str, Any]]] | None = None
    _found_roots: list[Sequence[Mapping[str, Any]]] = field(default_factory=list, init=False, repr=False, compare=False)
    _found_outside: dict[str, tuple[Mapping[str, Any], ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    #: Status lists that were found sound, by address, issuer and instant: one speaks of many credentials.
    sound: dict[tuple[str, str, datetime], Mapping[str, Any]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    #: Keys that were found, by method, purpose and instant.
    keys: "dict[tuple[str, str, datetime], Found]" = field(default_factory=dict, init=False, repr=False, compare=False)

    def rows(self, did: str) -> tuple[Mapping[str, Any], ...]:
        """The registry's rows for that issuer, in the registry's order; if it has none, those of outside."""
        own = tuple(row for row in self.issuers if row.get("did") == did)
        if own or self.outside is None:
            return own
        if did not in self._found_outside:
            self._found_outside[did] = tuple(self.outside(did))
        return self._found_outside[did]

    def root_rows(self) -> Sequence[Mapping[str, Any]]:
        """The root certificates on which it relies."""
        if not self._found_roots:
            self._found_roots.append(self.roots() if self.roots is not None else ())
        return self._found_roots[0]

    def issuer(self, did: str) -> Mapping[str, Any] | None:
        """The registry's first row for that issuer."""
        return next(iter(self.rows(did)), None)

    def same_institution(self, one: str, other: str) -> bool:
        """Whether the registry says that both identifiers are of one institution, as after a change of key."""
        if one == other:
            return True
        names = [{row["institution"] for row in self.rows(did) if row.get("institution")} for did in (one, other)]
        return bool(names[0] & names[1])

    def controller(self, did: str) -> Mapping[str, Any]:
        """The controller document of a DID; VcError `controller_unknown` or the network's own code."""
        if did in self.controllers:
            return self.controllers[did]
        if did.startswith(("did:web:", "https://")) and self.resolver is not None:
            return self.resolver.controller(did)
        raise VcError("controller_unknown", Said("The keys of {did} were not at hand.", did=did))

    def status_list(self, url: str) -> Any:
        """The status list credential at an address; VcError `status_list_missing` or the network's own code."""
        if url in self.lists:
            return self.lists[url]
        if self.resolver is not None and url.startswith("https://"):
            return self.resolver.status_list(url)
        raise VcError("status_list_missing", Said("The status list {url} was not at hand.", url=url))

    def document(self, url: str) -> Any:
        """What stands at an address, as JSON or its text; VcError `document_missing` or the network's own code."""
        if url in self.documents:
            return self.documents[url]
        if self.resolver is not None:
            return self.resolver.document(url)
        raise VcError("document_missing", Said("{url} was not asked.", url=url))
