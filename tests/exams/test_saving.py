"""A save never erases: in any order, twice, forged, late, from an older page."""

import json
from datetime import timedelta
from itertools import permutations

import pytest
from cryptography.fernet import Fernet
from hypothesis import given as drawn
from hypothesis import strategies as st
from tests.factories import exams as make
from tests.factories.exam_page import Page
from tests.factories.exams import LATER
from tests.factories.people import person

from linkspan.exams import actions, queries, tasks
from linkspan.exams.models import ResponseRow
from linkspan.exams.rules import Change, Current, counts, read_batch
from linkspan.exams.rules.making import MOST_OPTIONS
from linkspan.exams.rules.saving import check_value, unbroken
from linkspan.kernel.audit import trail_of
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.models import OutboxMessage

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(learner, running):
    """The numeric item that was drawn; the other is b1."""
    return queries.questions(learner, running.id, now=LATER)[0].id


def stored(running):
    return {name: list(value) for name, value in queries.responses_of(running.id).items()}


def test_an_older_page_erases_nothing(learner, running, item) -> None:
    older = Page(learner, running)
    page = Page(learner, running)
    assert page.save(item, ["4"]).standing == "applied"
    assert page.save("b1", ["0"]).standing == "applied"
    assert older.save(item, []).standing == "kept", "what it has not seen it cannot clear"
    for empty in ([], [" "]):
        receipt = older.send(older.batch(older.change(item, ["x"]) | {"value": empty}))
        assert receipt.not_taken[0].code == "clear_explicitly"
    assert older.save("b1", ["1"]).standing == "kept"
    assert stored(running) == {item: ["4"], "b1": ["0"]}
    assert not older.send(older.batch()).newest and page.send(page.batch()).newest


def test_what_an_older_page_holds_fills_what_is_empty(learner, running, item) -> None:
    older, page = Page(learner, running), Page(learner, running)
    page.save("b1", ["0"])
    assert older.save(item, ["4"]).standing == "applied"
    assert stored(running) == {item: ["4"], "b1": ["0"]}


def test_clearing_is_an_act_of_its_own(learner, running) -> None:
    page = Page(learner, running)
    page.save("b1", ["0"])
    assert page.save("b1", [], replaces=1).standing == "applied"
    assert stored(running) == {"b1": []}


def test_any_order_and_doubling_give_the_same_answers(learner, running, item) -> None:
    ends = set()
    for order in permutations(range(3)):
        page = Page(learner, running)
        current = {saved.item: saved.version for saved in queries.saved_answers(running.id)}
        batches = [
            page.batch(page.change(item, ["1"], current.get(item))),
            page.batch(page.change(item, ["2"], current.get(item)), page.change("b1", ["1"], current.get("b1"))),
            page.batch(page.change(item, ["4"], current.get(item))),
        ]
        for place in (*order, *order):
            page.send(batches[place])
        ends.add(str(sorted(stored(running).items())))
    assert ends == {str(sorted({item: ["4"], "b1": ["1"]}.items()))}
    assert ResponseRow.objects.count() == 6 * 4


def test_the_same_again_gives_the_same_answer_and_other_content_is_refused_and_noted(learner, running) -> None:
    page = Page(learner, running)
    body = page.batch(page.change("b1", ["0"]))
    first, again = page.send(body), page.send(body)
    assert first == again
    forged = page.save("b1", ["1"], seq=1)
    assert (forged.code, stored(running)) == ("sequence_reused", {"b1": ["0"]})
    (noted,) = [entry for entry in trail_of(f"exams.attempt:{running.id}") if entry.verb == "refuse_answers"]
    assert noted.after == {"sequence_numbers": [1]}


def test_one_bad_change_refuses_no_other(learner, running, item) -> None:
    page = Page(learner, running)
    receipt = page.send(
        page.batch(
            page.change("zz", ["1"]),
            page.change(item, ["x" * 501]),
            page.change("b1", ["0"]),
            {"item": item},
            "nothing",
            page.change(item, ["a\x00"]),
            page.change(item, ["4"], replaces=-1),
        )
    )
    assert [(taken.item, taken.standing) for taken in receipt.taken] == [("b1", "applied")]
    codes = ["response_unusable", "change_unusable", "change_unusable", "response_unusable", "number_out_of_range"]
    assert [refused.code for refused in receipt.not_taken[:5]] == codes
    assert receipt.not_taken[5].code == "item_unknown"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body | {"mac": "0" * 64},
        lambda body: body | {"mac": "é"},
        lambda body: body | {"sent_at": "later"},
        lambda body: body | {"batch": 2},
        lambda body: body | {"changes": [body["changes"][0] | {"value": ["1"]}]},
        lambda body: body | {"changes": body["changes"] * 101},
        lambda body: body | {"changes": {}},
        lambda body: body | {"batch": 1.5},
        lambda body: body | {"batch": True},
        lambda body: body | {"writer": "w"},
        lambda body: body | {"more": 1},
        lambda body: {},
        lambda body: [],
        lambda body: body | {"changes": [{"item": 2**60}]},
        lambda body: body | {"prev": "\ud800"},
    ],
)
def test_a_forged_save_stores_nothing(learner, running, spoil) -> None:
    page = Page(learner, running)
    with pytest.raises(Unusable):
        page.send(spoil(page.batch(page.change("b1", ["0"]))))
    assert stored(running) == {}


def test_nobody_saves_in_anothers_exam(cast, learner, running) -> None:
    page, other = Page(learner, running), person("Other Sample")
    body = page.batch(page.change("b1", ["0"]))
    for actor in (other, cast["proctor"], cast["staff"]):
        with pytest.raises(NotFound):
            page.send(body, actor=actor)
        with pytest.raises(NotFound):
            Page(actor, running)
    make.authorise(other, cast)
    second = make.begin(cast, other, running.sitting.id)
    with pytest.raises(NotFound):
        actions.save_answers(actor=other, attempt_id=second.id, batch=read_batch(body), now=LATER)
    assert stored(running) == stored(second) == {}


def test_the_plain_form_changes_what_was_touched(learner, running, item) -> None:
    page = Page(learner, running)
    page.save(item, ["4"])
    page.save("b1", ["0"])
    form = {item: ((), None), "b1": (("1",), None)}
    (kept,) = actions.save_form(actor=learner, attempt_id=running.id, fields=form, now=LATER)
    assert (kept.item, kept.standing, kept.version, kept.value) == ("b1", "kept", 1, ("0",))
    assert stored(running) == {item: ["4"], "b1": ["0"]}
    chosen = {"b1": (("1",), 1), item: (("4",), 1)}
    assert actions.save_form(actor=learner, attempt_id=running.id, fields=chosen, now=LATER)[0].standing == "applied"
    cleared = {item: ((), 1)}
    actions.save_form(actor=learner, attempt_id=running.id, fields=cleared, now=LATER)
    assert stored(running) == {item: [], "b1": ["1"]}


def test_an_answer_on_its_way_counts_and_a_later_one_waits_for_a_person(cast, learner, running) -> None:
    page = Page(learner, running)
    end, hour = running.deadline, timedelta(minutes=60)
    assert page.save("b1", ["1"], now=end + timedelta(seconds=29), elapsed=hour).standing == "applied"
    assert page.save("b1", ["0"], 1, now=end + timedelta(seconds=29), elapsed=hour * 1.01).standing == "late"
    tasks.close_overdue_attempts(end + timedelta(seconds=30))
    assert page.save("b1", ["0"], 1, now=end + timedelta(minutes=9), elapsed=hour).standing == "late"
    assert OutboxMessage.objects.filter(event__endswith="LateAnswersCame").count() == 1
    assert stored(running) == {"b1": ["1"]}
    ((attempt, waiting),) = queries.late_answers(cast["proctor"]).items()
    assert attempt.id == running.id
    assert [(late.given, late.counted, late.in_order) for late in waiting] == [(("this",), ("that",), True)] * 2


def test_what_comes_while_the_clock_stands_is_in_time(cast, learner, running) -> None:
    page = Page(learner, running)
    stopped, hour = running.deadline - timedelta(minutes=1), timedelta(minutes=59)
    told = {"attempt_id": running.id, "reason": "The network is down.", "now": stopped}
    actions.pause_attempt(actor=cast["proctor"], **told)
    assert page.save("b1", ["0"], now=stopped + timedelta(minutes=20), elapsed=hour).standing == "applied"
    actions.resume_attempt(actor=cast["proctor"], attempt_id=running.id, now=stopped + timedelta(minutes=30))
    late = running.deadline + timedelta(minutes=30, seconds=31)
    assert page.save("b1", ["1"], 1, now=late, elapsed=hour).standing == "late"


def test_new_keys_of_the_server_turn_no_page_away(cast, learner, running, settings) -> None:
    page, before = Page(learner, running), settings.DOCUMENT_KEY
    settings.DOCUMENT_KEY, settings.EARLIER_DOCUMENT_KEYS = Fernet.generate_key().decode(), [str(before)]
    assert page.save("b1", ["0"]).standing == "applied"
    content = page.file(page.batch(page.change("b1", ["1"], 1)))
    told = {"actor": cast["proctor"], "attempt_id": running.id, "content": content, "now": LATER}
    assert actions.take_answer_file(**told).taken[0].standing == "applied"
    settings.EARLIER_DOCUMENT_KEYS = []
    with pytest.raises(Unusable):
        page.save("b1", ["0"], 2)
    with pytest.raises(Unusable):
        actions.take_answer_file(**told)


def test_an_answer_has_room_for_every_line_that_a_question_may_have() -> None:
    assert len(check_value(["x"] * MOST_OPTIONS)) == MOST_OPTIONS
    with pytest.raises(Unusable):
        check_value(["x"] * (MOST_OPTIONS + 1))


def late_world(cast, learner, running):
    page = Page(learner, running)
    page.save("b1", ["1"])
    tasks.close_overdue_attempts(running.deadline + timedelta(seconds=30))
    page.save("b1", ["0"], 1, now=running.deadline + timedelta(hours=1))
    ((_, (late,)),) = queries.late_answers(cast["proctor"]).items()
    return page, late


def test_a_named_person_accepts_a_late_answer(cast, learner, running) -> None:
    page, late = late_world(cast, learner, running)
    actions.review_attempt(actor=cast["proctor"], attempt_id=running.id, accept=True, reason="", now=LATER)
    assert queries.due_releases(make.RELEASE) == ()
    with pytest.raises(Refused, match="Late answers wait"):
        actions.release_result(attempt_id=running.id, now=make.RELEASE)
    page.save(late.item, ["1"], 1, now=running.deadline + timedelta(hours=2))
    told = {"attempt_id": running.id, "shown": [late.id], "accept": [late.id], "now": LATER}
    for actor in (learner, person("Elsewhere", ("proctor", "HES")), cast["mit-admissions"]):
        with pytest.raises(NotPermitted):
            actions.decide_late_answers(actor=actor, reason="Network.", **told)
    with pytest.raises(Unusable):
        actions.decide_late_answers(actor=cast["staff"], reason=" ", **told)
    for _ in range(2):
        actions.decide_late_answers(actor=cast["staff"], reason="The network was down.", **told)
    assert stored(running) == {"b1": ["0"]}
    (entry,) = [e for e in trail_of(f"exams.attempt:{running.id}") if e.verb == "decide_late_answers"]
    assert (entry.after, entry.why) == ({"accepted": ["b1"], "declined": []}, "The network was down.")
    ((_, (since,)),) = queries.late_answers(cast["staff"]).items()
    assert since.given == ("that",), "what came since is not decided unseen"
    rest = {"attempt_id": running.id, "shown": [since.id], "accept": [], "now": LATER}
    actions.decide_late_answers(actor=cast["proctor"], reason="Given after the end.", **rest)
    tasks.release_due_results(make.RELEASE)
    assert queries.attempt(learner, running.id).score == 50
    with pytest.raises(Refused, match="result is out"):
        page.save("b1", ["1"], 2, now=make.RELEASE)


def test_a_file_of_answers(cast, learner, running) -> None:
    page = Page(learner, running)
    body = page.batch(page.change("b1", ["0"]))
    content = page.file(body)
    told = {"attempt_id": running.id, "now": LATER}
    for actor in (learner, cast["staff"], person("Elsewhere", ("proctor", "HES"))):
        with pytest.raises(NotPermitted):
            actions.take_answer_file(actor=actor, content=content, **told)
    for _ in range(2):
        receipt = actions.take_answer_file(actor=cast["proctor"], content=content, **told)
        assert [taken.standing for taken in receipt.taken] == ["applied"]
    assert ResponseRow.objects.count() == 1
    second = person("Second Sample")
    make.authorise(second, cast)
    other = make.begin(cast, second, running.sitting.id)
    spoilt = json.loads(content)
    first, *rest = spoilt["parts"][0]["sealed"]
    spoilt["parts"][0]["sealed"] = "".join(["B" if first == "A" else "A", *rest])
    forged = page.file({**body, "changes": [body["changes"][0] | {"value": ["1"], "seq": 2}]})
    for attempt_id, bad in (
        (other.id, content),
        (running.id, json.dumps(spoilt).encode()),
        (running.id, forged),
        (running.id, b"\xff"),
        (running.id, b"[]"),
        (running.id, page.file()),
        (running.id, b"[" * 100_000),
        (running.id, b" " * 3_000_000),
    ):
        with pytest.raises(Unusable):
            actions.take_answer_file(actor=cast["proctor"], attempt_id=attempt_id, content=bad, now=LATER)
    assert stored(running) == {"b1": ["0"]} and stored(other) == {}


def test_handing_in_waits_for_every_change_of_the_page(learner, running) -> None:
    page = Page(learner, running)
    page.save("b1", ["0"])
    body = page.batch(page.change("b1", ["1"], 1))
    told = {"actor": learner, "attempt_id": running.id, "page": page.opened.id, "now": LATER}
    with pytest.raises(Refused) as refusal:
        actions.submit_attempt(changes=2, **told)
    assert refusal.value.reasons == ("2",)
    page.send(body)
    actions.submit_attempt(changes=2, **told)
    assert stored(running) == {"b1": ["1"]}


def test_no_page_opens_on_what_does_not_run(learner, running) -> None:
    make.hand_in(learner, running)
    with pytest.raises(Refused):
        Page(learner, running)


def test_the_order_of_a_page_is_proven_by_its_links() -> None:
    links = [(1, "a", ""), (2, "b", "a"), (3, "c", "b")]
    assert unbroken(links * 2) == 3
    assert unbroken(links[1:]) == 0
    assert unbroken([links[0], links[2]]) == 1
    assert unbroken([links[0], (2, "x", "z"), links[2]]) == 1


@drawn(st.integers(1, 5), st.integers(1, 5), st.integers(1, 5), st.integers(0, 5), st.none() | st.integers(1, 5))
def test_a_clearing_never_wins_over_what_it_has_not_seen(version, page, seq, other, replaces) -> None:
    change = Change("a", seq, replaces, ())
    if counts(change, other, Current(version, page, 3)):
        assert replaces == version or (other == page and seq > 3)
