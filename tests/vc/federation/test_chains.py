"""Trust chains over real servers: one that holds, and each way in which one does not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.vc.federation.makers import (
    ANCHOR_KEY,
    BADGE_KEY,
    ISSUES,
    LEAF_KEY,
    MIDDLE_KEY,
    STRANGER_KEY,
    Federation,
    jwks,
    statement,
)
from tests.vc.https_server import serving
from tests.vc.makers import NOW

from linkspan.vc import VcError
from linkspan.vc.federation import Superiors, chain_to, read_statement
from linkspan.vc.federation.walk import subordinates


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    answers: dict = {}
    with serving(tmp_path_factory.mktemp("tls"), answers) as (port, policy):
        yield answers, port, policy


@pytest.fixture
def federation(served):
    answers, port, policy = served
    answers.clear()
    made = Federation(port)
    made.answers = answers
    made.policy = replace(policy, seconds=1)
    return made.whole()


def chained(made, subject=None, key=ANCHOR_KEY, at=NOW, most=40, **more):
    asked = Superiors(made.policy, at, most)
    return chain_to(subject or made.leaf, made.anchor, [key.public_key()], asked, **more)


def refused(made, *given, **named) -> str:
    with pytest.raises(VcError) as why:
        chained(made, *given, **named)
    return why.value.code


def test_a_chain_that_holds(federation) -> None:
    found = chained(federation)
    assert (found.subject, found.anchor) == (federation.leaf, federation.anchor)
    assert found.path == (federation.middle, federation.anchor)
    assert found.until == NOW + timedelta(days=1)
    assert found.metadata[ISSUES]["jwks"] == jwks(BADGE_KEY)
    assert chained(federation, federation.middle).path == (federation.anchor,)


def test_it_lasts_as_long_as_the_first_of_its_statements(federation) -> None:
    soon = int((NOW + timedelta(hours=2)).timestamp())
    federation.about(federation.anchor, federation.middle, ANCHOR_KEY, [MIDDLE_KEY], exp=soon)
    assert chained(federation).until == NOW + timedelta(hours=2)
    assert refused(federation, at=NOW + timedelta(hours=2)) == "statement_expired"


def test_a_word_of_the_superior_comes_before_the_leafs_own_and_policies_after_both(federation) -> None:
    federation.about(
        *(federation.middle, federation.leaf, MIDDLE_KEY, [LEAF_KEY]),
        metadata={ISSUES: {"display": ["superior"]}},
        metadata_policy={ISSUES: {"scopes": {"add": ["b"]}}},
    )
    federation.about(
        *(federation.anchor, federation.middle, ANCHOR_KEY, [MIDDLE_KEY]),
        metadata_policy={ISSUES: {"scopes": {"default": ["a"]}, "credential_issuer": {"essential": True}}},
    )
    found = chained(federation).metadata[ISSUES]
    assert found["display"] == ["superior"] and found["scopes"] == ["b"]


def hostile():
    """What somebody does to the federation, and the reason for which the chain does not hold."""

    def leaf(made, signer=LEAF_KEY, **claims):
        made.own(made.leaf, signer, made.middle, **claims)

    def by_middle(made, signer=MIDDLE_KEY, keys=(LEAF_KEY,), **claims):
        made.about(made.middle, made.leaf, signer, list(keys), **claims)

    def by_anchor(made, signer=ANCHOR_KEY, keys=(MIDDLE_KEY,), **claims):
        made.about(made.anchor, made.middle, signer, list(keys), **claims)

    def put(made, place, answer):
        made.answers[place] = answer

    later = int((NOW + timedelta(hours=1)).timestamp())
    return {
        "a stranger signs for the leaf": (lambda m: leaf(m, STRANGER_KEY), "statement_forged"),
        "the superior names other keys": (lambda m: by_middle(m, keys=[STRANGER_KEY]), "statement_forged"),
        "a stranger speaks for the middle": (lambda m: by_middle(m, STRANGER_KEY), "statement_forged"),
        "a stranger speaks for the anchor": (lambda m: by_anchor(m, STRANGER_KEY), "statement_forged"),
        "the anchor names other keys": (lambda m: by_anchor(m, keys=[STRANGER_KEY]), "statement_forged"),
        "it expired": (lambda m: leaf(m, exp=int(NOW.timestamp())), "statement_expired"),
        "it is of tomorrow": (lambda m: leaf(m, iat=later), "statement_expired"),
        "no times": (lambda m: leaf(m, drop=["exp"]), "statement_broken"),
        "another type": (lambda m: leaf(m, kind="jwt"), "statement_broken"),
        "critical and unknown": (lambda m: by_middle(m, crit=["new"], new=1), "critical_claim_unknown"),
        "crit is a word": (lambda m: leaf(m, crit="exp"), "statement_broken"),
        "a policy of its own": (lambda m: leaf(m, metadata_policy={}), "statement_broken"),
        "hints from above": (lambda m: by_middle(m, authority_hints=["https://x.example"]), "statement_broken"),
        "no keys": (lambda m: leaf(m, jwks={"keys": []}), "statement_broken"),
        "a secret key": (lambda m: leaf(m, jwks={"keys": [{"kid": "a", "kty": "OKP", "d": "x"}]}), "statement_forged"),
        "two keys of a name": (lambda m: leaf(m, jwks=jwks(LEAF_KEY, BADGE_KEY, kid="1")), "statement_broken"),
        "metadata of text": (lambda m: leaf(m, metadata={ISSUES: "x"}), "statement_broken"),
        "hints of text": (lambda m: leaf(m, authority_hints="x"), "statement_broken"),
        "hints of an http address": (lambda m: leaf(m, authority_hints=["http://x.example"]), "statement_broken"),
        "of somebody else": (
            lambda m: put(m, m.place(m.leaf), statement(m.middle, m.middle, MIDDLE_KEY)),
            "statement_foreign",
        ),
        "an answer about another": (
            lambda m: put(m, m.said(m.middle, m.leaf), statement(m.middle, m.anchor, MIDDLE_KEY)),
            "statement_foreign",
        ),
        "a cycle": (
            lambda m: (
                m.own(m.middle, MIDDLE_KEY, m.leaf, superior=True),
                m.own(m.leaf, LEAF_KEY, m.middle, superior=True),
                m.about(m.leaf, m.middle, LEAF_KEY, [MIDDLE_KEY]),
            ),
            "chain_broken",
        ),
        "nobody above": (lambda m: m.own(m.leaf, LEAF_KEY), "chain_broken"),
        "the superior is silent about it": (lambda m: put(m, m.said(m.middle, m.leaf), None), "answer_refused"),
        "no place to ask": (lambda m: m.own(m.middle, MIDDLE_KEY, m.anchor), "chain_broken"),
        "too deep for its superior": (
            lambda m: by_anchor(m, constraints={"max_path_length": 0}),
            "constraint_violated",
        ),
        "a name that is excluded": (
            lambda m: by_anchor(m, constraints={"naming_constraints": {"excluded": ["localhost"]}}),
            "constraint_violated",
        ),
        "a name that is not permitted": (
            lambda m: by_anchor(m, constraints={"naming_constraints": {"permitted": [".example.eu"]}}),
            "constraint_violated",
        ),
        "constraints of text": (lambda m: by_anchor(m, constraints="x"), "constraint_violated"),
        "a length of text": (lambda m: by_anchor(m, constraints={"max_path_length": "1"}), "constraint_violated"),
        "policies that contradict": (
            lambda m: (
                by_anchor(m, metadata_policy={ISSUES: {"x": {"value": 1}}}),
                by_middle(m, metadata_policy={ISSUES: {"x": {"value": 2}}}),
            ),
            "policy_broken",
        ),
        "a policy that is not met": (
            lambda m: by_anchor(m, metadata_policy={ISSUES: {"x": {"essential": True}}}),
            "policy_refuses",
        ),
        "a critical policy": (
            lambda m: by_anchor(m, metadata_policy={}, metadata_policy_crit=["regexp"]),
            "critical_policy_unknown",
        ),
        "no token": (lambda m: put(m, m.place(m.leaf), b"<html>"), "statement_broken"),
        "not utf-8": (lambda m: put(m, m.place(m.leaf), b"\xff\xfe"), "statement_broken"),
        "huge": (lambda m: put(m, m.place(m.leaf), b"A" * 60_000), "answer_too_large"),
        "slow": (lambda m: put(m, m.place(m.leaf), "slow"), "too_slow"),
        "elsewhere": (lambda m: put(m, m.place(m.leaf), "redirect"), "redirect_refused"),
        "gone": (lambda m: put(m, m.place(m.leaf), "gone"), "gone"),
    }


@pytest.mark.parametrize("name", hostile())
def test_a_chain_that_does_not_hold_says_why(federation, name) -> None:
    spoil, code = hostile()[name]
    spoil(federation)
    assert refused(federation) == code


def test_the_anchors_keys_are_those_that_are_held_not_those_that_it_shows(federation) -> None:
    assert refused(federation, key=STRANGER_KEY) == "statement_forged"
    federation.own(federation.anchor, STRANGER_KEY, superior=True)
    assert chained(federation).anchor == federation.anchor, "what it says of others is signed by the one that is held"


def test_types_that_a_superior_does_not_allow_are_left_out(federation) -> None:
    limits = {"allowed_entity_types": ["openid_provider"], "max_path_length": 1, "naming_constraints": {}}
    federation.about(federation.anchor, federation.middle, ANCHOR_KEY, [MIDDLE_KEY], constraints=limits)
    assert set(chained(federation).metadata) == {"federation_entity"}


def test_another_way_up_is_taken_where_the_first_does_not_hold(federation) -> None:
    federation.own(federation.leaf, LEAF_KEY, f"{federation.base}/x", federation.middle)
    assert chained(federation).path == (federation.middle, federation.anchor)


def test_questions_are_bounded(federation) -> None:
    hints = [f"{federation.base}/x{number}" for number in range(20)]
    federation.own(federation.leaf, LEAF_KEY, *hints)
    assert refused(federation, most=5) == "chain_too_long"
    above = federation.leaf
    for number in range(9):
        entity = f"{federation.base}/d{number}"
        federation.own(above, LEAF_KEY, entity, superior=True)
        federation.own(entity, LEAF_KEY, superior=True)
        federation.about(entity, above, LEAF_KEY, [LEAF_KEY])
        above = entity
    assert refused(federation) == "chain_broken"


def test_a_did_stands_below_who_speaks_of_it(federation) -> None:
    did = "did:web:school.example"
    federation.about(federation.middle, did, MIDDLE_KEY, [BADGE_KEY], metadata={"federation_entity": {}})
    assert chained(federation, did, through=federation.middle).path == (federation.middle, federation.anchor)
    assert refused(federation, did) == "answer_refused", "the anchor itself says nothing of it"


def test_who_stands_below_is_listed(federation) -> None:
    def below(body):
        federation.answers["/a/list"] = body
        top = read_statement(federation.answers[federation.place(federation.anchor)].decode(), NOW)
        return subordinates(top, federation.policy)

    listed = b'["https://a.example", "did:web:b.example", "http://c.example", 5, "javascript:x", "https://a.example"]'
    assert below(listed) == ("https://a.example", "did:web:b.example")
    for broken in (b"{}", b"<html>", b"[" * 100_000):
        with pytest.raises(VcError):
            below(broken)
