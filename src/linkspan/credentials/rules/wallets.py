"""Handing a credential to a wallet, and asking a wallet for one: lifetimes, tries, and who may."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.vc import Verdict

CODE_LIFE = timedelta(minutes=10)
TOKEN_LIFE = timedelta(minutes=5)
NONCE_LIFE = timedelta(minutes=5)
REQUEST_LIFE = timedelta(minutes=10)
#: How long a wallet may come again for what is not signed yet, and how often (OpenID4VCI 1.0, section 9).
WAIT_LIFE, WAIT_SECONDS, SIGNER_SECONDS = timedelta(days=30), 3600, 60
DIGITS = 6
#: Wrong transaction codes after which an offer is void: 5 guesses of 1,000,000 (OpenID4VCI 1.0, section 13.6).
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer as its holder is shown it: the link for the wallet, the digits to type there, until when."""

    id: UUID
    link: str
    digits: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Access:
    """What an access token of a wallet opens: whose credentials, which of them, in which forms.

    `offer` is where it came from the code of an offer; then it belongs to the keys that are proven first. `access_id`
    is its own name, by which what waits is found again.
    """

    access_id: UUID
    learner_id: UUID
    institution: str
    forms: frozenset[str]
    offer: bool
    credential_id: UUID | None
    by_name: bool
    application: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a wallet asks for: a form, or one credential by name, and the proofs of the keys that it is bound to."""

    form: str
    name: str
    proofs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a wallet gets: copies, one for each key, and the name by which it tells what became of them.

    Or, without copies, under which secret and after how many seconds it may ask again.
    """

    copies: tuple[dict[str, Any] | str, ...]
    delivery_id: UUID | None = None
    transaction: str = ""
    interval: int = 0


class WalletEvent(StrEnum):
    """What a wallet tells of a credential that it got (OpenID4VCI 1.0, section 11.1)."""

    ACCEPTED = "credential_accepted"
    FAILURE = "credential_failure"
    DELETED = "credential_deleted"


@dataclass(frozen=True, slots=True)
class Presentation:
    """A request to a wallet; `verdict` is there once it was answered."""

    id: UUID
    institution: str
    purpose: str
    asked_by: str
    link: str
    asked_at: datetime
    expires_at: datetime
    answered_at: datetime | None
    verdict: Verdict | None


def secret_digest(secret: str) -> str:
    """SHA-256 of a random secret, as it is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def bound_to(document: Mapping[str, Any], did: str) -> dict[str, Any]:
    """The unsigned content of a credential, about the holder of that DID; of several statuses that of revocation."""
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    named = document.get("credentialStatus")
    if isinstance(named, list):
        unsigned["credentialStatus"] = next(entry for entry in named if entry["statusPurpose"] == "revocation")
    return {**unsigned, "credentialSubject": {**document["credentialSubject"], "id": did}}


def may_ask_wallets(actor: Actor, institution: str) -> bool:
    """Staff who read records of applicants: admissions, registrars and program staff of the institution."""
    return any(actor.has_role(role, institution) for role in ("admissions", "registrar", "program_staff"))


def name_of(form: str, credential_id: UUID) -> str:
    """The name (`credential_identifier`) of one credential in one form."""
    return f"{form}.{credential_id.hex}"
