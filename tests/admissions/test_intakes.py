"""The joint round of three schools: the matching, its words, declines, offers that are bettered and never lost."""

from datetime import timedelta

import pytest
from tests.factories.older_pages import again, both, shown
from tests.factories.people import browser
from tests.factories.world import load_world

from linkspan.admissions import actions, queries
from linkspan.admissions.rules.applications import ELSEWHERE, State
from linkspan.kernel import outbox
from linkspan.kernel.errors import NotPermitted, Refused, Unusable
from linkspan.kernel.lists import Ask
from linkspan.messages.queries import notices_of
from linkspan.site.sample import joint, story
from linkspan.site.sample.load import world
from linkspan.site.tick import tick

pytestmark = pytest.mark.django_db
DATA = world()
DECIDE, ANSWER, AGAIN = (joint.moment(DATA, name) for name in ("decide", "answer", "again"))


@pytest.fixture
def cast():
    cast = load_world()
    story.load_courses(DATA)
    joint.put_records(cast, DATA)
    joint.apply_all(cast, DATA)
    return cast


@pytest.fixture
def found(cast):
    joint.certify_lists(cast, DATA)
    return joint.joint_round(DATA)


def states(cast, name) -> dict[str, str]:
    person = cast[name]
    rows = queries.choices(person, person.person_id, joint.joint_round(DATA).id)
    return {row.round.institution: str(row.state) for row in rows}


def reasons(cast, name) -> dict[str, str]:
    person = cast[name]
    rows = queries.choices(person, person.person_id, joint.joint_round(DATA).id)
    return {row.round.institution: " ".join(row.reasons) for row in rows}


def mine(cast, name, school):
    person = cast[name]
    rows = queries.choices(person, person.person_id, joint.joint_round(DATA).id)
    return next(row for row in rows if row.round.institution == school)


def match(cast, found, now=DECIDE):
    act = actions.decide_round if joint.joint_round(DATA).decided_at is None else actions.rerun_round
    return act(actor=cast["mit-admissions"], round_id=found.id, now=now)


def answer(cast, name, school, accept, now=ANSWER):
    application_id = mine(cast, name, school).id
    return actions.answer_offer(actor=cast[name], application_id=application_id, accept=accept, now=now)


def test_each_gets_the_first_choice_that_has_a_seat_and_is_told_why(cast, found) -> None:
    match(cast, found)
    assert states(cast, "dara") == {"MIT": "offered", "ZLC": "not_needed", "HES": "not_needed"}
    assert states(cast, "emil") == {"MIT": "offered"}
    assert states(cast, "fay") == {"MIT": "no_seat", "ZLC": "offered", "HES": "not_needed"}
    assert states(cast, "gil") == {"ZLC": "no_seat", "HES": "offered"}
    assert states(cast, "hana") == {"MIT": "no_seat", "HES": "refused"}
    assert reasons(cast, "fay")["MIT"] == "Your score 820 is under the cut-off 870."
    assert reasons(cast, "fay")["HES"].startswith("You have a seat at ZLC, Master of Engineering")
    assert "Every clause of the agreement is met" in reasons(cast, "gil")["HES"]
    assert reasons(cast, "hana")["HES"].startswith("Not eligible: clause 3")
    cutoffs = {r.institution: r.cutoff for r in queries.intake(found.id).rounds}
    assert cutoffs == {"MIT": 870, "ZLC": 880, "HES": None}
    assert (mine(cast, "fay", "MIT").place, mine(cast, "hana", "MIT").place) == (1, 2)
    assert mine(cast, "fay", "ZLC").decided_by == cast["zlc-admissions"].name
    assert mine(cast, "gil", "HES").decided_by == cast["hes-admissions"].name


def test_a_school_learns_that_somebody_has_a_place_elsewhere_and_no_more(cast, found) -> None:
    match(cast, found)
    answer(cast, "dara", "MIT", accept=True)
    for name in ("fay", "dara"):
        theirs = mine(cast, name, "HES")
        assert (theirs.state, "HES" in theirs.reasons[0]) == (State.NOT_NEEDED, False)
        page = f"/applications/{theirs.id}/"
        assert theirs.reasons[0].split(",")[0] in browser(cast[name]).get(page).content.decode()
        for reader in ("hes-admissions", "registrar", "auditor"):
            seen = queries.application(cast[reader], theirs.id)
            assert (seen.reasons, seen.rank) == ((ELSEWHERE,), None), reader
            told = browser(cast[reader]).get(page).content.decode().split("<main")[1].partition("<footer")[0]
            assert ELSEWHERE in told, reader
            for other in ("ranked", "accepted MIT", "seat at", "Zaragoza", "ZLC", *theirs.reasons):
                assert other not in told, (reader, other)
        listed = queries.applications_in(cast["hes-admissions"], theirs.round.id, Ask()).rows
        assert [row.reasons for row in listed if row.id == theirs.id] == [(ELSEWHERE,)]
    for replay in queries.replayed_round(cast["hes-admissions"], found.id):
        assert replay.same and not replay.result
    assert all(replay.result for replay in queries.replayed_round(cast["auditor"], found.id))


def test_a_decline_moves_everybody_up_and_nobody_down(cast, found) -> None:
    match(cast, found)
    answer(cast, "dara", "MIT", accept=True)
    answer(cast, "emil", "MIT", accept=False)
    match(cast, found, AGAIN)
    assert states(cast, "dara") == {"MIT": "accepted", "ZLC": "not_needed", "HES": "not_needed"}
    assert states(cast, "emil") == {"MIT": "declined"}
    assert states(cast, "fay") == {"MIT": "offered", "ZLC": "not_needed", "HES": "not_needed"}
    assert states(cast, "gil") == {"ZLC": "offered", "HES": "not_needed"}
    assert states(cast, "hana") == {"MIT": "no_seat", "HES": "refused"}
    assert mine(cast, "hana", "MIT").place == 1
    runs = queries.match_runs(found.id)
    assert len(runs) == 4, "one for the round; then Fay moved, then Gil, then nobody"
    assert all(replay.same for replay in queries.replayed_round(cast["zlc-admissions"], found.id))
    outbox.drain(now=AGAIN)
    titles = [notice.title for notice in notices_of(cast["gil"])]
    assert titles.count("You are offered a place") == 2 and "You have a seat at another choice" in titles


def test_an_accepted_offer_stays_even_if_a_better_one_opens(cast, found) -> None:
    match(cast, found)
    assert answer(cast, "fay", "ZLC", accept=True).state == State.ACCEPTED
    assert states(cast, "fay") == {"MIT": "not_needed", "ZLC": "accepted", "HES": "not_needed"}
    assert reasons(cast, "fay")["MIT"].startswith("You accepted ZLC")
    answer(cast, "emil", "MIT", accept=False)
    match(cast, found, AGAIN)
    assert states(cast, "fay")["ZLC"] == "accepted"
    assert states(cast, "hana")["MIT"] == "offered"


def test_offers_that_nobody_answers_lapse(cast, found) -> None:
    match(cast, found)
    tick(now=found.answer_by - timedelta(seconds=1))
    assert states(cast, "emil") == {"MIT": "offered"}
    answer(cast, "dara", "MIT", accept=True)
    tick(now=found.answer_by)
    assert states(cast, "emil") == {"MIT": "lapsed"}
    assert states(cast, "dara")["MIT"] == "accepted"
    with pytest.raises(Refused):
        answer(cast, "emil", "MIT", accept=True, now=found.answer_by)
    match(cast, found, found.answer_by)
    assert states(cast, "fay")["MIT"] == "offered", "who let one offer lapse still competes for higher choices"
    tick(now=found.answer_by + timedelta(days=6))
    assert states(cast, "fay")["MIT"] == "offered", "a new offer has a week of its own"
    tick(now=found.answer_by + timedelta(days=7))
    assert states(cast, "fay")["MIT"] == "lapsed"


def test_the_partners_certify_first_and_only_the_coordinator_matches(cast) -> None:
    found = joint.joint_round(DATA)
    for stranger in ("zlc-admissions", "hes-admissions", "dara", "auditor"):
        with pytest.raises(NotPermitted):
            actions.decide_round(actor=cast[stranger], round_id=found.id, now=DECIDE)
    with pytest.raises(Refused, match="not certified") as no:
        match(cast, found)
    assert len(no.value.reasons) == 3 and "ZLC" in no.value.reasons[2]
    zlc = joint.round_under(found, "zlc-zlogb-from-mitx-scm")
    with pytest.raises(NotPermitted):
        actions.certify_list(actor=cast["mit-admissions"], round_id=zlc.id, now=DECIDE)
    with pytest.raises(Refused, match="open until"):
        actions.certify_list(actor=cast["zlc-admissions"], round_id=zlc.id, now=zlc.opens_at)
    for _ in range(2):
        assert actions.certify_list(actor=cast["zlc-admissions"], round_id=zlc.id, now=DECIDE).certified_by
    with pytest.raises(Refused, match="certified this list"):
        actions.record_score(
            actor=cast["zlc-admissions"], application_id=mine(cast, "fay", "ZLC").id, score=1000, now=DECIDE
        )


def test_the_order_of_choices_is_the_learners_and_closes(cast, found) -> None:
    fay, rows = cast["fay"], queries.choices(cast["fay"], cast["fay"].person_id, found.id)
    turned = [row.id for row in reversed(rows)]
    apply_time = joint.moment(DATA, "apply")

    def order(actor, ids, now=apply_time):
        return actions.order_choices(actor=actor, intake_id=found.id, order=ids, now=now)

    assert [row.id for row in order(fay, turned)] == turned
    for wrong in (turned[:2], [*turned, turned[0]], [turned[0]] * 3, [mine(cast, "dara", "MIT").id, *turned[1:]]):
        with pytest.raises(Unusable):
            order(fay, wrong)
    with pytest.raises(NotPermitted):
        queries.choices(cast["dara"], fay.person_id, found.id)
    match(cast, found)
    assert states(cast, "fay")["HES"] == "offered", "the order that was saved is the one matched"
    with pytest.raises(Refused, match="stands"):
        order(fay, turned)


def test_a_program_joins_only_an_undecided_intake_and_by_its_own_school(cast, found) -> None:
    def join(actor, term):
        return actions.open_round(
            actor=actor,
            agreement_id="hes-sustainability-from-mitx-scm",
            term=term,
            mode=joint.Mode.ROLLING,
            seats=None,
            opens_at=joint.moment(DATA, "apply"),
            closes_at=DECIDE,
            intake_id=found.id,
            now=DECIDE,
        )

    with pytest.raises(NotPermitted):
        join(cast["mit-admissions"], "2020 spring")
    join(cast["hes-admissions"], "2020 spring")
    joint.certify_lists(cast, DATA)
    match(cast, found)
    with pytest.raises(Refused, match="decided"):
        join(cast["hes-admissions"], "2020 summer")
    with pytest.raises(NotPermitted):
        actions.open_intake(
            actor=cast["zlc-admissions"], coordinator="MIT", title="x", term="y", answer_by=None, now=DECIDE
        )


def test_a_joint_round_comes_before_single_decisions(cast, found) -> None:
    gil = mine(cast, "gil", "HES").id

    def admit(reason=""):
        return actions.decide_application(
            actor=cast["hes-admissions"], application_id=gil, admit=True, reason=reason, now=DECIDE
        )

    with pytest.raises(Refused, match="matching comes first"):
        admit()
    match(cast, found)
    assert admit().state == State.OFFERED
    hana = mine(cast, "hana", "MIT").id
    with pytest.raises(Unusable, match="rules propose: no_seat"):
        actions.decide_application(actor=cast["mit-admissions"], application_id=hana, admit=True, reason="", now=DECIDE)


def test_an_older_page_erases_no_order(cast, found, monkeypatch) -> None:
    moment = joint.moment(DATA, "apply") + timedelta(hours=1)
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: moment)
    fay, page = cast["fay"], f"/rounds/{found.id}/"
    client = browser(fay)
    rows = [row.id for row in queries.choices(fay, fay.person_id, found.id)]
    places = {f"place-{row}": str(n) for n, row in enumerate(rows, 1)}
    turned = {f"place-{row}": str(n) for n, row in enumerate(reversed(rows), 1)}
    older = shown(client, page)
    assert client.post(f"{page}order/", turned | {"seen": older}).status_code == 302
    answer = client.post(f"{page}order/", places | {"seen": older})
    assert f'href="{page}"' in both(answer) and "1. " in both(answer)
    assert [row.id for row in queries.choices(fay, fay.person_id, found.id)] == rows[::-1]
    assert client.post(f"{page}order/", again(answer)).status_code == 302
    assert [row.id for row in queries.choices(fay, fay.person_id, found.id)] == rows
