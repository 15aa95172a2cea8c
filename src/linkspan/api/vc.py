"""The W3C VC API 0.7, for systems that a university already runs. Off unless LINKSPAN_VC_API is set.

An instance is an institution: `/api/v1/vc/CODE/credentials/issue` and so on. What is not known is refused (section
3.6); errors are problem details (RFC 9457) sent as application/json (section 3.5).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from ninja import Body

from linkspan.accounts.rules import Scope
from linkspan.api.answers import Router
from linkspan.api.documents import Credential
from linkspan.api.documents import Verdict as OurVerdict
from linkspan.api.signin import ClientToken
from linkspan.credentials import queries
from linkspan.credentials.actions import get_over_api, give_nonce, issue_over_api, set_status_over_api, use_nonce
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import Busy, LinkspanError, NotFound, NotPermitted, Unusable, permit
from linkspan.kernel.request import Request
from linkspan.vc import Unreadable, VcError
from linkspan.vc.verify import Check, Occasion, Verdict

router = Router(auth=ClientToken())
UNKNOWN_OPTION = "https://www.w3.org/TR/vc-api#UNKNOWN_OPTION_PROVIDED"
#: What is a fault of the credential itself; the other checks warn (section 3.13.1).
ERRORS = {
    "data_model": "https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR",
    "signature": "https://www.w3.org/TR/vc-data-model#CRYPTOGRAPHIC_SECURITY_ERROR",
    "data_loss": "https://w3id.org/security#DATA_LOSS_DETECTION_ERROR",
    "holder": "https://www.w3.org/TR/vc-data-model#CRYPTOGRAPHIC_SECURITY_ERROR",
}
STATUS_LIST = "https://www.w3.org/ns/credentials/status-list#"
#: Bitstring Status List 1.0, section 3.5: the URL and the number of each problem with a status list.
STATUS_PROBLEMS: Mapping[str, tuple[str, int]] = {
    "status_list_missing": (f"{STATUS_LIST}STATUS_RETRIEVAL_ERROR", -128),
    "status_list_short": (f"{STATUS_LIST}STATUS_LIST_LENGTH_ERROR", -130),
    "status_index_out_of_range": ("https://www.w3.org/TR/vc-data-model#RANGE_ERROR", -67),
    **dict.fromkeys(
        ("status_index_broken", "status_size_broken", "status_message_broken", "status_list_broken"),
        ("https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR", -66),
    ),
    **dict.fromkeys(
        ("status_list_foreign", "status_list_wrong", "status_list_unsigned", "status_purpose_wrong"),
        (f"{STATUS_LIST}STATUS_VERIFICATION_ERROR", -129),
    ),
}
#: Statuses that the VC API gives as others do; every other refusal is 400 there.
SHARED = (NotPermitted.status, NotFound.status, Busy.status)
Answer = tuple[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Issued:
    """A credential that was issued."""

    verifiableCredential: Credential


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing more is told."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge for a presentation."""

    challenge: str


@dataclass(frozen=True, slots=True)
class VcProblem:
    """A problem (section 3.13.1)."""

    type: str
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Verified:
    """A verdict in the words of the VC API; ours stands beside."""

    verified: bool
    document: Mapping[str, Any]
    mediaType: str
    controller: str | None
    errors: tuple[VcProblem, ...]
    warnings: tuple[VcProblem, ...]
    verdict: OurVerdict


def answered(work: Callable[[], Answer]) -> HttpResponse:
    """What `work` gives, or its refusal as problem details."""
    try:
        if not settings.VC_API:
            raise NotFound("vc_api_off", "The VC API is off here. An operator sets LINKSPAN_VC_API to turn it on.")
        status, body = work()
    except LinkspanError as no:
        kind = UNKNOWN_OPTION if no.code == "unknown_option" else f"urn:linkspan:problem:{no.code}"
        status = no.status if no.status in SHARED else 400
        body = {"type": kind, "status": status, "title": no.code, "detail": no.message}
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})


def check_known(given: dict[str, Any], known: Collection[str], needed: Collection[str] = ()) -> None:
    """Unusable for a member that is not known here, or one that lacks (section 3.6)."""
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise Unusable("unknown_option", "Not understood here: {unknown}.", unknown=", ".join(unknown))
    lacking = sorted(set(needed) - set(given))
    if lacking:
        raise Unusable("input_lacking", "Needed: {lacking}.", lacking=", ".join(lacking))


def _object(given: dict[str, Any], name: str) -> dict[str, Any]:
    value = given.get(name, {})
    if not isinstance(value, dict):
        raise Unusable("input_invalid", "{name} is an object.", name=name)
    return value


@router.post("/{code}/credentials/issue", operation_id="vc_issue", response={201: Issued})
def issue(request: Request, code: str, asked: Body[dict[str, Any]]) -> HttpResponse:
    """Issue a credential (section 3.8.1). `options.credentialId` makes a repetition give the same credential."""

    def work() -> Answer:
        check_known(asked, {"credential", "options"}, {"credential"})
        options = _object(asked, "options")
        check_known(options, {"credentialId"})
        named = options.get("credentialId")
        if named is not None and (not isinstance(named, str) or not 0 < len(named) <= 300):
            raise Unusable("input_invalid", "credentialId is a text of up to 300 characters.")
        now = max(real_now(), request.now)
        document = issue_over_api(
            actor=request.actor,
            institution=code,
            credential=_object(asked, "credential"),
            credential_id=named,
            now=now,
        )
        return 201, {"verifiableCredential": document}

    return answered(work)


@router.post("/{code}/credentials/status", operation_id="vc_status", response=Nothing)
def status(request: Request, code: str, asked: Body[dict[str, Any]]) -> HttpResponse:
    """Update the status of a credential (section 3.8.3). Setting it twice is setting it once."""

    def work() -> Answer:
        names = {"credentialId", "credentialStatus", "status"}
        check_known(asked, names | {"indexAllocator"}, names)
        entry = _object(asked, "credentialStatus")
        known = {"id", "type", "statusPurpose", "statusListIndex", "statusListCredential"}
        check_known(entry, known, {"type", "statusPurpose"})
        if entry["type"] not in ("BitstringStatusListEntry", "BitstringStatusList"):
            raise Unusable("unknown_option", "credentialStatus.type is BitstringStatusListEntry.")
        if not isinstance(asked["status"], bool):
            raise Unusable("input_invalid", "status is true or false.")
        set_status_over_api(
            actor=request.actor,
            institution=code,
            credential_id=str(asked["credentialId"]),
            purpose=str(entry["statusPurpose"]),
            value=asked["status"],
            now=max(real_now(), request.now),
        )
        return 200, {}

    return answered(work)


@router.post("/{code}/credentials/verify", operation_id="vc_verify", response=Verified)
def verify(request: Request, code: str, asked: Body[dict[str, Any]]) -> HttpResponse:
    """Verify a credential (section 3.9.1). Nothing is kept."""

    def work() -> Answer:
        permit(request.actor.has_role(Scope.VERIFY, code), "verify here")
        check_known(asked, {"verifiableCredential", "options"}, {"verifiableCredential"})
        check_known(_object(asked, "options"), ())
        document = _object(asked, "verifiableCredential")
        return 200, result(document, _judged(document, None, request), "application/vc")

    return answered(work)


@router.post("/{code}/presentations/verify", operation_id="vc_verify_presentation", response=Verified)
def verify_presentation(request: Request, code: str, asked: Body[dict[str, Any]]) -> HttpResponse:
    """Verify a presentation of one credential (section 3.9.2). A challenge of this instance is used up by it."""

    def work() -> Answer:
        permit(request.actor.has_role(Scope.PRESENT, code), "verify presentations here")
        check_known(asked, {"verifiablePresentation", "options"}, {"verifiablePresentation"})
        options = _object(asked, "options")
        check_known(options, {"challenge", "domain"}, {"challenge", "domain"})
        challenge, domain = str(options["challenge"]), str(options["domain"])
        if not use_nonce(purpose=f"vc-api:{code}", nonce=challenge, at=real_now()):
            raise Unusable("challenge_unknown", "The challenge was used, is too old, or was not given out here.")
        document = _object(asked, "verifiablePresentation")
        verdict = _judged(document, Occasion(challenge=challenge, domain=domain), request)
        return 200, result(document, verdict, "application/vp")

    return answered(work)


@router.post("/{code}/challenges", operation_id="vc_challenge", response=Challenge)
def challenge(request: Request, code: str) -> HttpResponse:
    """A challenge for a presentation (section 3.9.3); it works once, for five minutes."""

    def work() -> Answer:
        permit(request.actor.has_role(Scope.PRESENT, code), "ask for presentations here")
        return 200, {"challenge": give_nonce(purpose=f"vc-api:{code}", at=real_now())}

    return answered(work)


@router.get("/{code}/credentials/{path:credential_id}", operation_id="vc_get", response=Credential)
def get(request: Request, code: str, credential_id: str) -> HttpResponse:
    """A credential that was issued over this interface (section 3.8.2)."""
    now = max(real_now(), request.now)
    return answered(
        lambda: (200, get_over_api(actor=request.actor, institution=code, credential_id=credential_id, now=now))
    )


def _judged(document: dict[str, Any], occasion: Occasion | None, request: Request) -> Verdict:
    try:
        return queries.judge(document, max(real_now(), request.now), occasion)
    except (Unreadable, VcError) as error:
        raise Unusable(error.code, error.message) from error


def result(document: dict[str, Any], verdict: Verdict, media_type: str) -> dict[str, Any]:
    """A verdict in the words of section 3.13.1: errors make `verified` false, warnings do not; ours stands beside."""
    open_ones = [check for check in verdict.checks if check.outcome in ("failed", "unknown")]
    errors = [check for check in open_ones if check.name in ERRORS or check.code == "key_of_another"]
    problems = {check.name: _problem(check) for check in open_ones}
    return {
        "verified": not errors,
        "document": document,
        "mediaType": media_type,
        "controller": verdict.issuer.get("id"),
        "errors": [problems[check.name] for check in errors],
        "warnings": [problems[check.name] for check in open_ones if check not in errors],
        "verdict": verdict.as_json(),
    }


def _problem(check: Check) -> dict[str, Any]:
    told = {"title": check.code, "detail": check.message}
    if check.code in STATUS_PROBLEMS:
        kind, number = STATUS_PROBLEMS[check.code]
        return {"type": kind, "code": number, **told}
    return {"type": ERRORS.get(check.name, f"urn:linkspan:problem:{check.code}"), **told}
