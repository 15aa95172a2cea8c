"""The members of each class, as the specifications' tables list them, and the JSON Schemas made of them.

Sources: W3C VC Data Model 2.0 (section 4) and 1.1; Open Badges 3.0 (appendix B); CLR 2.0 (appendix B). A member is its
name, how often it stands (`!` once, `?` at most once, `*` any number, `+` once or more) and what it holds.
"""

import re
from collections.abc import Mapping
from typing import Any

from linkspan.vc.instants import STAMP

MEMBER = re.compile(r"(\S+)([!?*+])(\S+)")
PLURAL, NEEDED = "*+", "!+"
ADDRESS = r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$"

#: Values that are no class of the specifications: plain JSON, addresses, instants, text with or without its language.
VALUES: dict[str, dict[str, Any]] = {
    "Address": {"type": "string", "pattern": ADDRESS},
    "Any": {},
    "Boolean": {"type": "boolean"},
    "Contexts": {
        "type": ["array", "string"],
        "minItems": 1,
        "minLength": 1,
        "items": {"type": ["string", "object"], "pattern": ADDRESS},
    },
    "Held": {"type": ["string", "object"]},
    "Instant": {"type": "string", "pattern": STAMP},
    "Number": {"type": "number"},
    "Object": {"type": "object"},
    "Said": {
        "type": ["string", "object"],
        "properties": {"@value": {"type": "string"}, "@language": {"type": "string"}, "@direction": {"type": "string"}},
        "additionalProperties": False,
        "if": {"type": "object"},
        "then": {"required": ["@value"]},
    },
    "String": {"type": "string"},
    "Subject": {"type": "object", "minProperties": 1, "properties": {"id": {"$ref": "#/$defs/Address"}}},
    "Text": {"if": {"type": "array"}, "then": {"items": {"$ref": "#/$defs/Said"}}, "else": {"$ref": "#/$defs/Said"}},
    "Types": {"type": ["string", "array"], "minItems": 1, "minLength": 1, "items": {"type": "string", "minLength": 1}},
}

#: Words of a closed list; those that a list leaves open also stand as `ext:...`.
WORDS = {
    "AchievementType": "Achievement ApprenticeshipCertificate Assessment Assignment AssociateDegree Award Badge "
    "BachelorDegree Certificate CertificateOfCompletion Certification CoCurricular CommunityService Competency Course "
    "Degree Diploma DoctoralDegree Fieldwork GeneralEducationDevelopment JourneymanCertificate LearningProgram License "
    "MasterCertificate MasterDegree Membership MicroCredential ProfessionalDoctorate QualityAssuranceCredential "
    "ResearchDoctorate SecondarySchoolDiploma ext:",
    "ResultType": "GradePointAverage LetterGrade Percent PerformanceLevel PredictedScore RawScore Result "
    "RubricCriterion RubricCriterionLevel RubricScore ScaledScore Status ext:",
    "ResultStatus": "Completed Enrolled Failed InProgress OnHold Provisional Withdrew",
    "TargetType": "ceasn:Competency ceterms:Credential CFItem CFRubric CFRubricCriterion CFRubricCriterionLevel CTDL "
    "ext:",
    "IdentityType": "name sourcedId systemId productId userName accountId emailAddress nationalIdentityNumber isbn "
    "issn lisSourcedId oneRosterSourcedId sisSourcedId ltiContextId ltiDeploymentId ltiToolId ltiPlatformId ltiUserId "
    "identifier ext:",
    "AssociationType": "exactMatchOf isChildOf isParentOf isPartOf isPeerOf isRelatedTo precedes replacedBy",
}

CREDENTIAL = (
    "@context!Contexts id?Address type!Types credentialSubject+Subject credentialStatus*Typed "
    "termsOfUse*Typed evidence*Typed refreshService*Typed credentialSchema*SchemaNamed"
)
CLASSES = {
    "Credential": f"{CREDENTIAL} issuer!Issuer validFrom?Instant validUntil?Instant relatedResource*Resource name?Text "
    "description?Text",
    "Credential11": f"{CREDENTIAL} issuer!Named issuanceDate!Instant expirationDate?Instant validFrom?Instant "
    "validUntil?Instant",
    "Presentation": "@context!Contexts id?Address type!Types holder?Named",
    "Named": "id!Address",
    "Issuer": "id!Address name?Text description?Text",
    "Typed": "id?Address type!Types",
    "SchemaNamed": "id!Address type!Types",
    "Resource": "id!Address digestSRI?String digestMultibase?String",
    "OpenBadge": "id!Address issuer!Profile validFrom!Instant credentialSubject!AchievementSubject image?Image "
    "awardedDate?Instant evidence*Evidence endorsement*Object endorsementJwt*String",
    "Endorsement": "id!Address name!Text issuer!Profile validFrom!Instant credentialSubject!EndorsementSubject "
    "awardedDate?Instant",
    "Clr": "id!Address name!Text issuer!Profile validFrom!Instant credentialSubject!ClrSubject partial?Boolean "
    "image?Image endorsement*Object endorsementJwt*String",
    "AchievementSubject": "type!AchievementSubject: achievement!Achievement id?Address identifier*IdentityObject "
    "activityStartDate?Instant activityEndDate?Instant creditsEarned?Number image?Image licenseNumber?String "
    "narrative?Text result*Result role?String source?Profile term?String",
    "EndorsementSubject": "type!EndorsementSubject: id!Address endorsementComment?Text",
    "ClrSubject": "type!ClrSubject: verifiableCredential+Held achievement*Achievement identifier*IdentityObject "
    "association*Association id?Address",
    "Achievement": "type!Achievement: id!Address name!Text description!Text criteria!Criteria "
    "achievementType?AchievementType alignment*Alignment creator?Profile creditsAvailable?Number endorsement*Object "
    "endorsementJwt*String fieldOfStudy?String humanCode?String image?Image inLanguage?String "
    "otherIdentifier*IdentifierEntry related*Related resultDescription*ResultDescription specialization?String "
    "tag*String version?String",
    "Criteria": "id?Address narrative?Text",
    "ResultDescription": "type!ResultDescription: id!Address name!Text resultType!ResultType allowedValue*String "
    "requiredValue?String requiredLevel?Address rubricCriterionLevel*RubricCriterionLevel valueMin?String "
    "valueMax?String alignment*Alignment",
    "RubricCriterionLevel": "type!RubricCriterionLevel: id!Address name!Text level?String points?String "
    "description?Text alignment*Alignment",
    "Result": "type!Result: value?String status?ResultStatus achievedLevel?Address resultDescription?Address "
    "alignment*Alignment",
    "Alignment": "type!Alignment: targetName!Text targetUrl!Address targetType?TargetType targetCode?String "
    "targetFramework?Text targetDescription?Text",
    "Evidence": "type!Evidence: id?Address name?Text narrative?Text description?Text genre?String audience?String",
    "ImageObject": "id!Address type!Types caption?Text",
    "IdentityObject": "type!IdentityObject: hashed!Boolean identityHash!String identityType!IdentityType salt?String",
    "IdentifierEntry": "type!IdentifierEntry: identifier!String identifierType!IdentityType",
    "ProfileObject": "id!Address name?Text url?Address email?String phone?String description?Text image?Image "
    "official?String parentOrg?Profile otherIdentifier*IdentifierEntry dateOfBirth?String endorsement*Object "
    "endorsementJwt*String",
    "Related": "type!Related: id!Address inLanguage?String version?String",
    "Association": "type!Association: sourceId!Address targetId!Address associationType!AssociationType",
}
#: Classes that also stand as their address alone.
BY_ADDRESS = {"Profile": "ProfileObject", "Image": "ImageObject", "Named": "Named", "Issuer": "Issuer"}
#: Of these there is one, and no list of one.
ALONE = frozenset({"Named", "Issuer"})
#: Kinds that also stand on version 1.1 of the data model, which dates by `issuanceDate`.
CLASSES |= {
    f"{name}11": CLASSES[name].replace("validFrom!", "validFrom?") for name in ("OpenBadge", "Endorsement", "Clr")
}
#: Members that a holder who shows a credential in part cannot hide.
SHOWN = frozenset({"@context", "type", "issuer"})


def schema_of(names: tuple[str, ...], *, whole: bool) -> dict[str, Any]:
    """The JSON Schema of what is all of these classes; unless it is `whole`, members may have been left hidden."""
    roots = [{"$ref": f"#/$defs/{name}"} for name in names]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "allOf": roots, "$defs": _definitions(whole)}


def _definitions(whole: bool) -> dict[str, Any]:
    made = dict(VALUES)
    made |= {name: _words(words) for name, words in WORDS.items()}
    made |= {name: _class(name, members, whole) for name, members in CLASSES.items()}
    for name, named in BY_ADDRESS.items():
        held = {"allOf": [made[named]]} if named == name else {"$ref": f"#/$defs/{named}"}
        made[name] = {"if": {"type": "string"}, "then": {"$ref": "#/$defs/Address"}, "else": held}
    return made


def _words(words: str) -> dict[str, Any]:
    listed = [word for word in words.split() if word != "ext:"]
    closed = {"enum": listed}
    if len(listed) == len(words.split()):
        return closed
    return {"type": "string", "if": {"pattern": "^ext:."}, "then": {}, "else": closed}


def _class(name: str, members: str, whole: bool) -> dict[str, Any]:
    parts = [MEMBER.fullmatch(part) for part in members.split()]
    found = [(part[1], part[2], part[3]) for part in parts if part]
    made: dict[str, Any] = {
        "type": "object",
        "properties": {member: _member(times, held) for member, times, held in found},
    }
    needed = [member for member, times, _ in found if times in NEEDED]
    shown = SHOWN if name.startswith("Credential") else frozenset()
    made["required"] = needed if whole else [member for member in needed if member in shown]
    return made


def _member(times: str, held: str) -> Mapping[str, Any]:
    """What a member holds. A list of one says in JSON-LD what its one thing says, so things may stand so."""
    if held.endswith(":"):
        named = held.removesuffix(":")
        return {"if": {"type": "array"}, "then": {"contains": {"const": named}}, "else": {"const": named}}
    one = {"$ref": f"#/$defs/{held}"}
    if times in PLURAL:
        several = {"items": one, "minItems": 1} if times == "+" else {"items": one}
        return {"if": {"type": "array"}, "then": several, "else": one}
    if held in CLASSES and held not in ALONE:
        return {"if": {"type": "array"}, "then": {"items": one, "minItems": 1, "maxItems": 1}, "else": one}
    return one
