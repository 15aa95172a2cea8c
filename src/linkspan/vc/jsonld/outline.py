"""A document of a given form, made of placeholders: what is expanded to see where each text goes.

Here are the refusals that need the form alone: contexts that are not plain addresses, keys that are no terms.
"""

import json
from typing import Any, NamedTuple
from uuid import uuid4

from linkspan.vc.contexts import CREDENTIALS_V1, CREDENTIALS_V2
from linkspan.vc.errors import DataLoss, Unreadable
from linkspan.vc.jsonld.form import STEERING, Form
from linkspan.vc.jsonld.own_words import OwnWords
from linkspan.vc.said import Said

#: Of this process only: no document can hold it. It sorts after the names of types (`expansion.expand`).
PREFIX = f"zz-{uuid4().hex}:"
MOST_OBJECTS = 5_000
MOST_CONTEXTS = 200
#: What may carry contexts of its own within a document: a whole credential, or a proof (Data Integrity 1.0, 2.1).
CONTEXT_HOLDERS = frozenset({"VerifiableCredential", "VerifiablePresentation", "DataIntegrityProof"})
#: Members of a credential that its verifier looks for at the top, and nowhere else.
DECISIVE = frozenset(
    {
        *("issuer", "validFrom", "validUntil", "issuanceDate", "expirationDate"),
        *("credentialStatus", "credentialSchema", "credentialSubject", "verifiableCredential", "holder"),
    }
)
VALUE_KEYWORDS = frozenset({"@value", "@type", "@language"})


class Outline(NamedTuple):
    """`document`: placeholders for every text, number and boolean, and one more type wherever there are types.

    `texts`, `numbers`, `types` and `values` say by placeholder which text it is, which JSON number, how many types
    stand beside, and which `@type` or `@language` was given with an `@value`. `paths` say where each stands. `nodes`:
    the texts that are identifiers of things with members of a credential; `root`: the one of the document itself.
    """

    document: dict[str, Any]
    texts: dict[str, int]
    numbers: dict[str, str]
    types: dict[str, int]
    values: dict[str, dict[str, str]]
    paths: dict[str, str]
    nodes: list[int]
    root: int | None


def outline_of(form: Form) -> Outline:
    """The outline of a form. DataLoss: `context_*`, `key_*`, `keyword_unusable`, `direction_unusable`, `type_unknown`;
    Unreadable: `too_large`."""
    maker = _Maker(form)
    document = maker.read()
    if not {"id", "type"}.intersection(document):
        raise DataLoss("type_unknown", "The document names neither its type nor itself.")
    _check_order(document["@context"])
    return Outline(
        document, maker.texts, maker.numbers, maker.types, maker.values, maker.paths, maker.nodes, maker.root
    )


class _Maker:
    def __init__(self, form: Form) -> None:
        self._tokens = iter(form)
        self.values: dict[str, dict[str, str]] = {}
        self.texts: dict[str, int] = {}
        self.numbers: dict[str, str] = {}
        self.types: dict[str, int] = {}
        self.paths: dict[str, str] = {}
        self.nodes: list[int] = []
        self.root: int | None = None
        self._objects = self._contexts = 0

    def read(self) -> dict[str, Any]:
        return self._object(next(self._tokens), "")

    def _object(self, keys: tuple[str, ...], path: str) -> dict[str, Any]:
        self._objects += 1
        if self._objects > MOST_OBJECTS:
            raise Unreadable(
                "too_large", Said("The document holds more than {most_objects} objects.", most_objects=MOST_OBJECTS)
            )
        _check_keys(keys, path)
        found = {}
        for key in keys:
            where = f"{path}.{key}" if path else key
            found[key] = self._steering(key, where, "@value" in keys) if key in STEERING else self._value(where)
        if isinstance(found.get("id"), str):
            self._identified(keys, path, self.texts.get(found["id"]))
        if isinstance(found.get("@value"), str):
            self.values[found["@value"]] = {key: found[key] for key in keys if key in ("@type", "@language")}
        self._check_contexts(found, path)
        return found

    def _identified(self, keys: tuple[str, ...], path: str, text: int | None) -> None:
        if not path:
            self.root = text
        elif text is not None and DECISIVE.intersection(keys):
            self.nodes.append(text)

    def _value(self, path: str) -> Any:
        token = next(self._tokens)
        if token is None:
            placeholder = self._placeholder("text", path)
            self.texts[placeholder] = len(self.texts)
            return placeholder
        if isinstance(token, str):
            placeholder = self._placeholder("number", path)
            self.numbers[placeholder] = token
            return placeholder
        if isinstance(token, int):
            return [self._value(f"{path}[{number}]") for number in range(token)]
        return self._object(token, path)

    def _placeholder(self, kind: str, path: str) -> str:
        placeholder = f"{PREFIX}{kind}:{len(self.paths)}"
        self.paths[placeholder] = path
        return placeholder

    def _steering(self, key: str, path: str, of_value: bool) -> Any:
        token = next(self._tokens)
        entries = list(token) if isinstance(token, tuple) else [token]
        if key == "@context":
            return [json.loads(entry) if isinstance(entry, OwnWords) else entry for entry in entries]
        if of_value or key != "type":
            return entries if isinstance(token, tuple) else token
        placeholder = self._placeholder("type", path)
        self.types[placeholder] = len(set(entries))
        if self.types[placeholder] < len(entries):
            raise DataLoss("value_twice", Said("{path} names a type twice.", path=path))
        return [*entries, placeholder]

    def _check_contexts(self, found: dict[str, Any], path: str) -> None:
        if "@context" not in found:
            if not path:
                raise DataLoss("context_missing", "The document names no context, so nothing in it has a meaning.")
            return
        named = found["@context"]
        self._contexts += 1
        if self._contexts > MOST_CONTEXTS:
            raise Unreadable(
                "too_large",
                Said("The document names contexts in more than {most_contexts} places.", most_contexts=MOST_CONTEXTS),
            )
        addresses = [entry for entry in named if isinstance(entry, str)]
        if len(set(addresses)) < len(addresses):
            raise DataLoss("context_twice", "A context is named twice.")
        if path and not CONTEXT_HOLDERS.intersection(found.get("type", ())):
            raise DataLoss(
                "context_nested", Said("{path} has contexts of its own, which could rename what is signed.", path=path)
            )


def _check_keys(keys: tuple[str, ...], path: str) -> None:
    place = path or "the top"
    for key in keys:
        if not key or key != key.strip() or not key.isprintable():
            raise DataLoss(
                "key_odd", Said("A key is empty or has white space or hidden letters in it at {place}.", place=place)
            )
        if key == "@direction":
            raise DataLoss(
                "direction_unusable", Said("A text direction stands at {place}; RDF has no place for it.", place=place)
            )
        usable = key in ("@context", "@value") or (key in VALUE_KEYWORDS and "@value" in keys)
        if key.startswith("@") and not usable:
            raise DataLoss(
                "keyword_unusable",
                Said("{key} stands at {place}: readers of plain JSON would miss it.", key=key[:80], place=place),
            )
        if ":" in key:
            raise DataLoss(
                "key_not_term",
                Said("{key} at {place} is an address, not a term: readers would miss it.", key=key[:80], place=place),
            )
    if "@value" in keys and not VALUE_KEYWORDS.issuperset(keys):
        raise DataLoss("keyword_unusable", Said("@value stands beside other members at {place}.", place=place))


def _check_order(entries: list[Any]) -> None:
    base = [entry for entry in entries if entry in (CREDENTIALS_V1, CREDENTIALS_V2)]
    if base and (len(base) > 1 or entries[0] != base[0]):
        raise DataLoss("context_order", "The context of the data model comes first, and only one of its versions.")


def filled(value: Any, values: dict[str, Any]) -> Any:
    """The outline's document with placeholders replaced."""
    if isinstance(value, dict):
        return {key: inner if key == "@context" else filled(inner, values) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, values) for inner in value]
    return values.get(value, value)


def exact_numbers(outline: Outline) -> dict[str, Any]:
    """The numbers and booleans of an outline by placeholder."""
    return {placeholder: json.loads(text) for placeholder, text in outline.numbers.items()}
