"""What a verifier asks a wallet for: a DCQL query (OpenID4VP 1.0, sections 6 and 7), and whether an answer meets it."""

from collections.abc import Mapping, Sequence
from typing import Any

from cryptography import x509

from linkspan.vc import base64url, jose
from linkspan.vc.errors import VcError
from linkspan.vc.received import receive_all
from linkspan.vc.said import Said
from linkspan.vc.strict_json import parse

#: The formats that are verified here.
BADGE, SELECTIVE = "ldp_vc", "dc+sd-jwt"
MOST = 20
LONGEST_NAME = 100
AUTHORITIES = ("aki",)


def check_query(query: Any) -> None:
    """VcError (`query_refused`) names the member that is no DCQL, or that nobody here could judge an answer by."""
    if not isinstance(query, Mapping) or set(query) - {"credentials", "credential_sets"}:
        raise _no("credentials")
    asked = _rows(query.get("credentials"), "credentials")
    names = [_name(one.get("id"), "id") for one in asked]
    if len(set(names)) != len(names):
        raise _no("id")
    for one in asked:
        _check_credential(one)
    if "credential_sets" in query:
        for row in _rows(query["credential_sets"], "credential_sets"):
            _check_options(row.get("options"), names, "credential_sets")
            if not isinstance(row.get("required", True), bool):
                raise _no("required")


def _check_credential(one: Mapping[str, Any]) -> None:
    if one.get("format") not in (BADGE, SELECTIVE):
        raise _no("format")
    if not _names_types(one.get("meta"), one["format"]):
        raise _no("meta")
    for flag in ("multiple", "require_cryptographic_holder_binding"):
        if not isinstance(one.get(flag, False), bool):
            raise _no(flag)
    for row in _rows(one["trusted_authorities"], "trusted_authorities") if "trusted_authorities" in one else ():
        if row.get("type") not in AUTHORITIES or not _are_texts(row.get("values")):
            raise _no("trusted_authorities")
    _check_claims(one)


def _check_claims(one: Mapping[str, Any]) -> None:
    if "claims" not in one:
        if "claim_sets" in one:
            raise _no("claim_sets")
        return
    claims = _rows(one["claims"], "claims")
    for claim in claims:
        _check_claim(claim, "claim_sets" in one)
    if "claim_sets" in one:
        _check_options(one["claim_sets"], [claim["id"] for claim in claims], "claim_sets")


def _names_types(meta: Any, kind: str) -> bool:
    if not isinstance(meta, Mapping):
        return False
    types = meta.get("vct_values" if kind == SELECTIVE else "type_values")
    return _are_texts(types) if kind == SELECTIVE else _are_rows(types)


def _are_rows(types: Any) -> bool:
    """Lists of types, none of them empty: such a one would be met by every credential."""
    return isinstance(types, list) and 0 < len(types) <= MOST and all(map(_are_texts, types))


def _check_claim(claim: Mapping[str, Any], named: bool) -> None:
    path = claim.get("path")
    if named or "id" in claim:
        _name(claim.get("id"), "claims")
    if not isinstance(path, list) or not 0 < len(path) <= MOST:
        raise _no("path")
    if not all(part is None or isinstance(part, str) or (type(part) is int and part >= 0) for part in path):
        raise _no("path")
    if "values" in claim:
        values = claim["values"]
        if not isinstance(values, list) or not values or not all(type(one) in (str, int, bool) for one in values):
            raise _no("values")


def _check_options(options: Any, names: Sequence[str], member: str) -> None:
    if not isinstance(options, list) or not 0 < len(options) <= MOST:
        raise _no(member)
    for option in options:
        if not _are_texts(option) or not set(option) <= set(names):
            raise _no(member)


def _rows(value: Any, member: str) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not 0 < len(value) <= MOST or not all(isinstance(one, Mapping) for one in value):
        raise _no(member)
    return value


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= MOST and all(isinstance(one, str) for one in value)


def _name(value: Any, member: str) -> str:
    """A name of letters, digits, `_` and `-` (section 6.1)."""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME or not value.isascii():
        raise _no(member)
    if not value.replace("_", "").replace("-", "").isalnum():
        raise _no(member)
    return value


def _no(member: str) -> VcError:
    told = Said("The query cannot be asked here: {member} is not as it must be.", member=member)
    return VcError("query_refused", told)


def presented(query: Mapping[str, Any], answers: Mapping[str, Any]) -> tuple[tuple[Mapping[str, Any], Any], ...]:
    """The presentations of an answer (section 8.1), each with the credential query that it is for.

    VcError `answer_refused` if it holds something that was not asked for, several where one was, or not enough.
    """
    asked = {one["id"]: one for one in query["credentials"]}
    found = list[tuple[Mapping[str, Any], Any]]()
    if not answers or not set(answers) <= set(asked):
        raise _refused("The answer holds something else than what was asked for.")
    for name, held in answers.items():
        most = MOST if asked[name].get("multiple", False) else 1
        good = isinstance(held, list) and 0 < len(held) <= most and all(isinstance(one, dict | str) for one in held)
        if not good:
            raise _refused("The answer holds more presentations than were asked for, or none.")
        found += [(asked[name], one) for one in held]
    if not _is_enough(query, set(answers)):
        raise _refused("The answer does not hold all that was asked for.")
    return tuple(found)


def is_presentation(held: Any) -> bool:
    """Whether it has the form of one: an object, or a token; never a picture or a document that has to be unpacked."""
    token = held.partition("~")[0] if isinstance(held, str) else ""
    return isinstance(held, dict) or jose.COMPACT.fullmatch(token) is not None


def _is_enough(query: Mapping[str, Any], got: set[str]) -> bool:
    """Section 6.4.2: every credential, or of each set that is required one option."""
    if "credential_sets" not in query:
        return got == {one["id"] for one in query["credentials"]}
    needed = [row for row in query["credential_sets"] if row.get("required", True)]
    return all(any(set(option) <= got for option in row["options"]) for row in needed)


def check_met(one: Mapping[str, Any], presentation: Any) -> None:
    """VcError (`answer_refused`) unless each credential in a presentation is what that query asks for; whether it is
    true is for the verdict."""
    if not is_presentation(presentation):
        raise _refused("The answer holds something that is no presentation.")
    held = receive_all(presentation if isinstance(presentation, dict) else str(presentation)).held
    if not held:
        raise _refused("The answer holds no credential.")
    for received in held:
        if (received.kind == "sd-jwt") != (one["format"] == SELECTIVE):
            raise _refused("The answer is of another format than was asked for.")
        _check_type(one, received.credential)
        if "trusted_authorities" in one:
            _check_authority(one["trusted_authorities"], received.token)
        if "claims" in one and not _has_claims(one, received.credential):
            raise _refused("The credential does not show what was asked for.")


def _check_type(one: Mapping[str, Any], credential: Mapping[str, Any]) -> None:
    if one["format"] == SELECTIVE:
        if credential.get("vct") not in one["meta"]["vct_values"]:
            raise _refused("The credential is of another type than was asked for.")
        return
    told = credential.get("type")
    types = set(told if isinstance(told, list) else [told])
    short = {str(name).rpartition("#")[2] for name in types}
    wanted = [{str(name).rpartition("#")[2] for name in row} for row in one["meta"]["type_values"]]
    if not any(row <= short for row in wanted):
        raise _refused("The credential is of another type than was asked for.")


def _check_authority(rows: Sequence[Mapping[str, Any]], token: str | None) -> None:
    """Section 6.1.1.1: the key of the authority that a certificate names."""
    wanted = {value for row in rows for value in row["values"]}
    if not wanted & set(_authorities(token)):
        raise _refused("The credential is not from an authority that was asked for.")


def _authorities(token: str | None) -> list[str]:
    chain = jose.read(token)[0].get("x5c") if token else None
    found = []
    for text in chain[:10] if isinstance(chain, list) else ():
        try:
            certificate = x509.load_der_x509_certificate(base64url.decode(_url(str(text))))
            named = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
        except (ValueError, x509.ExtensionNotFound):
            continue
        found.append(base64url.encode(named or b""))
    return found


def _url(text: str) -> str:
    return text.replace("+", "-").replace("/", "_").rstrip("=")


def _has_claims(one: Mapping[str, Any], credential: Mapping[str, Any]) -> bool:
    """Section 6.4.1: all claims, or those of one set."""
    if "claim_sets" not in one:
        return all(_shows(claim, credential) for claim in one["claims"])
    named = {claim["id"]: claim for claim in one["claims"]}
    return any(all(_shows(named[name], credential) for name in names) for names in one["claim_sets"])


def _shows(claim: Mapping[str, Any], credential: Mapping[str, Any]) -> bool:
    found = selected(claim["path"], credential)
    values = claim.get("values")
    if values is None:
        return bool(found)
    return any(type(one) is type(value) and one == value for one in found for value in values)


def selected(path: Sequence[Any], credential: Any) -> list[Any]:
    """What a path leads to (section 7.1): a name, a number of a list, or None for all of a list."""
    found = [credential]
    for part in path:
        following = list[Any]()
        for one in found:
            if part is None:
                following += one if isinstance(one, list) else []
            elif isinstance(part, int):
                following += one[part : part + 1] if isinstance(one, list) else []
            elif isinstance(one, Mapping) and part in one:
                following.append(one[part])
        found = following
    return found


def _refused(why: str) -> VcError:
    return VcError("answer_refused", why)


def answers_of(text: str) -> Mapping[str, Any]:
    """The presentations of an answer by the names of the queries; Unreadable if it is no JSON object."""
    return parse(text)
