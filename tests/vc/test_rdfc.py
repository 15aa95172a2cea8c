"""Canonicalisation against pyoxigraph's, on random graphs, and the bound on its work."""

import random

import pyoxigraph as ox
import pytest
from tests.vc.makers import unsigned

from linkspan.vc import DataLoss
from linkspan.vc.jsonld import canonical
from linkspan.vc.jsonld.expansion import escape
from linkspan.vc.prepared import Prepared
from linkspan.vc.rdfc import canonical_lines


def as_ox(term):
    if isinstance(term, int):
        return ox.BlankNode(f"n{term}")
    return ox.NamedNode(term[1:-1]) if term.startswith("<") else ox.Literal(term[1:-1])


def theirs(quads, algorithm: str) -> list[str]:
    graph = [ox.Quad(as_ox(s), as_ox(p), as_ox(o), as_ox(g) if g != "" else ox.DefaultGraph()) for s, p, o, g in quads]
    dataset = ox.Dataset(graph)
    dataset.canonicalize(
        ox.CanonicalizationAlgorithm.RDFC_1_0_SHA_384
        if algorithm == "sha384"
        else ox.CanonicalizationAlgorithm.RDFC_1_0_SHA_256
    )
    return sorted((ox.serialize([quad], format=ox.RdfFormat.N_QUADS) or b"").decode() for quad in dataset)


def random_graph(seed: int):
    """Few nodes, few predicates: many blank nodes look alike, so that their neighbours must tell them apart."""
    dice = random.Random(seed)
    blanks = list(range(dice.randint(1, 6)))
    things = [*blanks, *blanks, "<urn:a>", "<urn:b>"]
    values = [*things, '"x"', '"y"']
    graphs = ["", "", "", "<urn:g>", *blanks[:1]]
    return [
        (dice.choice(things), dice.choice(["<urn:p>", "<urn:q>"]), dice.choice(values), dice.choice(graphs))
        for _ in range(dice.randint(1, 12))
    ]


@pytest.mark.parametrize("algorithm", ["sha256", "sha384"])
def test_random_graphs_as_pyoxigraph(algorithm) -> None:
    for seed in range(2_000):
        quads = random_graph(seed)
        assert canonical_lines(quads, algorithm=algorithm) == theirs(quads, algorithm), seed


def numbered(quads, dice: random.Random):
    """The quads by the numbers of their terms: some are fixed, the others come with each document."""
    terms = list(dict.fromkeys(term for quad in quads for term in quad))
    dice.shuffle(terms)
    terms.sort(key=lambda term: 0 if term == "" or isinstance(term, int) else dice.choice((0, 1)))
    first = next((place for place in range(len(terms) + 1) if place == len(terms) or dice.random() < 0.4), 0)
    while any(term == "" or isinstance(term, int) for term in terms[first:]):
        first += 1
    return [tuple(map(terms.index, quad)) for quad in quads], terms, first


@pytest.mark.parametrize("algorithm", ["sha256", "sha384"])
def test_what_is_prepared_for_a_form_gives_the_same(algorithm) -> None:
    """Whichever terms change from document to document, and whatever they are changed into."""
    prepared_for, same = 0, 0
    for seed in range(2_000):
        dice = random.Random(seed)
        quads, terms, first = numbered(random_graph(seed), dice)
        prepared = Prepared(quads, terms[:first])
        for _ in range(3):
            changed = [dice.choice(["<urn:a>", "<urn:p>"]) if t[0] == "<" else dice.choice(['"x"', '"%s%"', '"y"'])
                       for t in terms[first:]]  # fmt: skip
            here = terms[:first] + changed
            found = prepared.canonical(here, algorithm)
            expected = "".join(canonical_lines([tuple(here[n] for n in quad) for quad in quads], algorithm=algorithm))
            same += found == expected
            prepared_for += found is not None
    assert same == prepared_for > 3_000


def ring(size: int):
    return [(n, "<urn:p>", (n + 1) % size, "") for n in range(size)]


def test_symmetric_graphs_as_pyoxigraph() -> None:
    for size in (2, 3, 5, 8):
        twice = [*ring(size), *((s + size, p, o + size, g) for s, p, o, g in ring(size))]
        assert canonical_lines(twice) == theirs(twice, "sha256")


@pytest.mark.parametrize(
    "letter", [*map(chr, range(0x21)), '"', "\\", "\x7f", "\x80", "\x85", "\u2028", "\ufeff", "\U0001f600"]
)
def test_threat_07_every_odd_letter_is_written_as_pyoxigraph_writes_it(letter) -> None:
    text = f"a{letter}b"
    expected = [line.rstrip("\n") for line in theirs([("<urn:s>", "<urn:p>", f'"{text}"', "")], "sha256")]
    assert [f'<urn:s> <urn:p> "{escape(text)}" .'] == expected


CLIQUES = {size: [(a, "<urn:p>", b, "") for a in range(size) for b in range(size) if a != b] for size in (10, 20, 40)}


@pytest.mark.parametrize("size", CLIQUES)
def test_threat_06_poison_graphs_are_refused_in_time(size) -> None:
    with pytest.raises(DataLoss) as caught:
        canonical_lines(CLIQUES[size])
    assert caught.value.code == "graph_poison"


def test_a_long_symmetric_chain_is_refused_too() -> None:
    with pytest.raises(DataLoss) as caught:
        canonical_lines(ring(3_000))
    assert caught.value.code == "graph_poison"


def test_a_poison_credential_is_refused() -> None:
    document = unsigned()
    alike = {"type": ["ResultDescription"], "alignment": [{"type": ["Alignment"]} for _ in range(12)]}
    document["credentialSubject"]["achievement"]["resultDescription"] = [alike, alike]
    with pytest.raises(DataLoss) as caught:
        canonical(document)
    assert caught.value.code == "graph_poison"


def test_many_unnamed_things_that_can_be_told_apart_are_no_poison() -> None:
    document = unsigned()
    document["evidence"] = [{"type": ["Evidence"], "name": f"Task {number}"} for number in range(1_000)]
    assert canonical(document).count("Evidence>") == 1_000
