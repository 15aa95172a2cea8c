"""A pathway as others read it: plain JSON for programs, schema.org for search engines.

The schema.org terms are those of EducationalOccupationalProgram (schema.org 26): a degree as a program of the receiving
school, the credential that opens it as a prerequisite, tuition as an Offer. What is not public is left out.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from linkspan.pathways.rules.lifecycle import Status
from linkspan.pathways.rules.network import Terms
from linkspan.pathways.rules.values import as_date

SCHEMA_ORG = "https://schema.org"


def plain(
    document: Mapping[str, Any], terms: Terms, status: str, sha256: str, base_url: str, names: Mapping[str, str]
) -> dict[str, Any]:
    """One pathway in the list for programs (docs/formats/README.md, «Open catalogue»)."""
    sending, receiving = document["sending"], document["receiving"]
    return {
        "id": document["id"],
        "version": document["version"],
        "sha256": sha256,
        "status": status,
        "url": page_of(document, base_url),
        "valid_from": document["valid_from"],
        "valid_to": document.get("valid_to"),
        "sending": _party(sending, names),
        "receiving": _party(receiving, names),
        "field": terms.field or None,
        "country": terms.country or None,
        "language": terms.language or None,
        "delivery": terms.delivery or None,
        "recognised": {"most": _number(terms.credits), "unit": terms.unit} if terms.credits is not None else None,
        "tuition_left": terms.cost.as_json() if terms.cost else None,
        "months": terms.months,
        "next_close": terms.closes.isoformat() if terms.closes else None,
        "seats": document.get("seats"),
        "requirements": [{"clause": clause, "text": text} for clause, text in terms.requirements],
    }


def page_of(document: Mapping[str, Any], base_url: str) -> str:
    """The address of a pathway's page."""
    return f"{base_url}/pathways/{document['id']}/"


def _party(party: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    code = str(party["institution"])
    title = party.get("title") or party["program"]
    return {"institution": code, "name": names.get(code, code), "program": party["program"], "title": title}


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def schema_org(
    document: Mapping[str, Any], terms: Terms, status: str, base_url: str, names: Mapping[str, str]
) -> dict[str, Any]:
    """One pathway as a schema.org EducationalOccupationalProgram, without its @context."""
    sending, receiving = _party(document["sending"], names), _party(document["receiving"], names)
    page = page_of(document, base_url)
    found: dict[str, Any] = {
        "@type": "EducationalOccupationalProgram",
        "@id": f"{page}#program",
        "url": page,
        "name": f"{receiving['title']}: pathway from {sending['title']}",
        "description": description(document, terms, names),
        "provider": {"@type": "CollegeOrUniversity", "name": receiving["name"]},
        "educationalCredentialAwarded": {"@type": "EducationalOccupationalCredential", "name": receiving["title"]},
        "programPrerequisites": [_prerequisite(sending), *(text for _, text in terms.requirements if text)],
        "occupationalCategory": terms.field or None,
        "inLanguage": terms.language or None,
        "educationalProgramMode": terms.delivery or None,
        "timeToComplete": f"P{terms.months}M" if terms.months else None,
        "maximumEnrollment": document.get("seats"),
        "identifier": f"{document['id']}, version {document['version']}",
    }
    if status == Status.ACTIVE:
        found |= _admission(document, terms)
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def _prerequisite(sending: Mapping[str, Any]) -> dict[str, Any]:
    issuer = {"@type": "CollegeOrUniversity", "name": sending["name"]}
    return {"@type": "EducationalOccupationalCredential", "name": sending["title"], "recognizedBy": issuer}


def _admission(document: Mapping[str, Any], terms: Terms) -> dict[str, Any]:
    opens = [as_date(window.get("opens")) for window in document.get("windows") or []]
    ends = [as_date(window.get("closes")) for window in document.get("windows") or []]
    start = next((o for o, e in zip(opens, ends, strict=True) if e is not None and e == terms.closes), None)
    offer = None
    if terms.cost:
        shown = terms.cost.in_whole()
        offer = {"@type": "Offer", "category": "Tuition", "price": shown, "priceCurrency": terms.cost.currency}
    return {
        "applicationStartDate": start.isoformat() if isinstance(start, date) else None,
        "applicationDeadline": terms.closes.isoformat() if terms.closes else None,
        "offers": offer,
    }


def description(document: Mapping[str, Any], terms: Terms, names: Mapping[str, str]) -> str:
    """One sentence for search results."""
    sending, receiving = _party(document["sending"], names), _party(document["receiving"], names)
    much = f", up to {_number(terms.credits)} {terms.unit} recognised" if terms.credits else ""
    return f"From {sending['title']} ({sending['name']}) to {receiving['title']} at {receiving['name']}{much}."


def graph(programs: list[dict[str, Any]]) -> dict[str, Any]:
    """Programs as one JSON-LD document."""
    return {"@context": SCHEMA_ORG, "@graph": programs}
