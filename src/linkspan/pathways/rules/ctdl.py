"""An agreement as CTDL JSON-LD: Pathway with its components, ConditionProfile, TransferValueProfile.

Terms: Credential Transparency Description Language (credreg.net/ctdl/terms), whose `ceterms` names are used as they
are. CTIDs are derived from the agreement's identifier and version, so that the same terms keep the same one.
"""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from linkspan.pathways.rules.words import requirement_in_words

CONTEXT = "https://credreg.net/ctdl/schema/context/json"
LANGUAGE = "en"


def agreement_as_ctdl(document: Mapping[str, Any], base_url: str) -> dict[str, Any]:
    """The graph of one agreement; what is not public is left out."""
    graph = [_pathway(document, base_url), *_components(document, base_url), *_transfer_values(document, base_url)]
    return {
        "@context": CONTEXT,
        "@graph": [{k: v for k, v in node.items() if v not in (None, "", [])} for node in graph],
    }


def ctid_of(document: Mapping[str, Any], part: str) -> str:
    """A stable CTID for a part of the agreement."""
    return f"ce-{uuid5(NAMESPACE_URL, f'linkspan:{document["id"]}:{document["version"]}:{part}')}"


def _node(document: Mapping[str, Any], base_url: str, kind: str, part: str, name: str) -> dict[str, Any]:
    ctid = ctid_of(document, part)
    return {
        "@id": f"{base_url}/pathways/{document['id']}/#{ctid}",
        "@type": kind,
        "ceterms:ctid": ctid,
        "ceterms:name": _text(name),
    }


def _pathway(document: Mapping[str, Any], base_url: str) -> dict[str, Any]:
    sending, receiving = document["sending"], document["receiving"]
    name = f"{_title(sending)} to {_title(receiving)}"
    goal = _id(document, base_url, "destination")
    return _node(document, base_url, "ceterms:Pathway", "pathway", name) | {
        "ceterms:description": _text(str(document.get("note") or name)),
        "ceterms:subjectWebpage": f"{base_url}/pathways/{document['id']}/",
        "ceterms:ownedBy": [_organisation(receiving)],
        "ceterms:offeredBy": [_organisation(receiving), _organisation(sending)],
        "ceterms:hasDestinationComponent": [goal],
        "ceterms:hasPart": [goal, _id(document, base_url, "source")],
        "ceterms:versionIdentifier": [
            {"@type": "ceterms:IdentifierValue", "ceterms:identifierValueCode": str(document["version"])}
        ],
    }


def _components(document: Mapping[str, Any], base_url: str) -> list[dict[str, Any]]:
    sending, receiving = document["sending"], document["receiving"]
    pathway = [_id(document, base_url, "pathway")]
    source = _node(document, base_url, "ceterms:CredentialComponent", "source", _title(sending))
    goal = _node(document, base_url, "ceterms:CredentialComponent", "destination", _title(receiving))
    conditions = {
        "@type": "ceterms:ComponentCondition",
        "ceterms:name": _text("What is required"),
        "ceterms:requiredNumber": 1,
        "ceterms:targetComponent": [source["@id"]],
        "ceterms:requires": [_condition(row) for row in document.get("requirements") or ()],
    }
    return [
        source | {"ceterms:isPartOf": pathway},
        goal | {"ceterms:isPartOf": pathway, "ceterms:hasCondition": [conditions]},
    ]


def _condition(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@type": "ceterms:ConditionProfile",
        "ceterms:name": _text(f"Clause {row.get('clause')}"),
        "ceterms:description": _text(str(row.get("text") or requirement_in_words(row))),
    }


def _transfer_values(document: Mapping[str, Any], base_url: str) -> list[dict[str, Any]]:
    found = []
    for number, row in enumerate(document.get("recognition") or ()):
        courses = row.get("any_of") or row.get("all_of") or row.get("block") or [row.get("course")]
        slot, unit = str(row.get("slot", "elective")), str(document["receiving"].get("unit") or "credit")
        value = {
            "@type": "ceterms:ValueProfile",
            "schema:value": row.get("credits"),
            "ceterms:creditUnitTypeDescription": _text(unit),
        }
        node = _node(
            document, base_url, "ceterms:TransferValueProfile", f"value-{number}", f"Clause {row.get('clause')}"
        )
        found.append(
            node
            | {
                "ceterms:description": _text(f"{row.get('times', 1)} of {', '.join(map(str, courses))} as {slot}"),
                "ceterms:ownedBy": [_organisation(document["receiving"])],
                "ceterms:startDate": document["valid_from"],
                "ceterms:endDate": document.get("valid_to"),
                "ceterms:transferValue": [value] if row.get("credits") is not None else [],
                "ceterms:transferValueFrom": [_course(str(c), document["sending"]) for c in courses if c],
                "ceterms:transferValueFor": [_course(slot, document["receiving"])],
            }
        )
    return found


def _course(code: str, party: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@type": "ceterms:Course",
        "ceterms:codedNotation": code,
        "ceterms:name": _text(code),
        "ceterms:offeredBy": [_organisation(party)],
    }


def _organisation(party: Mapping[str, Any]) -> dict[str, Any]:
    return {"@type": "ceterms:CredentialOrganization", "ceterms:name": _text(str(party["institution"]))}


def _title(party: Mapping[str, Any]) -> str:
    return str(party.get("title") or party["program"])


def _id(document: Mapping[str, Any], base_url: str, part: str) -> str:
    return f"{base_url}/pathways/{document['id']}/#{ctid_of(document, part)}"


def _text(value: str) -> dict[str, str]:
    return {LANGUAGE: value}
