"""Our forms and our canonicalisation against pyoxigraph's alone, on hostile documents.

Here 1,000 documents in the drill; `benchmarks.vc_fuzz` runs 10,000, and against an implementation in another language.
"""

from typing import Any

import pyoxigraph as ox
import pytest
from pyld import jsonld
from tests.factories.thorough import tries
from tests.vc.hostile import hostile

from linkspan.vc import VcError
from linkspan.vc.jsonld import canonical
from linkspan.vc.jsonld.expansion import expand

COUNT = tries(1_000)


def by_pyoxigraph(document: dict[str, Any]) -> str:
    """Expansion of the document as it is, and canonicalisation, by pyoxigraph alone."""
    dataset = ox.Dataset(expand(document))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0_SHA_256)
    return "".join(sorted((ox.serialize([quad], format=ox.RdfFormat.N_QUADS) or b"").decode() for quad in dataset))


def by_pyld(document: dict[str, Any]) -> str:
    """Canonicalisation by PyLD: a second opinion, since pyoxigraph's labels differ from the specification's (and from
    digitalbazaar's) where two blank graphs look alike."""
    lines = (ox.serialize(expand(document), format=ox.RdfFormat.N_QUADS) or b"").decode()
    options = {"algorithm": "URDNA2015", "inputFormat": "application/n-quads", "format": "application/n-quads"}
    return str(jsonld.normalize(lines, options))


def ours(document: dict[str, Any]) -> str | None:
    """Our canonical form, or None where we refuse."""
    try:
        return canonical(document)
    except VcError:
        return None


@pytest.mark.thorough
def test_the_same_as_pyoxigraph_or_refused() -> None:
    accepted = 0
    for seed in range(COUNT):
        document = hostile(seed)
        form = ours(document)
        if form is not None:
            accepted += 1
            assert form == by_pyoxigraph(document) or form == by_pyld(document), seed
    assert COUNT / 3 < accepted < COUNT  # neither everything refused nor everything harmless
