"""What a verifier relies on, out of a registry file and a status file (docs/formats)."""

from collections.abc import Mapping, Set
from typing import Any, NoReturn

from linkspan.vc.certificates import read_root
from linkspan.vc.errors import VcError
from linkspan.vc.instants import moment
from linkspan.vc.jose import COMPACT
from linkspan.vc.said import Said
from linkspan.vc.schema_registry import SchemaRegistry
from linkspan.vc.verify.trust import Resolver, Trust

REGISTRY = frozenset({"issuers", "logged", "controllers", "documents", "schemas", "registry", "roots"})
STATUS = frozenset({"lists", "successors"})
INSTANTS = ("valid_from", "valid_to", "compromised_at")


def trust_from(registry_file: Any, status_file: Any = None, resolver: Resolver | None = None) -> Trust:
    """The trust that these files describe; VcError `registry_broken` says what in them cannot be used."""
    registry, told = _registry(registry_file), _status(status_file)
    issuers = _member(registry, "issuers", list)
    for row in issuers:
        _check_row(row)
    logged = {}
    for digest, text in _member(registry, "logged", dict).items():
        logged[digest] = moment(text) or _broken(f"logged {digest} is not an instant with a zone")
    schemas = SchemaRegistry()
    for url, held in _member(registry, "schemas", dict).items():
        if not isinstance(held, Mapping) or not isinstance(held.get("schema"), Mapping):
            _broken(f"the schema {url} is not an object with sha256 and schema")
        schemas = schemas.register(url, held["schema"], sha256=str(held.get("sha256")))
    roots = _member(registry, "roots", list)
    for row in roots:
        _check_root(row)
    return Trust(
        issuers,
        _member(told, "lists", dict),
        controllers=_member(registry, "controllers", dict),
        documents=_member(registry, "documents", dict),
        schemas=schemas,
        successors=_member(told, "successors", dict),
        logged=logged,
        resolver=resolver,
        roots=lambda: roots,
    )


def _registry(file: Any) -> Mapping[str, Any]:
    """The file as it is, a bare list of rows, or `{"registry": {did: {"name", "url"}}}` as others publish it."""
    if isinstance(file, list):
        return {"issuers": file}
    if isinstance(file, Mapping) and isinstance(file.get("registry"), Mapping):
        return {"issuers": [{**row, "did": did} for did, row in file["registry"].items() if isinstance(row, Mapping)]}
    if isinstance(file, Mapping):
        return _known(file, REGISTRY, "the registry")
    return _broken("the registry is neither an object nor a list")


def _known(file: Mapping[str, Any], names: Set[str], what: str) -> Mapping[str, Any]:
    """The file, unless it holds nothing that is looked for: then it is another file than was meant."""
    if file and names.isdisjoint(file):
        _broken(f"{what} has none of the members {', '.join(sorted(names))}")
    return file


def _status(file: Any) -> Mapping[str, Any]:
    """The file as it is, one status list credential, a list of them, or an object of them by address."""
    lists = file if isinstance(file, list) else [file] if _is_list(file) else []
    if lists and all(isinstance(entry, Mapping) and isinstance(entry.get("id"), str) for entry in lists):
        return {"lists": {entry["id"]: entry for entry in lists}}
    if isinstance(file, Mapping) and file and all(_is_list(entry) for entry in file.values()):
        return {"lists": file}
    if isinstance(file, Mapping):
        return _known(file, STATUS, "the status file")
    return {} if not file else _broken("the status file holds no status lists")


def _is_list(entry: Any) -> bool:
    """A status list credential, or the token of a Token Status List."""
    return (isinstance(entry, Mapping) and "credentialSubject" in entry) or _is_token(entry)


def _is_token(entry: Any) -> bool:
    return isinstance(entry, str) and COMPACT.fullmatch(entry) is not None


def _member(file: Mapping[str, Any], name: str, kind: type) -> Any:
    value = file.get(name, kind())
    return value if isinstance(value, kind) else _broken(f"{name} is not a {'list' if kind is list else 'object'}")


def _check_row(row: Any) -> None:
    if not isinstance(row, Mapping) or not isinstance(row.get("did"), str):
        _broken("an issuer is not an object with a did")
    for entry in (row, *(row.get("keys") or [])):
        for name in INSTANTS:
            if isinstance(entry, Mapping) and entry.get(name) is not None and moment(entry[name]) is None:
                _broken(f"{name} of {row['did']} is not an instant with a zone")


def _check_root(row: Any) -> None:
    if not isinstance(row, Mapping) or not isinstance(row.get("certificate"), str):
        _broken("a root is not an object with a certificate")
    try:
        read_root(row["certificate"])
    except VcError as error:
        _broken(f"a root cannot be used: {error.message}")


def _broken(what: str) -> NoReturn:
    raise VcError("registry_broken", Said("The registry or status file cannot be used: {what}.", what=what))
