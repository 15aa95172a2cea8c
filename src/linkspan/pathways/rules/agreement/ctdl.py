"""An agreement as CTDL JSON-LD: Pathway with its components, ConditionProfile, TransferValueProfile.

Terms: Credential Transparency Description Language (credreg.net/ctdl/terms) and, for parts, CTDL-ASN (`ceasn`); which
of them a profile must have is what the Credential Registry's publishing API asks for. CTIDs are derived from the
agreement's identifier and version, so that the same terms keep the same one.
"""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from linkspan.pathways.rules.agreement import Agreement, Receiving, Recognition, Requirement, Sending
from linkspan.pathways.rules.agreement.words import requirement_in_words
from linkspan.pathways.rules.recognition.solving import ELECTIVE

CONTEXT = "https://credreg.net/ctdl/schema/context/json"
LANGUAGE = "en"
DEGREE = "ceterms:Degree"


def agreement_as_ctdl(agreement: Agreement, base_url: str) -> dict[str, Any]:
    """The graph of one agreement; what is not public is left out.

    Things that are not of the agreement itself (institutions, credentials, courses) are blank nodes, referred to by
    their identifiers, as the Credential Registry has them.
    """
    graph = [
        _pathway(agreement, base_url),
        *_components(agreement, base_url),
        *_transfer_values(agreement, base_url),
        *_references(agreement),
    ]
    return {
        "@context": CONTEXT,
        "@graph": [{k: v for k, v in node.items() if v not in (None, "", [])} for node in graph],
    }


def ctid_of(agreement: Agreement, part: str) -> str:
    """A stable CTID for a part of the agreement."""
    return f"ce-{uuid5(NAMESPACE_URL, f'linkspan:{agreement.id}:{agreement.version}:{part}')}"


def _node(agreement: Agreement, base_url: str, kind: str, part: str, name: str) -> dict[str, Any]:
    ctid = ctid_of(agreement, part)
    return {
        "@id": f"{base_url}/pathways/{agreement.id}/#{ctid}",
        "@type": kind,
        "ceterms:ctid": ctid,
        "ceterms:name": _text(name),
    }


def _pathway(agreement: Agreement, base_url: str) -> dict[str, Any]:
    sending, receiving = agreement.sending, agreement.receiving
    name = f"{sending.name} to {receiving.name}"
    goal = _id(agreement, base_url, "destination")
    return _node(agreement, base_url, "ceterms:Pathway", "pathway", name) | {
        "ceterms:description": _text(agreement.note or name),
        "ceterms:subjectWebpage": _page(agreement, base_url),
        "ceterms:ownedBy": [_blank(agreement, "receiving")],
        "ceterms:offeredBy": [_blank(agreement, "receiving"), _blank(agreement, "sending")],
        "ceterms:hasDestinationComponent": [goal],
        "ceasn:hasPart": [goal, _id(agreement, base_url, "source")],
        "ceterms:versionIdentifier": [
            {"@type": "ceterms:IdentifierValue", "ceterms:identifierValueCode": str(agreement.version)}
        ],
    }


def _components(agreement: Agreement, base_url: str) -> list[dict[str, Any]]:
    sending, receiving = agreement.sending, agreement.receiving
    pathway = [_id(agreement, base_url, "pathway")]
    source = _node(agreement, base_url, "ceterms:CredentialComponent", "source", sending.name)
    goal = _node(agreement, base_url, "ceterms:CredentialComponent", "destination", receiving.name)
    condition = {
        "@type": "ceterms:ComponentCondition",
        "ceterms:name": _text("From the credential to the degree"),
        "ceterms:description": _text(f"{sending.name}, and the requirements of {receiving.name}"),
        "ceterms:requiredNumber": 1,
        "ceterms:targetComponent": [source["@id"]],
    }
    return [
        source | {"ceasn:isPartOf": pathway, "ceterms:proxyFor": _blank(agreement, "credential")},
        goal
        | {
            "ceasn:isPartOf": pathway,
            "ceterms:isDestinationComponentOf": pathway,
            "ceterms:hasCondition": [condition],
            "ceterms:proxyFor": _blank(agreement, "degree"),
        },
    ]


def _condition(row: Requirement) -> dict[str, Any]:
    return {
        "@type": "ceterms:ConditionProfile",
        "ceterms:name": _text(f"Clause {row.clause}"),
        "ceterms:description": _text(row.text or requirement_in_words(row)),
    }


def _transfer_values(agreement: Agreement, base_url: str) -> list[dict[str, Any]]:
    found = []
    for number, row in enumerate(agreement.recognition):
        slot, courses = row.slot or ELECTIVE, row.named
        named = ", ".join(courses) or "courses that are not public"
        node = _node(agreement, base_url, "ceterms:TransferValueProfile", f"value-{number}", f"Clause {row.clause}")
        found.append(
            node
            | {
                "ceterms:description": _text(f"{row.times or 1} of {named} as {slot}"),
                "ceterms:subjectWebpage": _page(agreement, base_url),
                "ceterms:ownedBy": [_blank(agreement, "receiving")],
                "ceterms:startDate": agreement.valid_from.isoformat(),
                "ceterms:endDate": agreement.valid_to.isoformat() if agreement.valid_to else None,
                "ceterms:transferValue": [_value(agreement, row)],
                "ceterms:transferValueFrom": [_blank(agreement, f"from {course}") for course in courses],
                "ceterms:transferValueFor": [_blank(agreement, f"for {slot}")],
            }
        )
    return found


def _value(agreement: Agreement, row: Recognition) -> dict[str, Any]:
    """The value in credits; in words where there is none, or where it is not public."""
    value: dict[str, Any] = {"@type": "ceterms:ValueProfile"}
    if row.credits is not None:
        unit = agreement.receiving.unit or "credit"
        return value | {"schema:value": row.as_json()["credits"], "ceterms:creditUnitTypeDescription": _text(unit)}
    said = "The courses are waived, without credit" if row.is_waiver else "The credits are not public"
    if row.gives:
        said = "; ".join(f"{given.credits} credits as {given.slot}" for given in row.gives)
    return value | {"schema:description": _text(said)}


def _references(agreement: Agreement) -> list[dict[str, Any]]:
    """What the graph refers to: each once."""
    sides: dict[str, Sending | Receiving] = {"sending": agreement.sending, "receiving": agreement.receiving}
    conditions = [_condition(row) for row in agreement.requirements]
    nodes: list[dict[str, Any]] = [
        {"@id": _blank(agreement, side), "@type": "ceterms:CredentialOrganization", "ceterms:name": _text(name)}
        for side, name in ((side, party.institution) for side, party in sides.items())
    ]
    for part, kind, side in (("credential", "ceterms:MicroCredential", "sending"), ("degree", DEGREE, "receiving")):
        node = {"@id": _blank(agreement, part), "@type": kind, "ceterms:name": _text(sides[side].name)}
        nodes.append(node | {"ceterms:offeredBy": [_blank(agreement, side)]})
    nodes[-1]["ceterms:requires"] = conditions
    courses = {("from", course): "sending" for row in agreement.recognition for course in row.named}
    courses |= {("for", row.slot or ELECTIVE): "receiving" for row in agreement.recognition}
    return nodes + [_course(agreement, f"{way} {code}", code, side) for (way, code), side in courses.items()]


def _course(agreement: Agreement, part: str, code: str, side: str) -> dict[str, Any]:
    return {
        "@id": _blank(agreement, part),
        "@type": "ceterms:Course",
        "ceterms:codedNotation": code,
        "ceterms:name": _text(code),
        "ceterms:offeredBy": [_blank(agreement, side)],
    }


def _page(agreement: Agreement, base_url: str) -> str:
    return f"{base_url}/pathways/{agreement.id}/"


def _blank(agreement: Agreement, part: str) -> str:
    return f"_:{ctid_of(agreement, part)[3:]}"


def _id(agreement: Agreement, base_url: str, part: str) -> str:
    return f"{base_url}/pathways/{agreement.id}/#{ctid_of(agreement, part)}"


def _text(value: str) -> dict[str, str]:
    return {LANGUAGE: value}
