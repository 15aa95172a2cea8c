"""The log of issued hashes: its signed head, and the receipt of a credential."""

from functools import lru_cache
from typing import Any
from uuid import UUID

from linkspan.credentials.models import ControllerRow, LogEntryRow, LogRow
from linkspan.institutions.engines.custody import sealer_of
from linkspan.institutions.queries import institution, signing_key
from linkspan.kernel.errors import NotFound
from linkspan.kernel.readers import public
from linkspan.vc import heads, merkle


@public
def log_head(code: str) -> dict[str, Any]:
    """The signed tree head of an institution's log; NotFound while nothing has been issued."""
    row = _log(code)
    key = signing_key(code, row.changed_at)
    top = _levels(code, row.size)[-1][0]
    head = heads.tree_head(log=key.did, size=row.size, root=top, at=row.changed_at)
    return sealer_of(key, four_eyes=False).seal_head(head)


@public
def log_receipt(credential_id: UUID) -> dict[str, Any]:
    """Where a credential stands in its issuer's log, with the path to the root and the signed head."""
    entry = LogEntryRow.objects.filter(credential_id=credential_id).first()
    if entry is None:
        raise NotFound("credential_unknown", "There is no such credential in the log.")
    head = log_head(entry.log_id)
    path = merkle.inclusion_proof(_levels(entry.log_id, head["tree_size"]), entry.position)
    return {
        "index": entry.position,
        "sha256": entry.sha256,
        "tree_size": head["tree_size"],
        "root_hash": head["root_hash"],
        "path": [node.hex() for node in path],
        "head": head,
    }


@public
def log_consistency(code: str, older: int) -> dict[str, Any]:
    """The nodes that show that the log of `older` entries is the beginning of today's."""
    row = _log(code)
    if not 0 < older <= row.size:
        raise NotFound("log_size_unknown", "The log has {size} entries.", size=row.size)
    path = merkle.consistency_proof(_levels(code, row.size)[0], older)
    return {"older": older, "tree_size": row.size, "path": [node.hex() for node in path]}


@public
def log_entries(code: str, begin: int) -> tuple[tuple[int, str], ...]:
    """A thousand entries from a position on: position and SHA-256, for auditors who keep a copy."""
    institution(code)
    rows = LogEntryRow.objects.filter(log_id=code, position__gte=begin).order_by("position")
    return tuple(rows.values_list("position", "sha256")[:1000])


@public
def log_controllers(code: str) -> tuple[dict[str, Any], ...]:
    """The controller documents under which the institution issued: each with its place in the log, oldest first."""
    institution(code)
    rows = ControllerRow.objects.filter(institution=code).order_by("position")
    return tuple({"index": r.position, "sha256": r.sha256, "at": r.at, "document": r.document} for r in rows)


def _log(code: str) -> LogRow:
    institution(code)
    row = LogRow.objects.filter(institution=code).first()
    if row is None or not row.size:
        raise NotFound("log_empty", "{code} has issued nothing here yet.", code=code)
    return row


@lru_cache(maxsize=16)
def _tree(code: str, size: int, last: UUID) -> list[list[bytes]]:
    rows = LogEntryRow.objects.filter(log_id=code, position__lt=size).order_by("position")
    hashes = rows.values_list("sha256", flat=True)
    return merkle.tree([merkle.leaf_hash(bytes.fromhex(sha256)) for sha256 in hashes])


def _levels(code: str, size: int) -> list[list[bytes]]:
    last = LogEntryRow.objects.get(log_id=code, position=size - 1)
    return _tree(code, size, last.id)
