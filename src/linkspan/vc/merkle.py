"""An append-only log of hashes that anybody can check (RFC 9162, section 2.1: Merkle tree hashes and proofs)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import rfc8785

from linkspan.vc.errors import VcError

EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry (section 2.1.1)."""
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees (section 2.1.1)."""
    return hashlib.sha256(b"\1" + left + right).digest()


def entry_of(document: Mapping[str, Any] | str) -> bytes:
    """What the log holds of a signed document: the SHA-256 of its RFC 8785 form, or of a token as it is; 32 bytes.

    Of an SD-JWT the log holds the issuer's part alone, so that whatever is disclosed it can be found.
    """
    if isinstance(document, str):
        return hashlib.sha256(document.partition("~")[0].encode()).digest()
    return hashlib.sha256(canonical_json(dict(document))).digest()


def canonical_json(value: Any) -> bytes:
    """The RFC 8785 form. Without fractions, and with keys in ASCII, Python's own sorted form is that, and faster."""
    if _plain(value):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return rfc8785.dumps(value)


def _plain(value: Any) -> bool:
    if type(value) is str:
        return True
    if type(value) is dict:
        return all(type(key) is str and key.isascii() and _plain(inner) for key, inner in value.items())
    if type(value) is list:
        return all(map(_plain, value))
    return value is None or type(value) is bool


def tree(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """Every level from the leaf hashes up to the root; a node without a sibling moves up unchanged."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        above = [node_hash(below[n], below[n + 1]) for n in range(0, len(below) - 1, 2)]
        levels.append(above + below[len(above) * 2 :])
    return levels


def root(leaves: Sequence[bytes]) -> bytes:
    """The tree hash of the leaf hashes (section 2.1.1)."""
    return tree(leaves)[-1][0] if leaves else EMPTY


def inclusion_proof(levels: Sequence[Sequence[bytes]], index: int) -> list[bytes]:
    """The siblings from a leaf up to the root (section 2.1.3.1); `levels` as `tree` gives them."""
    path = []
    for level in levels[:-1]:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        index //= 2
    return path


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected: bytes) -> bool:
    """Whether a leaf hash stands at `index` of the tree of `size` leaves with that root (section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    last, found = size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if index % 2 or index == last:
            found = node_hash(sibling, found)
            while index % 2 == 0 and index:
                index, last = index // 2, last // 2
        else:
            found = node_hash(found, sibling)
        index, last = index // 2, last // 2
    return last == 0 and found == expected


def consistency_proof(leaves: Sequence[bytes], older: int) -> list[bytes]:
    """The nodes that show that the tree of `older` leaves is the beginning of this one (section 2.1.4.1)."""
    return _subproof(leaves, older, True) if 0 < older < len(leaves) else []


def _subproof(leaves: Sequence[bytes], older: int, whole: bool) -> list[bytes]:
    if older == len(leaves):
        return [] if whole else [root(leaves)]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if older <= split:
        return [*_subproof(leaves[:split], older, whole), root(leaves[split:])]
    return [*_subproof(leaves[split:], older - split, False), root(leaves[:split])]


def consistent(older: int, old_root: bytes, size: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the older tree is the beginning of the newer one (section 2.1.4.2)."""
    if older == size:
        return old_root == new_root and not path
    if not 0 < older < size:
        return False
    nodes = [old_root, *path] if older & (older - 1) == 0 else list(path)
    if not nodes:
        return False
    index, last = older - 1, size - 1
    while index % 2:
        index, last = index // 2, last // 2
    first = second = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if index % 2 or index == last:
            first, second = node_hash(node, first), node_hash(node, second)
            while index % 2 == 0 and index:
                index, last = index // 2, last // 2
        else:
            second = node_hash(second, node)
        index, last = index // 2, last // 2
    return last == 0 and (first, second) == (old_root, new_root)


def check_receipt(document: Mapping[str, Any], receipt: Mapping[str, Any]) -> None:
    """Check that a signed document stands in the log of a receipt; VcError (`not_in_log`, `receipt_broken`) if not.

    A receipt is `{"index", "tree_size", "path": [hex], "root_hash": hex}`; that its root is the issuer's is for the
    signature of the tree head to say (`linkspan.vc.heads`).
    """
    try:
        path = [bytes.fromhex(node) for node in receipt["path"]]
        index, size, top = int(receipt["index"]), int(receipt["tree_size"]), bytes.fromhex(receipt["root_hash"])
    except (KeyError, TypeError, ValueError) as error:
        raise VcError("receipt_broken", "The receipt lacks an index, a tree size, a path or a root.") from error
    if not included(leaf_hash(entry_of(document)), index, size, path, top):
        raise VcError("not_in_log", "The credential does not stand in the issuer's log where the receipt says.")
