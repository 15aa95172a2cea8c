"""One verdict about one credential."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import rfc8785

from linkspan.vc import ecdsa_sd, jose
from linkspan.vc.errors import VcError
from linkspan.vc.model import Fault, as_list, fault_of, fault_of_presentation, kind_of
from linkspan.vc.older import OLDER_BADGE, Older
from linkspan.vc.received import Received, receive_all, receive_plain, types_of
from linkspan.vc.said import Said
from linkspan.vc.schema_registry import violation
from linkspan.vc.schemas import EDTECH_SCHEMA
from linkspan.vc.verify.assertions import judged_badge
from linkspan.vc.verify.coverage import covered
from linkspan.vc.verify.displayed import refresh_of
from linkspan.vc.verify.holder import Occasion, holder
from linkspan.vc.verify.issuer import issuer, relied_on_by
from linkspan.vc.verify.seals import issuer_id, proofs_of, seals_of, signature
from linkspan.vc.verify.shown import achievement_of, achievements_of
from linkspan.vc.verify.status import status
from linkspan.vc.verify.trust import Resolver, Trust
from linkspan.vc.verify.validity import validity
from linkspan.vc.verify.verdict import (
    FAILED,
    NAMES,
    NOT_APPLICABLE,
    PASSED,
    UNKNOWN,
    Check,
    Note,
    Verdict,
    more_held,
    overall,
    worst,
)

__all__ = ["Check", "Note", "Occasion", "Resolver", "Trust", "Verdict", "digest_of", "overall", "verify"]


MOST_INSIDE = 50
UNSIGNED = Note("endorsement_unsigned", "An endorsement in it is not signed, so it counts as none.")


def verify(
    document: bytes | str | Mapping[str, Any], *, trust: Trust, at: datetime, occasion: Occasion | None = None
) -> Verdict:
    """Judge a credential at an instant, or each one of a presentation.

    `document` is what was handed over, of any kind that `received` reads. Raises Unreadable if it is none,
    DataLoss for a key that stands twice, ContextsMissing if setup was not run.
    """
    contents = receive_all(document)
    asked = occasion or Occasion()
    verdicts = tuple(_judged(received, trust, at, asked) for received in contents.held)
    fault = fault_of_presentation(contents.presentation) if isinstance(contents.presentation, Mapping) else None
    if len(verdicts) == 1 and fault is None:
        return verdicts[0]
    return together(verdicts, fault)


def together(verdicts: Sequence[Verdict], fault: Fault | None = None) -> Verdict:
    """The verdict about a presentation: of each check the worst answer, and each credential's own verdict inside."""
    if not verdicts:
        nothing = Check("data_model", UNKNOWN, "holds_nothing", "The presentation holds no credential.")
        checks = [*(Check(name, NOT_APPLICABLE, "holds_nothing", nothing.message) for name in NAMES[:-1]), nothing]
    else:
        checks = [worst(answers) for answers in zip(*(verdict.checks for verdict in verdicts), strict=True)]
    if fault is not None:
        checks[-1] = Check("data_model", FAILED, fault.code, fault.message)
    nothing_said = Verdict("unknown", (), {"id": "", "name": None, "url": None}, achievement_of({}))
    alike = len({str(verdict.issuer.get("id")) for verdict in verdicts}) == 1
    first = verdicts[0] if alike else nothing_said
    achievements = tuple(one for verdict in verdicts for one in verdict.achievements)
    stated = tuple(one for verdict in verdicts for one in verdict.stated)
    held = Note(
        "holds",
        Said("The presentation holds {verdicts} credentials; each has its own verdict.", verdicts=len(verdicts)),
    )
    told = (overall(checks), tuple(checks), first.issuer, first.achievement, (held,), achievements, tuple(verdicts))
    return Verdict(*told, stated=stated)


def _judged(arrived: Received, trust: Trust, at: datetime, occasion: Occasion, depth: int = 0) -> Verdict:
    if arrived.older is not None:
        is_badge = arrived.older.code == OLDER_BADGE
        return judged_badge(arrived, arrived.older, trust, at, occasion) if is_badge else _named(arrived.older)
    received, loss, notes = covered(arrived)
    credential = received.stated
    chain = seals_of(received)[0].chain if received.token is not None else None
    did = issuer_id(credential) or str(credential.get("iss", "")) or (chain.subject if chain else "")
    known = trust.issuer(did) or {}
    shown: dict[str, Any] = {"id": did, "name": known.get("name"), "url": known.get("url")}
    checks = _checks(received, loss, notes, did, trust, at, occasion)
    if chain and any(check.name == "issuer" and check.outcome == PASSED for check in checks):
        shown["name"] = known.get("name") or chain.name
    if any(check.code == "issuer_trusted" for check in checks):
        shown["trusted"] = relied_on_by(did, seals_of(received), trust, at)
    endorsements, told = _endorsements(credential, trust, at, depth)
    inside, more = _inside(credential, trust, at, depth)
    achievements = achievements_of(credential)
    notes = tuple(dict.fromkeys((*notes, *told, *more, *_of_more(achievements), *_renewals(credential))))
    return Verdict(
        overall(checks),
        checks,
        shown,
        achievements[0] if achievements else achievement_of({}),
        notes,
        achievements,
        inside,
        endorsements,
        (credential,),
    )


def _named(older: Older) -> Verdict:
    """Another kind, named: not judged, so unknown, and never accused."""
    message = f"This is a credential of another kind ({older.name}), which is not judged here. {older.settles}"
    told = Check("data_model", UNKNOWN, older.code, message)
    rest = (Check(name, NOT_APPLICABLE, older.code, "Not asked of this kind.") for name in NAMES[:-1])
    shown = achievement_of({})
    return Verdict("unknown", (*rest, told), {"id": "", "name": None, "url": None}, shown, (), (shown,))


def _checks(
    received: Received, loss: Check, notes: Sequence[Note], did: str, trust: Trust, at: datetime, occasion: Occasion
) -> tuple[Check, ...]:
    credential = received.stated
    seals = seals_of(received)
    log = trust.logged.get(digest_of(received.credential)) if trust.logged else None
    return (
        _of_direction(signature(seals, loss, trust, at), notes),
        loss,
        issuer(did, seals, trust, at, log),
        _validity(received, at),
        status(credential, trust, at, seals),
        _schema(received, trust),
        holder(received, occasion, trust, at),
        data_model(received),
    )


def _of_direction(signed: Check, notes: Sequence[Note]) -> Check:
    """Some sign the direction of a text in a way of their own, so that a signature may fail for that alone."""
    if signed.code != "signature_wrong" or all(note.code != "direction_unusable" for note in notes):
        return signed
    told = "It gives a text a direction, which not everybody signs alike. Ask its issuer for one without."
    return Check("signature", UNKNOWN, "direction_unusable", told)


def data_model(received: Received) -> Check:
    """Whether it is made up as its kind asks; of what its holder shows in part, only what is shown is judged."""
    credential = received.stated
    if received.kind == "sd-jwt" and "@context" not in credential:
        if isinstance(credential.get("vct"), str) and credential["vct"]:
            return Check("data_model", PASSED, "model_met", "It says of which type it is (SD-JWT VC).")
        return Check("data_model", FAILED, "not_a_credential", "Signed, but not a credential: it names no type.")
    selective = any(proof.get("cryptosuite") == ecdsa_sd.SUITE for proof in proofs_of(credential))
    fault = fault_of(credential, whole=received.kind != "sd-jwt" and not selective)
    if fault is not None:
        return Check("data_model", UNKNOWN if fault.open else FAILED, fault.code, fault.message)
    return Check(
        "data_model",
        PASSED,
        "model_met",
        Said("It is made up as the rules for a {name} ask.", name=kind_of(credential).name),
    )


def _endorsements(
    credential: Mapping[str, Any], trust: Trust, at: datetime, depth: int
) -> tuple[tuple[Verdict, ...], tuple[Note, ...]]:
    """The verdicts about endorsements of the credential, its issuer and its achievements; a note for those unsigned."""
    subjects = [entry for entry in as_list(credential.get("credentialSubject")) if isinstance(entry, Mapping)]
    achieved = [entry for subject in subjects for entry in as_list(subject.get("achievement"))]
    places = [place for place in (credential, credential.get("issuer"), *achieved) if isinstance(place, Mapping)]
    named = [e for place in places for name in ("endorsement", "endorsementJwt") for e in as_list(place.get(name))]
    if not named or depth:
        return (), ()
    signed = [entry for entry in named if isinstance(entry, str) or (isinstance(entry, Mapping) and "proof" in entry)]
    notes = [UNSIGNED] if len(signed) < len(named) else []
    return _verdicts(signed, trust, at), (*notes, *_of_more(signed))


def _inside(
    credential: Mapping[str, Any], trust: Trust, at: datetime, depth: int
) -> tuple[tuple[Verdict, ...], tuple[Note, ...]]:
    """The verdicts about the credentials that a learner record holds, and a note if there are more."""
    if depth or "ClrCredential" not in types_of(credential):
        return (), ()
    subjects = [entry for entry in as_list(credential.get("credentialSubject")) if isinstance(entry, Mapping)]
    held = [one for subject in subjects for one in as_list(subject.get("verifiableCredential"))]
    return _verdicts(held, trust, at), _of_more(held)


def _renewals(credential: Mapping[str, Any]) -> tuple[Note, ...]:
    """Where its issuer gives out newer versions of it (1EdTechCredentialRefresh); nobody is asked for one here."""
    told = Said("Its issuer gives out newer versions of it at {address}.", address=refresh_of(credential))
    return (Note("refresh_offered", told),) if refresh_of(credential) else ()


def _of_more(entries: Sequence[Any]) -> tuple[Note, ...]:
    return (more_held(MOST_INSIDE),) if len(entries) > MOST_INSIDE else ()


def _verdicts(entries: Sequence[Any], trust: Trust, at: datetime) -> tuple[Verdict, ...]:
    found = []
    for entry in entries[:MOST_INSIDE]:
        try:
            found.append(_judged(receive_plain(entry), trust, at, Occasion(), depth=1))
        except VcError as error:
            broken = Check("data_model", UNKNOWN, error.code, error.message)
            found.append(Verdict("unknown", (broken,), {}, achievement_of({})))
    return tuple(found)


def digest_of(credential: Mapping[str, Any]) -> str:
    """SHA-256 of a credential in RFC 8785 form, proofs included, as hex: its name in a log. Nothing if it has none."""
    try:
        return hashlib.sha256(rfc8785.dumps(dict(credential))).hexdigest()
    except (rfc8785.CanonicalizationError, RecursionError):
        return ""


def _validity(received: Received, at: datetime) -> Check:
    """The credential's own period and, for a token, `nbf` and `exp` as well (RFC 7519, section 4.1)."""
    own = validity(received.stated, at)
    if received.token is None:
        return own
    _, claims = jose.read(received.token)
    for name in ("nbf", "exp", "iat"):
        if name in claims and jose.instant_of(claims[name]) is None:
            return Check("validity", FAILED, "date_broken", Said("{name} is not a time.", name=name))
    limits = {"validFrom": claims.get("nbf"), "validUntil": claims.get("exp")}
    period = {name: found.isoformat() for name, value in limits.items() if (found := jose.instant_of(value))}
    return worst([own, validity(period, at)])


def _schema(received: Received, trust: Trust) -> Check:
    credential = received.credential
    if received.kind == "sd-jwt" and "@context" not in credential and credential.get("credentialSchema"):
        told = Said("It names the schema of the whole document, of which a token of this kind shows only claims.")
        return Check("schema", NOT_APPLICABLE, "schema_of_document", told)
    named = credential.get("credentialSchema")
    entries = named if isinstance(named, list) else [named] if named else []
    if not entries:
        return Check("schema", NOT_APPLICABLE, "no_schema", "It names no schema.")
    return worst([_against(entry, credential, trust) for entry in entries])


def _against(entry: Any, credential: Mapping[str, Any], trust: Trust) -> Check:
    if isinstance(entry, Mapping) and entry.get("id") == EDTECH_SCHEMA and EDTECH_SCHEMA not in trust.schemas.schemas:
        told = "It names 1EdTech's own schema, which is not at hand; its rules are asked of it as those of its kind."
        return Check("schema", NOT_APPLICABLE, "schema_by_model", told)
    try:
        found = violation(entry if isinstance(entry, Mapping) else {}, credential, trust.schemas)
    except VcError as error:
        return Check("schema", UNKNOWN, error.code, error.message)
    if found is not None:
        return Check(
            "schema", FAILED, "schema_violated", Said("It has not the shape that it promises: {found}", found=found)
        )
    return Check("schema", PASSED, "schema_met", "It has the shape that it promises.")
