"""Whatever somebody hands over, read as a credential: JSON, token, baked image, PDF, alone or in a presentation."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from linkspan.vc import baking, jose, sdjwt
from linkspan.vc.errors import Unreadable, VcError
from linkspan.vc.strict_json import parse

LARGEST_FILE = 20_000_000
TOKEN_DATA = ("data:application/vc+jwt,", "data:application/vc+sd-jwt,", "data:application/dc+sd-jwt,")
VP_TOKEN_DATA = ("data:application/vp+jwt,",)


@dataclass(frozen=True, slots=True)
class Received:
    """A credential as it came.

    `kind` is `data-integrity`, `jwt` or `sd-jwt`; `token` the compact text of the last two. `carrier` is `json`,
    `token`, `png`, `svg` or `pdf`. `presentation` is what was around it (a document, or a `vp+jwt` text), if anything.
    `fault` is why the disclosures of a token are not the issuer's.
    """

    credential: Mapping[str, Any]
    kind: str
    token: str | None = None
    carrier: str = "json"
    presentation: Mapping[str, Any] | str | None = None
    fault: VcError | None = None


def receive(content: bytes | str | Mapping[str, Any]) -> Received:
    """The one credential in the content. Raises Unreadable (none, or several), DataLoss (a key stands twice)."""
    if isinstance(content, Mapping):
        return _document(content)
    raw = content.encode() if isinstance(content, str) else content
    if len(raw) > LARGEST_FILE:
        raise Unreadable("too_large", f"The file is larger than {LARGEST_FILE // 1_000_000} megabytes.")
    if raw.startswith(baking.PNG_SIGNATURE):
        return replace(_text(baking.unbake_png(raw)), carrier="png")
    if b"%PDF-" in raw[:1024]:
        from linkspan.vc.pdf import embedded_credential  # its reader of PDF takes long to load, and few need it

        return replace(_text(embedded_credential(raw)), carrier="pdf")
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return replace(_text(baking.unbake_svg(raw)), carrier="svg")
    return _text(raw)


def _text(raw: bytes) -> Received:
    text = raw.strip()
    if jose.COMPACT.fullmatch(text.partition(b"~")[0].decode("latin-1")):
        return _token(text.decode("ascii", "replace"))
    return _document(parse(raw.removeprefix(b"\xef\xbb\xbf")))


def _token(text: str) -> Received:
    if "~" in text:
        try:
            return Received(sdjwt.claims_of(text), "sd-jwt", text, "token")
        except Unreadable:
            raise
        except VcError as forged:
            return Received(jose.read(text)[1], "sd-jwt", text, "token", fault=forged)
    header, claims = jose.read(text)
    if header.get("typ") == jose.PRESENTATION_TYPE:
        return replace(_presented(claims), presentation=text)
    inner = claims.get("vc") if isinstance(claims.get("vc"), Mapping) else claims
    return Received(dict(inner or {}), "jwt", text, "token")


def _document(document: Mapping[str, Any]) -> Received:
    types = types_of(document)
    if "VerifiablePresentation" in types:
        return replace(_presented(document), presentation=document)
    if "EnvelopedVerifiableCredential" in types:
        return _enveloped(document, TOKEN_DATA)
    if "EnvelopedVerifiablePresentation" in types:
        return _enveloped(document, VP_TOKEN_DATA)
    return Received(document, "data-integrity")


def _enveloped(document: Mapping[str, Any], kinds: tuple[str, ...]) -> Received:
    address = str(document.get("id"))
    for start in kinds:
        if address.startswith(start):
            return _token(address.removeprefix(start))
    raise Unreadable("envelope_unknown", "The envelope holds no credential of a kind known here.")


def _presented(presentation: Mapping[str, Any]) -> Received:
    held = presentation.get("verifiableCredential")
    credentials = held if isinstance(held, list) else [held] if held else []
    if len(credentials) != 1:
        raise Unreadable("not_one_credential", f"The presentation holds {len(credentials)} credentials; give one each.")
    if isinstance(credentials[0], str):
        return _token(credentials[0])
    if not isinstance(credentials[0], Mapping) or "VerifiablePresentation" in types_of(credentials[0]):
        raise Unreadable("not_a_credential", "The presentation holds something that is no credential.")
    return _document(credentials[0])


def types_of(document: Mapping[str, Any]) -> list[Any]:
    """The types that a document names."""
    named = document.get("type", [])
    return named if isinstance(named, list) else [named]
