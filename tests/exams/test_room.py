"""A live room: who writes to whom, what was shown, how much; a timeline only where its learner agreed to it."""

import json
from datetime import timedelta

import pytest
from tests.factories import exams as make
from tests.factories.exams import LATER, RELEASE
from tests.factories.people import NOW, browser, person, token_for

from linkspan.exams import actions, queries
from linkspan.exams.models import NoticedRow, RoomMessageRow, RoomReadRow
from linkspan.exams.rules.timeline import MOST_NOTICED, Noticed, read_noticed
from linkspan.kernel import outbox, retention
from linkspan.kernel.errors import LinkspanError, NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.models import OutboxDelivery
from linkspan.kernel.retries import State
from linkspan.messages.models import NoticeRow

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at(monkeypatch):
    """The time of the pages: the last that was put here."""
    times = [LATER]
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: times[-1])
    return times


def hear(client, attempt, **sent):
    return client.post(f"/exams/attempts/{attempt.id}/room/", sent, content_type="application/json")


def words(who, attempt):
    return [one.words for one in queries.messages_of(who, attempt.id)]


def test_a_candidate_asks_and_the_proctors_answer_is_shown_and_that_is_known(cast, learner, running) -> None:
    proctor, page = cast["proctor"], browser(learner)
    other = make.second_proctor()
    assert (
        hear(page, running, seen=0, words="My <b>screen</b>\0 is\u202e black").json()["messages"][0]["kind"] == "help"
    )
    for _ in range(2):
        actions.ask_for_help(actor=learner, attempt_id=running.id, words="", now=LATER)
    outbox.drain(now=LATER)
    notices = NoticeRow.objects.filter(kind="help_asked")
    told = set(notices.values_list("recipient_id", flat=True))
    assert {proctor.person_id, other.person_id} <= told and learner.person_id not in told
    assert len(notices) == len(told) and OutboxDelivery.objects.exclude(state=State.DONE).count() == 0
    (room,) = queries.rooms_of(proctor, running.sitting.id)
    assert (room.asks and room.messages[0].by == "") or room.messages[0].by == learner.name
    shown = browser(proctor).get(f"/desk/sittings/{running.sitting.id}/room/").content.decode()
    assert "My &lt;b&gt;screen&lt;/b&gt;" in shown and "Asks for you" in shown and "<b>screen" not in shown
    actions.tell_candidate(actor=proctor, attempt_id=running.id, words="Look up.", now=LATER)
    (answered,) = queries.rooms_of(proctor, running.sitting.id)
    assert not answered.asks and answered.messages[-1].read_at is None and answered.messages[-1].by == proctor.name
    (new,) = hear(page, running, seen=3).json()["messages"]
    assert (new["number"], new["words"], set(new)) == (4, "Look up.", {"number", "kind", "words", "to_all", "at"})
    assert RoomReadRow.objects.count() == 0  # sent is not shown
    for _ in range(2):
        assert hear(page, running, seen=4).json() == {"messages": []}
    assert queries.messages_of(proctor, running.id)[-1].read_at == LATER and RoomReadRow.objects.count() == 1
    assert queries.messages_of(learner, running.id)[-1].by == ""


def test_without_scripts_asking_saves_and_the_answer_stands_on_the_next_page(cast, learner, running) -> None:
    page, path = browser(learner), f"/exams/attempts/{running.id}/"
    actions.tell_candidate(actor=cast["proctor"], attempt_id=running.id, words="Ten minutes left.", now=LATER)
    shown = page.get(path).content.decode()
    assert shown.count("Ten minutes left.") == 2 and 'name="told" value="1"' in shown
    asked = {"do": "help", "words": "Please", "told": "1", "item_b1": "0", "shown_b1": ""}
    assert page.post(f"{path}save/", asked).status_code == 302
    assert words(learner, running) == ["Ten minutes left.", "Please"]
    assert queries.responses_of(running.id) == {"b1": ("0",)} and RoomReadRow.objects.count() == 1
    actions.pause_attempt(actor=cast["proctor"], attempt_id=running.id, reason="Alarm", now=LATER)
    assert 'id="room-ask"' in page.get(path).content.decode()
    assert page.post(f"{path}help/", {"words": "", "told": "x"}).status_code == 302
    make_over = {"actor": cast["proctor"], "attempt_id": running.id, "now": LATER}
    actions.cancel_attempt(reason="Over", **make_over)
    assert 'id="room-ask"' not in page.get(path).content.decode()
    for act in (
        lambda: actions.ask_for_help(actor=learner, attempt_id=running.id, words="x", now=LATER),
        lambda: actions.tell_candidate(words="x", **make_over),
        lambda: actions.tell_sitting(actor=cast["proctor"], sitting_id=running.sitting.id, words="x", now=LATER),
    ):
        with pytest.raises(Refused):
            act()


def test_a_message_to_all_reaches_who_is_there_and_answers_nobody(cast, learner, running) -> None:
    second = person("Second Learner")
    make.authorise(second, cast)
    theirs = actions.create_attempt(actor=second, sitting_id=running.sitting.id, now=NOW)
    actions.ask_for_help(actor=learner, attempt_id=running.id, words="", now=LATER)
    told = {"actor": cast["proctor"], "sitting_id": running.sitting.id, "now": LATER}
    assert actions.tell_sitting(words="Fire alarm", **told) == 2
    assert words(second, theirs) == ["Fire alarm"] and words(learner, running) == ["", "Fire alarm"]
    first, last = queries.rooms_of(cast["proctor"], running.sitting.id)
    assert (first.learner_id, first.asks, last.asks) == (learner.person_id, True, False)
    with pytest.raises(NotFound):
        queries.messages_of(second, running.id)
    assert hear(browser(second), running, seen=0).status_code == 404


def test_who_may_write_and_read_in_a_room(cast, learner, running) -> None:
    here = {"attempt_id": running.id, "now": LATER}
    others = (person("Elsewhere", ("proctor", "HES")), person("Reader", ("program_staff", "MITx")), person("Nobody"))
    for who in others:
        for act in (
            lambda who=who: actions.tell_candidate(actor=who, words="x", **here),
            lambda who=who: actions.tell_sitting(actor=who, sitting_id=running.sitting.id, words="x", now=LATER),
            lambda who=who: actions.ask_for_help(actor=who, words="x", **here),
            lambda who=who: actions.read_messages(actor=who, upto=9, **here),
            lambda who=who: actions.note_noticed(actor=who, noticed=[], **here),
            lambda who=who: queries.messages_of(who, running.id),
            lambda who=who: queries.rooms_of(who, running.sitting.id),
            lambda who=who: queries.timeline_of(who, running.id),
        ):
            with pytest.raises((NotFound, NotPermitted)):
                act()
    with pytest.raises(NotPermitted):
        actions.tell_candidate(actor=learner, words="x", **here)
    with pytest.raises(NotFound):
        queries.timeline_of(learner, running.id)  # before the result is out
    assert RoomMessageRow.objects.count() == 0


def test_a_room_takes_so_much_of_one_person_and_no_more(cast, learner, running) -> None:
    asks = {"actor": learner, "attempt_id": running.id, "now": LATER}
    for _ in range(5):
        actions.ask_for_help(words="a" * 500, **asks)
    for text, code in (("x", "messages_too_many"), ("a" * 501, "messages_too_many")):
        with pytest.raises(LinkspanError) as no:
            actions.ask_for_help(words=text, **asks)
        assert no.value.code == code
    assert actions.ask_for_help(words="x", **asks | {"now": LATER + timedelta(minutes=2)}) == 6
    tells = {"actor": cast["proctor"], "attempt_id": running.id, "now": LATER}
    for given in ("", " \n ", "a" * 501):
        with pytest.raises(Unusable):
            actions.tell_candidate(words=given, **tells)
    for _ in range(30):
        actions.tell_candidate(words="x", **tells)
    with pytest.raises(Refused):
        actions.tell_candidate(words="x", **tells)
    RoomMessageRow.objects.filter(attempt_id=running.id).update(at=NOW)
    rows = RoomMessageRow.objects.filter(attempt_id=running.id).count()
    told = {"learner_id": learner.person_id, "attempt_id": running.id, "kind": "told", "written_by": "x", "at": NOW}
    RoomMessageRow.objects.bulk_create(RoomMessageRow(number=n, words="x", **told) for n in range(rows + 1, 301))
    with pytest.raises(Refused) as full:
        actions.tell_candidate(words="x", **tells)
    assert full.value.code == "room_full"


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b"null", b"\xff", b"[" * 16_000, b'"' + b"a" * 20_000 + b'"', b'{"noticed": {"a": 1}}']
)
def test_what_no_page_sends_is_refused(learner, running, content) -> None:
    actions.agree_to_timeline(actor=learner, code="CFx", now=NOW)
    path = f"/exams/attempts/{running.id}/room/"
    assert browser(learner).post(path, content, content_type="application/json").status_code == 422


@pytest.mark.parametrize(
    "given",
    [None, "x", {}, [1], [{"kind": "keys", "ago_ms": 0}], [{"kind": "paste"}], [{"kind": "paste", "ago_ms": -1}],
     [{"kind": "paste", "ago_ms": True}], [{"kind": ["paste"], "ago_ms": 1}], [{"kind": "paste", "ago_ms": 1}] * 51],
)  # fmt: skip
def test_notes_of_another_shape_are_refused(given) -> None:
    with pytest.raises(Unusable):
        read_noticed(given, LATER, NOW)


def test_no_note_lies_before_the_start_or_ahead_of_now() -> None:
    read = read_noticed([{"kind": "paste", "ago_ms": ago} for ago in (0, 1000, 10**12)], LATER, NOW)
    assert [at for _, at in read] == [LATER, LATER - timedelta(seconds=1), NOW]


def test_nothing_is_noted_before_the_learner_agreed_and_after_they_took_it_back(cast, learner, running) -> None:
    page, path = browser(learner), "/exams/CFx/timeline/"
    note = [{"kind": "focus_lost", "ago_ms": 5000}]
    assert "data-notes" not in page.get(f"/exams/attempts/{running.id}/").content.decode()
    assert hear(page, running, seen=0, noticed=note).status_code == 200 and NoticedRow.objects.count() == 0
    assert "90 days after your result" in page.get(path).content.decode()
    for _ in range(2):
        assert page.post(path, {"do": "agree"}).status_code == 302
    assert "data-notes" in page.get(f"/exams/attempts/{running.id}/").content.decode()
    assert hear(page, running, seen=0, noticed=note).status_code == 200
    assert NoticedRow.objects.get().at == LATER - timedelta(seconds=5)
    assert page.post(path, {"do": "end"}).status_code == 302 == page.post(path, {"do": "end"}).status_code
    with pytest.raises(Refused):
        actions.note_noticed(actor=learner, attempt_id=running.id, noticed=note, now=LATER)
    assert page.post(path, {"do": "other"}).status_code == 422


def test_a_timeline_is_in_order_bounded_and_goes_by_the_clock(cast, learner, running, at) -> None:
    proctor = cast["proctor"]
    actions.agree_to_timeline(actor=learner, code="CFx", now=NOW)
    minute = lambda n: NOW + timedelta(minutes=n)  # noqa: E731
    notes = [{"kind": kind, "ago_ms": 0} for kind in Noticed]
    actions.note_noticed(actor=learner, attempt_id=running.id, noticed=notes, now=minute(1))
    make.answer(learner, running, now=minute(2))
    actions.ask_for_help(actor=learner, attempt_id=running.id, words="Help", now=minute(3))
    told = {"actor": proctor, "attempt_id": running.id}
    actions.pause_attempt(reason="Alarm", now=minute(4), **told)
    actions.resume_attempt(now=minute(6), **told)
    actions.log_incident(kind="other", note="<script>Left", now=minute(7), **told)
    found = queries.timeline_of(proctor, running.id)
    assert [one.what for one in found.moments] == [
        "started", *(kind.value for kind in Noticed), "saved", "candidate_wrote",
        *("pause_attempt", "resume_attempt", "incident"),
    ]  # fmt: skip
    assert {(spot.row.value, spot.minute, spot.count) for spot in found.spots} == {
        *(("clock", n, 1) for n in (0, 4, 6)),
        *(("focus", 1, 4), ("paste", 1, 1), ("network", 1, 2), ("saves", 2, 2), ("messages", 3, 1)),
        ("incidents", 7, 1),
    }
    assert (found.minutes, found.agreed, found.cut) == (8, True, False)
    shown = browser(proctor).get(f"/exams/attempts/{running.id}/timeline/").content.decode()
    assert "&lt;script&gt;Left" in shown and 'class="strip-incidents"' in shown and "nothing here is a verdict" in shown
    for _ in range(MOST_NOTICED // 50):
        actions.note_noticed(actor=learner, attempt_id=running.id, noticed=notes[:1] * 50, now=minute(8))
    assert NoticedRow.objects.count() == MOST_NOTICED and queries.timeline_of(proctor, running.id).cut
    actions.submit_attempt(actor=learner, attempt_id=running.id, now=minute(9))
    assert queries.attempt(proctor, running.id).state == "submitted"  # however much was noted
    actions.review_attempt(accept=True, reason="", now=minute(10), **told)
    actions.release_result(attempt_id=running.id, now=RELEASE)
    at.append(RELEASE)
    assert browser(learner).get(f"/exams/attempts/{running.id}/timeline/").status_code == 200
    retention.apply_retention(RELEASE + timedelta(days=89))
    assert NoticedRow.objects.count() == MOST_NOTICED
    retention.apply_retention(RELEASE + timedelta(days=91))
    assert NoticedRow.objects.count() == 0 and RoomMessageRow.objects.count() == 1


def test_the_api_has_the_same(cast, learner, running, client) -> None:
    base, tokens = "/api/v1/exam_room", {who: token_for(who) for who in (learner, cast["proctor"])}
    used = iter(range(99))

    def call(who, place, body=None):
        headers = {"Authorization": f"Bearer {tokens[who]}"}
        if body is None:
            return client.get(base + place, headers=headers)
        headers["Idempotency-Key"] = str(next(used))
        return client.post(base + place, json.dumps(body), "application/json", headers=headers)

    here, room = f"/attempts/{running.id}", f"/sittings/{running.sitting.id}"
    assert call(learner, f"{here}/help", {"words": "Help"}).json() == {"number": 1}
    assert call(cast["proctor"], f"{here}/messages", {"words": "Yes?"}).json() == {"number": 2}
    assert call(cast["proctor"], f"{room}/messages", {"words": "All"}).json() == {"candidates": 1}
    assert call(learner, f"{here}/receipts", {"upto": 3}).status_code in (200, 204)
    assert [one["words"] for one in call(learner, f"{here}/messages?after=1").json()] == ["Yes?", "All"]
    assert call(learner, f"{here}/noticed", {"noticed": []}).status_code == 409
    assert call(learner, "/exams/CFx/timeline-consent", {}).status_code in (200, 204)
    assert call(learner, "/exams/CFx/timeline-consent").json() == {"agreed": True, "days": 90}
    noted = call(learner, f"{here}/noticed", {"noticed": [{"kind": "paste", "ago_ms": 1}]})
    assert noted.json() == {"kept": 1}
    assert call(learner, "/exams/CFx/timeline-consent/end", {}).status_code in (200, 204)
    assert call(cast["proctor"], room).json()[0]["messages"][1]["read_at"] is not None
    assert "paste" in {one["what"] for one in call(cast["proctor"], f"{here}/timeline").json()["moments"]}
    assert call(learner, room).status_code == 404
