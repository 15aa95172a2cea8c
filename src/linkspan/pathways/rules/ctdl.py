"""An agreement as CTDL JSON-LD: Pathway with its components, ConditionProfile, TransferValueProfile.

Terms: Credential Transparency Description Language (credreg.net/ctdl/terms) and, for parts, CTDL-ASN (`ceasn`); which
of them a profile must have is what the Credential Registry's publishing API asks for. CTIDs are derived from the
agreement's identifier and version, so that the same terms keep the same one.
"""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from linkspan.pathways.rules.coursework import named_courses
from linkspan.pathways.rules.words import requirement_in_words

CONTEXT = "https://credreg.net/ctdl/schema/context/json"
LANGUAGE = "en"
DEGREE = "ceterms:Degree"


def agreement_as_ctdl(document: Mapping[str, Any], base_url: str) -> dict[str, Any]:
    """The graph of one agreement; what is not public is left out.

    Things that are not of the agreement itself (institutions, credentials, courses) are blank nodes, referred to by
    their identifiers, as the Credential Registry has them.
    """
    graph = [
        _pathway(document, base_url),
        *_components(document, base_url),
        *_transfer_values(document, base_url),
        *_references(document),
    ]
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
        "ceterms:subjectWebpage": _page(document, base_url),
        "ceterms:ownedBy": [_blank(document, "receiving")],
        "ceterms:offeredBy": [_blank(document, "receiving"), _blank(document, "sending")],
        "ceterms:hasDestinationComponent": [goal],
        "ceasn:hasPart": [goal, _id(document, base_url, "source")],
        "ceterms:versionIdentifier": [
            {"@type": "ceterms:IdentifierValue", "ceterms:identifierValueCode": str(document["version"])}
        ],
    }


def _components(document: Mapping[str, Any], base_url: str) -> list[dict[str, Any]]:
    sending, receiving = document["sending"], document["receiving"]
    pathway = [_id(document, base_url, "pathway")]
    source = _node(document, base_url, "ceterms:CredentialComponent", "source", _title(sending))
    goal = _node(document, base_url, "ceterms:CredentialComponent", "destination", _title(receiving))
    condition = {
        "@type": "ceterms:ComponentCondition",
        "ceterms:name": _text("From the credential to the degree"),
        "ceterms:description": _text(f"{_title(sending)}, and the requirements of {_title(receiving)}"),
        "ceterms:requiredNumber": 1,
        "ceterms:targetComponent": [source["@id"]],
    }
    return [
        source | {"ceasn:isPartOf": pathway, "ceterms:proxyFor": _blank(document, "credential")},
        goal
        | {
            "ceasn:isPartOf": pathway,
            "ceterms:isDestinationComponentOf": pathway,
            "ceterms:hasCondition": [condition],
            "ceterms:proxyFor": _blank(document, "degree"),
        },
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
        slot, courses = str(row.get("slot", "elective")), _courses(row)
        named = ", ".join(courses) or "courses that are not public"
        node = _node(
            document, base_url, "ceterms:TransferValueProfile", f"value-{number}", f"Clause {row.get('clause')}"
        )
        found.append(
            node
            | {
                "ceterms:description": _text(f"{row.get('times', 1)} of {named} as {slot}"),
                "ceterms:subjectWebpage": _page(document, base_url),
                "ceterms:ownedBy": [_blank(document, "receiving")],
                "ceterms:startDate": document["valid_from"],
                "ceterms:endDate": document.get("valid_to"),
                "ceterms:transferValue": [_value(document, row)],
                "ceterms:transferValueFrom": [_blank(document, f"from {course}") for course in courses],
                "ceterms:transferValueFor": [_blank(document, f"for {slot}")],
            }
        )
    return found


def _value(document: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """The value in credits; in words where there is none, or where it is not public."""
    value: dict[str, Any] = {"@type": "ceterms:ValueProfile"}
    if row.get("credits") is not None:
        unit = str(document["receiving"].get("unit") or "credit")
        return value | {"schema:value": row["credits"], "ceterms:creditUnitTypeDescription": _text(unit)}
    said = "The courses are waived, without credit" if row.get("effect") == "waiver" else "The credits are not public"
    if row.get("gives"):
        said = "; ".join(f"{given['credits']} credits as {given['slot']}" for given in row["gives"])
    return value | {"schema:description": _text(said)}


def _courses(row: Mapping[str, Any]) -> list[str]:
    return list(named_courses(row))


def _references(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the graph refers to: each once."""
    sides = {side: document[side] for side in ("sending", "receiving")}
    conditions = [_condition(row) for row in document.get("requirements") or ()]
    nodes: list[dict[str, Any]] = [
        {"@id": _blank(document, side), "@type": "ceterms:CredentialOrganization", "ceterms:name": _text(name)}
        for side, name in ((side, str(party["institution"])) for side, party in sides.items())
    ]
    for part, kind, side in (("credential", "ceterms:MicroCredential", "sending"), ("degree", DEGREE, "receiving")):
        node = {"@id": _blank(document, part), "@type": kind, "ceterms:name": _text(_title(sides[side]))}
        nodes.append(node | {"ceterms:offeredBy": [_blank(document, side)]})
    nodes[-1]["ceterms:requires"] = conditions
    rows = document.get("recognition") or ()
    courses = {("from", course): "sending" for row in rows for course in _courses(row)}
    courses |= {("for", str(row.get("slot", "elective"))): "receiving" for row in rows}
    return nodes + [_course(document, f"{way} {code}", code, side) for (way, code), side in courses.items()]


def _course(document: Mapping[str, Any], part: str, code: str, side: str) -> dict[str, Any]:
    return {
        "@id": _blank(document, part),
        "@type": "ceterms:Course",
        "ceterms:codedNotation": code,
        "ceterms:name": _text(code),
        "ceterms:offeredBy": [_blank(document, side)],
    }


def _page(document: Mapping[str, Any], base_url: str) -> str:
    return f"{base_url}/pathways/{document['id']}/"


def _blank(document: Mapping[str, Any], part: str) -> str:
    return f"_:{ctid_of(document, part)[3:]}"


def _title(party: Mapping[str, Any]) -> str:
    return str(party.get("title") or party["program"])


def _id(document: Mapping[str, Any], base_url: str, part: str) -> str:
    return f"{base_url}/pathways/{document['id']}/#{ctid_of(document, part)}"


def _text(value: str) -> dict[str, str]:
    return {LANGUAGE: value}
