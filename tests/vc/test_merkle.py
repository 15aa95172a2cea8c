"""The log: the definition of RFC 9162 taken at its word, against our levels and proofs."""

import hashlib

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from linkspan.vc import VcError, merkle

LEAVES = st.lists(st.binary(max_size=4), min_size=1, max_size=70).map(lambda es: [merkle.leaf_hash(e) for e in es])


def defined(leaves: list[bytes]) -> bytes:
    """MTH of section 2.1.1, recursively, on leaf hashes."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\1" + defined(leaves[:split]) + defined(leaves[split:])).digest()


def test_the_empty_tree_and_one_leaf() -> None:
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle.leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


@given(LEAVES)
def test_the_root_is_the_defined_one(leaves) -> None:
    assert merkle.root(leaves) == defined(leaves)


@given(LEAVES, st.data())
def test_every_leaf_is_included_and_nowhere_else(leaves, data) -> None:
    size, index = len(leaves), data.draw(st.integers(0, len(leaves) - 1))
    path, top = merkle.inclusion_proof(merkle.tree(leaves), index), merkle.root(leaves)
    assert merkle.included(leaves[index], index, size, path, top)
    assert not merkle.included(merkle.leaf_hash(b"another one"), index, size, path, top)
    assert not merkle.included(leaves[index], size, size, path, top)
    assert not merkle.included(leaves[index], index, size, [*path, top], top)
    if path:
        assert not merkle.included(leaves[index], index, size, path[:-1], top)


@given(LEAVES, st.data())
def test_a_longer_log_has_the_older_one_in_it(leaves, data) -> None:
    older = data.draw(st.integers(1, len(leaves)))
    path = merkle.consistency_proof(leaves, older)
    old, new = merkle.root(leaves[:older]), merkle.root(leaves)
    assert merkle.consistent(older, old, len(leaves), new, path)
    changed = merkle.root([merkle.leaf_hash(b"rewritten"), *leaves[1:older]])
    assert not merkle.consistent(older, changed, len(leaves), new, path)


def test_a_receipt_holds_for_its_document_only() -> None:
    documents = [{"id": f"urn:{n}"} for n in range(5)]
    leaves = [merkle.leaf_hash(merkle.entry_of(d)) for d in documents]
    path = [node.hex() for node in merkle.inclusion_proof(merkle.tree(leaves), 3)]
    receipt = {"index": 3, "tree_size": 5, "path": path, "root_hash": merkle.root(leaves).hex()}
    merkle.check_receipt(documents[3], receipt)
    for document, told, code in [
        (documents[2], receipt, "not_in_log"),
        (documents[3], receipt | {"index": 2}, "not_in_log"),
        (documents[3], {}, "receipt_broken"),
        (documents[3], receipt | {"path": ["zz"]}, "receipt_broken"),
    ]:
        with pytest.raises(VcError) as caught:
            merkle.check_receipt(document, told)
        assert caught.value.code == code


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), st.floats(allow_nan=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=4)),
    max_leaves=12,
)


@given(JSON)
def test_the_fast_canonical_form_is_that_of_rfc_8785(value) -> None:
    try:
        expected = rfc8785.dumps(value)
    except rfc8785.CanonicalizationError:
        return
    assert merkle.canonical_json(value) == expected
