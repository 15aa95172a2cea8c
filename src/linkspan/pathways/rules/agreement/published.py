"""A pathway as others read it: plain JSON for programs, schema.org for search engines.

The schema.org terms are those of EducationalOccupationalProgram (schema.org 26): a degree as a program of the receiving
school, the credential that opens it as a prerequisite, tuition as an Offer. What is not public is left out.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from linkspan.pathways.rules.agreement import Agreement, Receiving, Sending
from linkspan.pathways.rules.audit.network import Terms
from linkspan.pathways.rules.life.lifecycle import Status

SCHEMA_ORG = "https://schema.org"


def plain(
    agreement: Agreement, terms: Terms, status: str, sha256: str, base_url: str, names: Mapping[str, str]
) -> dict[str, Any]:
    """One pathway in the list for programs (docs/formats/README.md, «Open catalogue»)."""
    return {
        "id": agreement.id,
        "version": agreement.version,
        "sha256": sha256,
        "status": status,
        "url": page_of(agreement, base_url),
        "valid_from": agreement.valid_from.isoformat(),
        "valid_to": agreement.valid_to.isoformat() if agreement.valid_to else None,
        "sending": _party(agreement.sending, names),
        "receiving": _party(agreement.receiving, names),
        "field": terms.field or None,
        "country": terms.country or None,
        "language": terms.language or None,
        "delivery": terms.delivery or None,
        "recognised": {"most": _number(terms.credits), "unit": terms.unit} if terms.credits is not None else None,
        "tuition_left": terms.cost.as_json() if terms.cost else None,
        "months": terms.months,
        "next_close": terms.closes.isoformat() if terms.closes else None,
        "seats": agreement.seats,
        "requirements": [{"clause": clause, "text": text} for clause, text in terms.requirements],
    }


def page_of(agreement: Agreement, base_url: str) -> str:
    """The address of a pathway's page."""
    return f"{base_url}/pathways/{agreement.id}/"


def _party(party: Sending | Receiving, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "institution": party.institution,
        "name": _school(party, names),
        "program": party.program,
        "title": party.name,
    }


def _school(party: Sending | Receiving, names: Mapping[str, str]) -> str:
    return names.get(party.institution, party.institution)


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def schema_org(
    agreement: Agreement, terms: Terms, status: str, base_url: str, names: Mapping[str, str]
) -> dict[str, Any]:
    """One pathway as a schema.org EducationalOccupationalProgram, without its @context."""
    sending, receiving = agreement.sending, agreement.receiving
    page = page_of(agreement, base_url)
    found: dict[str, Any] = {
        "@type": "EducationalOccupationalProgram",
        "@id": f"{page}#program",
        "url": page,
        "name": f"{receiving.name}: pathway from {sending.name}",
        "description": description(agreement, terms, names),
        "provider": {"@type": "CollegeOrUniversity", "name": _school(receiving, names)},
        "educationalCredentialAwarded": {"@type": "EducationalOccupationalCredential", "name": receiving.name},
        "programPrerequisites": [_prerequisite(sending, names), *(text for _, text in terms.requirements if text)],
        "occupationalCategory": terms.field or None,
        "inLanguage": terms.language or None,
        "educationalProgramMode": terms.delivery or None,
        "timeToComplete": f"P{terms.months}M" if terms.months else None,
        "maximumEnrollment": agreement.seats,
        "identifier": f"{agreement.id}, version {agreement.version}",
    }
    if status == Status.ACTIVE:
        found |= _admission(agreement, terms)
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def _prerequisite(sending: Sending, names: Mapping[str, str]) -> dict[str, Any]:
    issuer = {"@type": "CollegeOrUniversity", "name": _school(sending, names)}
    return {"@type": "EducationalOccupationalCredential", "name": sending.name, "recognizedBy": issuer}


def _admission(agreement: Agreement, terms: Terms) -> dict[str, Any]:
    start = next((w.opens for w in agreement.windows if w.closes is not None and w.closes == terms.closes), None)
    offer = None
    if terms.cost:
        shown = terms.cost.in_whole()
        offer = {"@type": "Offer", "category": "Tuition", "price": shown, "priceCurrency": terms.cost.currency}
    return {
        "applicationStartDate": start.isoformat() if start else None,
        "applicationDeadline": terms.closes.isoformat() if terms.closes else None,
        "offers": offer,
    }


def description(agreement: Agreement, terms: Terms, names: Mapping[str, str]) -> str:
    """One sentence for search results."""
    sending, receiving = agreement.sending, agreement.receiving
    much = f", up to {_number(terms.credits)} {terms.unit} recognised" if terms.credits else ""
    return f"From {sending.name} ({_school(sending, names)}) to {receiving.name} at {_school(receiving, names)}{much}."


def graph(programs: list[dict[str, Any]]) -> dict[str, Any]:
    """Programs as one JSON-LD document."""
    return {"@context": SCHEMA_ORG, "@graph": programs}
