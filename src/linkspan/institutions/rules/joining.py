"""How an institution joins: it registers, proves its domain, has its accreditation reviewed, and is in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import available_timezones

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.refusals import Refusal

CODE = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,31}")
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
#: Where the token stands: in a TXT record of this name, or in this file of the domain's web site.
RECORD_NAME = "_linkspan"
FILE_PATH = "/.well-known/linkspan-domain.txt"


class Joining(StrEnum):
    """Where a registration stands."""

    REGISTERED = "registered"
    DOMAIN_PROVED = "domain_proved"
    ADMITTED = "admitted"
    REFUSED = "refused"


MOVES: Mapping[Joining, frozenset[Joining]] = {
    Joining.REGISTERED: frozenset({Joining.DOMAIN_PROVED, Joining.REFUSED}),
    Joining.DOMAIN_PROVED: frozenset({Joining.ADMITTED, Joining.REFUSED}),
    Joining.ADMITTED: frozenset(),
    Joining.REFUSED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Registration:
    """An institution that wants to join, and how far it has come."""

    id: UUID
    code: str
    name: str
    country: str
    time_zone: str
    domain: str
    accreditor: str
    accreditation_id: str
    evidence_sha256: str
    applicant_id: UUID
    token: str
    state: Joining
    registered_at: datetime
    proved_at: datetime | None
    proved_by: str
    reviewed_at: datetime | None
    reason: str
    refused_before: tuple[Refusal, ...] = ()

    @property
    def proof(self) -> str:
        """The text that stands in the TXT record or the file."""
        return f"linkspan-domain={self.token}"


def check_registration(
    *, code: str, name: str, country: str, time_zone: str, domain: str, accreditor: str, accreditation_id: str
) -> None:
    """Unusable, with every reason, unless the fields can be those of an institution."""
    wrong = []
    if not CODE.fullmatch(code):
        wrong.append("Choose a short name of 2 to 32 letters, digits and hyphens that begins with a letter.")
    if not 2 <= len(name.strip()) <= 200:
        wrong.append("Write the institution's full name.")
    if not re.fullmatch(r"[A-Z]{2}", country):
        wrong.append("Write the country as two letters, such as US.")
    if time_zone not in available_timezones():
        wrong.append("Write a time zone such as Europe/London.")
    if not is_domain(domain):
        wrong.append("Write the domain alone, such as university.example.")
    if not accreditor.strip() or not accreditation_id.strip():
        wrong.append("Name who accredits the institution and under which number.")
    if wrong:
        raise Unusable("registration_unusable", "Some fields cannot be used.", tuple(wrong))


def is_domain(domain: str) -> bool:
    """Whether it is the name of a host with a top-level domain (RFC 1123, section 2.1), and no address."""
    labels = domain.split(".")
    named = len(labels) > 1 and len(domain) <= 253 and all(LABEL.fullmatch(label) for label in labels)
    return named and not labels[-1].isdigit()


def next_joining(now_in: Joining, to: Joining) -> Joining:
    """The state after the step; Refused if it is not one of the table."""
    if to not in MOVES[now_in]:
        done = now_in.replace("_", " ")
        raise Refused("joining_not_allowed", "The registration is {done}: this step is not the next one.", done=done)
    return to


def may_review_joining(actor: Actor, applicant_id: UUID) -> bool:
    """Operators, never their own registration."""
    return actor.has_role("operator") and not actor.is_person(applicant_id)


def may_follow_joining(actor: Actor, applicant_id: UUID) -> bool:
    """Who registered it, and operators."""
    return actor.is_person(applicant_id) or actor.has_role("operator")


def is_proved(texts: list[str], registration: Registration) -> bool:
    """Whether one of the texts found is exactly the proof."""
    return registration.proof in {text.strip() for text in texts}
