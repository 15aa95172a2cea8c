"""Opening rounds: seeds that nobody chooses, rounds that offer places by themselves."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.admissions.test_actions import (
    AFTER,
    CLOSES,
    HES,
    MIT,
    admissible,
    apply,
    opened,
    scored,
    seats_taken,
    state,
)
from tests.factories.acts import match
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.world import load_world

from linkspan.admissions import actions, queries
from linkspan.admissions.models import ApplicationRow, RoundRow
from linkspan.admissions.rules.applications import Mode, State
from linkspan.admissions.rules.seeds import commitment, keeps
from linkspan.kernel import outbox
from linkspan.kernel.errors import NotPermitted, Unusable
from linkspan.messages.queries import notices_of
from linkspan.site.tick import tick


@given(st.integers(0, 2**53 - 1), st.integers(0, 2**53 - 1), st.text("0123456789abcdef", min_size=64, max_size=64))
def test_a_commitment_binds_one_seed(seed, other, nonce):
    assert keeps(commitment(seed, nonce), seed, nonce)
    assert keeps(commitment(seed, nonce), other, nonce) is (seed == other)


pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return load_world()


def test_the_seed_is_drawn_published_by_hash_and_revealed_by_the_matching(cast):
    round_id = opened(actor=cast["mit-admissions"], seats=1)
    sealed = queries.intake(round_id)
    assert sealed.seed is None and sealed.nonce == "" and len(sealed.commitment) == 64
    for name, score in (("Ana A", 900), ("Bo B", 900)):
        scored(cast, round_id, name, score)
    assert queries.intake(round_id) == sealed, "scores change nothing about the seed"
    match(actor=cast["mit-admissions"], round_id=round_id, now=AFTER)
    revealed = queries.intake(round_id)
    assert revealed.commitment == sealed.commitment
    assert keeps(revealed.commitment, revealed.seed, revealed.nonce)
    assert queries.replayed_round(cast["mit-admissions"], round_id)[0].same
    assert opened(actor=cast["mit-admissions"], seats=1) == round_id, "opening again draws no other seed"
    assert queries.intake(round_id) == revealed


def test_staff_choose_no_seed_and_two_rounds_have_two(cast):
    with pytest.raises(NotPermitted, match="drawn"):
        actions.open_intake(
            actor=cast["mit-admissions"], coordinator="MIT", title="x", term="y", answer_by=None, now=NOW, seed=7
        )
    with pytest.raises(NotPermitted, match="drawn"):
        actions.open_round(
            actor=cast["mit-admissions"], agreement_id=MIT, term="t", mode=Mode.RANKED, seats=1, opens_at=NOW,
            closes_at=CLOSES, now=NOW, seed=7,
        )  # fmt: skip
    first, second = (queries.intake(opened(actor=cast["mit-admissions"], term=t)).commitment for t in ("t", "u"))
    assert first != second


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": Mode.RANKED, "seats": None},
        {"seats": -1},
        {"seats": 10**7},
        {"opens_at": CLOSES},
        {"mode": Mode.RANKED, "automatic": True},
        {"term": "  "},
        {"term": "x" * 65},
    ],
)
def test_rounds_that_cannot_be_opened(cast, wrong):
    with pytest.raises(Unusable):
        opened(**wrong)


def test_only_staff_of_the_receiving_school_open_a_round(cast):
    for stranger in ("hes-admissions", "staff", "learner", "auditor"):
        with pytest.raises(NotPermitted):
            opened(actor=cast[stranger])


def test_an_automatic_round_offers_in_the_name_of_who_opened_it_until_seats_are_gone(cast):
    staff = cast["mit-admissions"]
    round_id = opened(Mode.ROLLING, 1, actor=staff, automatic=True)
    first, second = admissible(cast, "Ana A"), admissible(cast, "Bo B")
    unproven = apply(person("Cy C"), round_id)
    offered, waiting = apply(first, round_id), apply(second, round_id)
    assert (offered.state, waiting.state) == (State.OFFERED, State.NO_SEAT)
    assert unproven.state == State.SUBMITTED, "what is not proven waits for a person"
    assert offered.decided_by == waiting.decided_by == staff.name
    assert seats_taken(round_id) == 1
    actions.answer_offer(actor=first, application_id=offered.id, accept=False, now=NOW)
    tick(now=NOW + timedelta(hours=1))
    assert state(waiting.id) == State.OFFERED and seats_taken(round_id) == 1
    assert state(unproven.id) == State.SUBMITTED
    tick(now=NOW + timedelta(hours=2))
    assert state(waiting.id) == State.OFFERED
    with pytest.raises(NotPermitted):
        actions.offer_freed_seats(actor=staff, now=NOW)


@pytest.mark.parametrize("freed_by", ["decline", "withdraw", "lapse", "refuse"])
def test_who_waits_gets_the_seat_where_it_is_freed_and_nobody_new_before_them(cast, freed_by):
    staff, later = cast["mit-admissions"], NOW + timedelta(days=1)
    round_id = opened(Mode.ROLLING, 1, actor=staff, automatic=True)
    first, second, third = (admissible(cast, name) for name in ("Ana A", "Bo B", "Cy C"))
    held, waits = (apply(who, round_id).id for who in (first, second))
    rows = ApplicationRow.objects.filter(id=held)
    match freed_by:
        case "decline":
            actions.answer_offer(actor=first, application_id=held, accept=False, now=later)
        case "withdraw":
            actions.withdraw_application(actor=first, application_id=held, now=later)
        case "lapse":
            rows.update(answer_by=later)
            actions.lapse_offers(actor=SYSTEM, now=later)
        case "refuse":
            rows.update(state=State.PROVISIONAL)
            actions.decide_application(actor=staff, application_id=held, admit=False, reason="Failed.", now=later)
    assert (state(waits), seats_taken(round_id)) == (State.OFFERED, 1)
    assert apply(third, round_id, now=later).state == State.NO_SEAT
    outbox.drain(now=later)
    assert [n.title for n in notices_of(second)].count("You are offered a place") == 1


def test_a_fee_paid_since_comes_before_an_application_that_is_new(cast):
    """A place that nobody could take yet is not the place of who came later."""
    round_id = opened(Mode.ROLLING, 1, actor=cast["mit-admissions"], automatic=True)
    first, second = admissible(cast, "Ana A"), admissible(cast, "Bo B")
    waits = apply(first, round_id).id
    ApplicationRow.objects.filter(id=waits).update(state=State.SUBMITTED)
    RoundRow.objects.filter(id=round_id).update(seats_taken=0)
    assert apply(second, round_id).state == State.NO_SEAT
    assert state(waits) == State.OFFERED


def test_a_rolling_round_that_is_not_automatic_waits_for_a_person(cast):
    round_id = opened(Mode.ROLLING, 1, actor=cast["mit-admissions"])
    assert apply(admissible(cast, "Ana A"), round_id).state == State.SUBMITTED


def test_an_automatic_round_does_not_join_an_intake(cast):
    intake_id = actions.open_intake(
        actor=SYSTEM, coordinator="MIT", title="Joint", term="t", answer_by=None, now=NOW, seed=3
    )
    with pytest.raises(Unusable, match="of its own"):
        opened(Mode.ROLLING, 1, automatic=True, intake_id=intake_id, agreement=HES)
    with pytest.raises(Unusable, match="is over"):
        actions.open_intake(actor=SYSTEM, coordinator="MIT", title="Late", term="t", answer_by=NOW, now=NOW)
