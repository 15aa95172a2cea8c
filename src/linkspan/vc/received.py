"""Whatever somebody hands over, read as a credential: JSON, token, baked image, PDF, alone or in a presentation."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from linkspan.vc import baking, jose, sdjwt
from linkspan.vc.errors import Unreadable, VcError
from linkspan.vc.jsonld import Statements
from linkspan.vc.older import FIRST, Older, older_kind
from linkspan.vc.said import Said
from linkspan.vc.strict_json import loads

LARGEST_FILE = 20_000_000
MOST_HELD = 100
BLANK = b"\xef\xbb\xbf \t\r\n"
TOKEN_DATA = tuple(
    f"data:application/{kind},"
    for kind in ("vc+jwt", "vc+ld+jwt", "jwt", "vc+sd-jwt", "vc+ld+json+sd-jwt", "dc+sd-jwt")
)
VP_TOKEN_DATA = ("data:application/vp+jwt,", "data:application/vp+ld+jwt,")


@dataclass(frozen=True, slots=True)
class Received:
    """A credential as it came.

    `kind` is `data-integrity`, `jwt` or `sd-jwt`; `token` the compact text of the last two. `carrier` is `json`,
    `token`, `png`, `svg` or `pdf`. `presentation` is what was around it (a document, or a `vp+jwt` text), if anything.
    `fault` is why the disclosures of a token are not the issuer's. `older` is its kind if it is not of today.
    `tidied` is the credential without its inert parts, once they were looked for; `statements` what it
    states, once that was found out.
    """

    credential: Mapping[str, Any]
    kind: str
    token: str | None = None
    carrier: str = "json"
    presentation: Mapping[str, Any] | str | None = None
    fault: VcError | None = None
    older: Older | None = None
    tidied: Mapping[str, Any] | None = None
    statements: Statements | None = None

    @property
    def stated(self) -> Mapping[str, Any]:
        """What the credential says: all of it that is not inert."""
        return self.credential if self.tidied is None else self.tidied


@dataclass(frozen=True, slots=True)
class Contents:
    """What was handed over: credentials, and the `presentation` around them if there was one."""

    held: tuple[Received, ...]
    presentation: Mapping[str, Any] | str | None = None


def receive(content: bytes | str | Mapping[str, Any]) -> Received:
    """The one credential in the content. Raises Unreadable (none, or several), DataLoss (a key stands twice)."""
    held = receive_all(content).held
    if len(held) != 1:
        raise _not_one(len(held))
    return held[0]


def is_pdf(raw: bytes) -> bool:
    """Whether it is read as a PDF, which may begin with something else, but not with what begins JSON or a token."""
    return b"%PDF-" in raw[:1024] and not raw.lstrip(BLANK).startswith((b"{", b"[", b'"', b"eyJ"))


def receive_plain(content: Any) -> Received:
    """`receive` for what a server answered or a credential holds: JSON or a token; a picture or a PDF is Unreadable.

    Those take work to unpack, which whoever hands one over is asked for in a child process.
    """
    if isinstance(content, Mapping):
        return receive(content)
    if not isinstance(content, bytes | str):
        raise Unreadable("not_an_object", "There is no JSON object and no token.")
    held = _text(content.encode(errors="surrogatepass") if isinstance(content, str) else content).held
    if len(held) != 1:
        raise _not_one(len(held))
    return held[0]


def _not_one(count: int) -> Unreadable:
    return Unreadable(
        "not_one_credential", Said("The presentation holds {count} credentials; give one each.", count=count)
    )


def receive_all(content: bytes | str | Mapping[str, Any]) -> Contents:
    """Every credential in the content: one, or those of a presentation. Raises as `receive`, but for their number."""
    if isinstance(content, Mapping):
        return _document(content)
    raw = content.encode() if isinstance(content, str) else content
    if len(raw) > LARGEST_FILE:
        raise Unreadable(
            "too_large",
            Said("The file is larger than {largest_file} megabytes.", largest_file=LARGEST_FILE // 1_000_000),
        )
    if raw.startswith(baking.PNG_SIGNATURE):
        return _carried(_baked(baking.unbake_png(raw)), "png")
    if is_pdf(raw):
        from linkspan.vc.pdf import embedded_credential  # its reader of PDF takes long to load, and few need it

        return _carried(_text(embedded_credential(raw)), "pdf")
    if raw.lstrip(BLANK).startswith(b"<"):
        return _carried(_baked(baking.unbake_svg(raw)), "svg")
    return _text(raw)


def _baked(raw: bytes) -> Contents:
    """What a picture holds: a credential, or the address of an older badge (Open Badges 1.0)."""
    text = raw.strip()
    if not text.startswith((b"https://", b"http://")):
        return _text(raw)
    pointer = {"verify": {"type": "hosted", "url": text.decode("ascii", "replace")}}
    return _one(Received(pointer, "data-integrity", older=FIRST))


def _carried(contents: Contents, carrier: str) -> Contents:
    return replace(contents, held=tuple(replace(one, carrier=carrier) for one in contents.held))


def _text(raw: bytes) -> Contents:
    text = raw.strip()
    if jose.COMPACT.fullmatch(text.partition(b"~")[0].decode("latin-1")):
        return _token(text.decode("ascii", "replace"))
    value = loads(raw.removeprefix(b"\xef\xbb\xbf"))
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, str):
        return _token(value)
    if not isinstance(value, dict):
        raise Unreadable("not_an_object", "The document is not a JSON object.")
    return _document(value)


def _token(text: str) -> Contents:
    if "~" in text:
        try:
            return _one(Received(sdjwt.claims_of(text), "sd-jwt", text, "token"))
        except Unreadable:
            raise
        except VcError as forged:
            return _one(Received(jose.read(text)[1], "sd-jwt", text, "token", fault=forged))
    header, claims = jose.read(text)
    if jose.type_of(header) in jose.PRESENTATION_TYPES or isinstance(claims.get("vp"), Mapping):
        inner = claims.get("vp")
        return _presented(inner if isinstance(inner, Mapping) else claims, text)
    return _one(Received(jose.credential_of(claims), "jwt", text, "token", older=older_kind(claims, token=True)))


def _one(received: Received) -> Contents:
    return Contents((received,))


def _document(document: Mapping[str, Any]) -> Contents:
    types = types_of(document)
    if "VerifiablePresentation" in types:
        return _presented(document, document)
    if "EnvelopedVerifiableCredential" in types:
        return _enveloped(document, TOKEN_DATA)
    if "EnvelopedVerifiablePresentation" in types:
        return _enveloped(document, VP_TOKEN_DATA)
    if isinstance(document.get("jwt"), str) and "@context" not in document:
        return _token(document["jwt"])
    return _one(Received(document, "data-integrity", older=older_kind(document)))


def _enveloped(document: Mapping[str, Any], kinds: tuple[str, ...]) -> Contents:
    address = str(document.get("id"))
    for start in kinds:
        if address.startswith(start):
            return _token(address.removeprefix(start))
    raise Unreadable("envelope_unknown", "The envelope holds no credential of a kind known here.")


def _presented(presentation: Mapping[str, Any], shown: Mapping[str, Any] | str) -> Contents:
    named = presentation.get("verifiableCredential")
    members = named if isinstance(named, list) else [] if named is None else [named]
    if len(members) > MOST_HELD:
        raise Unreadable(
            "too_many_credentials",
            Said("The presentation holds more than {most_held} credentials.", most_held=MOST_HELD),
        )
    held = [replace(one, presentation=shown) for member in members for one in _member(member).held]
    return Contents(tuple(held), shown)


def _member(member: Any) -> Contents:
    if isinstance(member, str):
        return _token(member)
    if not isinstance(member, Mapping) or "VerifiablePresentation" in types_of(member):
        raise Unreadable("not_a_credential", "The presentation holds something that is no credential.")
    found = _document(member)
    if found.presentation is not None:
        raise Unreadable("not_a_credential", "The presentation holds another presentation.")
    return found


def types_of(document: Mapping[str, Any]) -> list[Any]:
    """The types that a document names."""
    named = document.get("type", [])
    return named if isinstance(named, list) else [named]
