"""A course is discussed by those who study it: what each sees, writes, follows, reports, and what staff decide."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from tests.api.test_verbs import call
from tests.courseware.conftest import RUN, Write, studying
from tests.factories.people import NOW, SYSTEM, browser, person

from linkspan.accounts.actions import export_person
from linkspan.courseware import actions
from linkspan.courseware.models import FollowRow, PostRow, ReportRow, ThreadRow
from linkspan.courseware.queries import reported_posts, reports_waiting, threads, threads_of_unit
from linkspan.courseware.rules import Show, ThreadAct, ThreadAsk
from linkspan.enrolment.actions import withdraw
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.forgetting import forget
from linkspan.kernel.ids import new_id
from linkspan.messages.actions import choose_email
from linkspan.messages.models import NoticeRow
from linkspan.messages.queries import notices_of

pytestmark = pytest.mark.django_db
INSIDE = (
    '<sequential url_name="s" display_name="Week"><vertical url_name="v" display_name="Open unit"/></sequential>'
    '<sequential url_name="t" start="2030-01-01T00:00:00Z"><vertical url_name="w" display_name="Later unit"/>'
    "</sequential>"
)
LATER = NOW + timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def ana(course: Write, learner: Actor) -> Actor:
    """A learner of a course with a unit that is open, and one that is not."""
    actions.import_course(actor=SYSTEM, path=course(INSIDE), now=NOW)
    return learner


@pytest.fixture
def bo(ana: Actor) -> Actor:
    return studying("Bo Sample")


@pytest.fixture
def staff() -> Actor:
    return person("Stef Staff", ("program_staff", "CasesX"))


def begin(who: Actor, title: str = "How?", text: str = "I ask.", now=NOW, **place: str) -> UUID:
    return actions.start_thread(
        actor=who, run_id=RUN, title=title, text=text, now=now, **(place or {"topic": "General"})
    )


def reply(who: Actor, thread_id: UUID, text: str = "So.", now=LATER) -> UUID:
    return actions.reply_to_thread(actor=who, run_id=RUN, thread_id=thread_id, text=text, now=now)


def listed(who: Actor, now=LATER, **ask) -> list[str]:
    return [one.title for one in threads(who, RUN, ThreadAsk(**ask), now).page.rows]


def read(who: Actor, thread_id: UUID, now=LATER):
    return actions.open_thread(actor=who, run_id=RUN, thread_id=thread_id, now=now)


def first(thread_id: UUID) -> UUID:
    return PostRow.objects.get(thread_id=thread_id, is_first=True).id


def told() -> set[tuple[UUID, str]]:
    outbox.drain(now=NOW + 30 * DAY)
    kinds = ("post_hidden", "post_shown", "post_reported", "discussion_digest")
    return set(NoticeRow.objects.filter(kind__in=kinds).values_list("recipient_id", "kind"))


def test_threads_are_found_by_unit_topic_words_and_state(ana: Actor, bo: Actor, staff: Actor) -> None:
    one, two = begin(ana, "Mean", "What is the *mean*?", unit="v"), begin(bo, "Hello", "I am new.", now=LATER)
    answer = reply(staff, one, "The average, 100% sure.")
    assert listed(bo) == ["Hello", "Mean"] == listed(ana)
    assert (
        listed(bo, unit="v") == ["Mean"] and listed(bo, topic="General") == ["Hello"] and threads_of_unit(RUN, "v") == 1
    )
    assert (
        listed(ana, text="AVERAGE sure") == ["Mean"]
        and listed(ana, text="%") == ["Mean"]
        and listed(ana, text="_") == []
    )
    assert listed(bo, show=Show.MINE) == ["Hello"] == listed(bo, show=Show.FOLLOWED)
    actions.mark_answer(actor=ana, run_id=RUN, post_id=answer, is_answer=True, now=LATER)
    assert listed(bo, show=Show.ANSWERED) == ["Mean"] and listed(bo, show=Show.UNANSWERED) == ["Hello"]
    found = read(bo, one)
    assert [(post.html, post.by, post.by_staff, post.is_answer) for post in found.posts.rows] == [
        ("<p>What is the <em>mean</em>?</p>\n", "Learner Sample", False, False),
        ("<p>The average, 100% sure.</p>\n", "Stef Staff", True, True),
    ]
    assert (found.thread.replies, found.thread.answered, found.may_end, found.may_moderate) == (1, True, False, False)
    assert read(bo, two).may_end


def test_nobody_sees_a_thread_of_what_is_closed_to_them(ana: Actor, bo: Actor, staff: Actor) -> None:
    hidden = begin(staff, "Secret", "Of later.", unit="w")
    assert listed(staff) == ["Secret"] and listed(ana) == [] and listed(ana, unit="w") == []
    with pytest.raises(Unusable, match="Choose what"):
        begin(ana, unit="w")
    post = {"actor": ana, "run_id": RUN, "now": LATER, "post_id": first(hidden)}
    thread = {"actor": ana, "run_id": RUN, "now": LATER, "thread_id": hidden}
    for act in (
        lambda: read(ana, hidden),
        lambda: reply(ana, hidden),
        lambda: actions.follow_thread(**thread, following=True),
        lambda: actions.end_thread(**thread, act=ThreadAct.CLOSE),
        lambda: actions.report_post(**post, reason="Why"),
        lambda: actions.delete_post(**post),
        lambda: actions.mark_answer(**post, is_answer=True),
    ):
        with pytest.raises(NotFound):
            act()
    assert listed(ana, now=NOW + 5_000 * DAY) == ["Secret"]


def test_only_who_studies_or_teaches_there_takes_part(ana: Actor, bo: Actor) -> None:
    one = begin(ana)
    stranger, elsewhere = person("Out Side"), person("Else Where", ("program_staff", "MITx"))
    for who in (stranger, elsewhere):
        for act in (lambda who=who: listed(who), lambda who=who: read(who, one), lambda who=who: reply(who, one)):
            with pytest.raises(NotPermitted):
                act()
    withdraw(actor=bo, learner_id=bo.person_id, run_id=RUN, now=LATER)
    with pytest.raises(NotPermitted):
        read(bo, one)
    page = browser(stranger)
    assert page.get(f"/courses/{RUN}/discussion/{one}/").status_code == 403
    assert page.post(f"/courses/{RUN}/discussion/{one}/", {"do": "reply", "text": "x"}).status_code == 403


def test_what_staff_decide_learners_may_not(ana: Actor, bo: Actor, staff: Actor) -> None:
    one = begin(ana)
    post = reply(bo, one)
    given = {"run_id": RUN, "now": LATER}
    for act in (
        lambda: actions.hide_post(actor=ana, **given, post_id=post, reason="No"),
        lambda: actions.show_post(actor=ana, **given, post_id=post),
        lambda: actions.dismiss_reports(actor=ana, **given, post_id=post),
        lambda: actions.set_discussion(actor=ana, **given, is_open=False, topics=[]),
        lambda: actions.end_thread(actor=ana, **given, thread_id=one, act=ThreadAct.LOCK),
        lambda: actions.end_thread(actor=bo, **given, thread_id=one, act=ThreadAct.CLOSE),
        lambda: actions.mark_answer(actor=bo, **given, post_id=post, is_answer=True),
        lambda: actions.delete_post(actor=ana, **given, post_id=post),
        lambda: actions.delete_post(actor=staff, **given, post_id=post),
        lambda: reported_posts(ana, RUN, LATER),
    ):
        with pytest.raises(NotPermitted):
            act()


def test_a_hidden_post_is_seen_by_its_author_who_is_told_why(ana: Actor, bo: Actor, staff: Actor) -> None:
    one = begin(ana, "Rude")
    post = reply(bo, one, "Nasty words")
    actions.mark_answer(actor=ana, run_id=RUN, post_id=post, is_answer=True, now=LATER)
    hide = {"actor": staff, "run_id": RUN, "now": LATER, "reason": "Be kind."}
    for _ in range(2):
        actions.hide_post(**hide, post_id=post)
    assert told() == {(bo.person_id, "post_hidden")}
    (notice,) = [note for note in notices_of(bo) if "hidden" in note.title]
    assert notice.body.startswith("Course staff say: Be kind.") and notice.link == f"/courses/{RUN}/discussion/{one}/"
    seen, own = read(ana, one).posts.rows[1], read(bo, one).posts.rows[1]
    assert (seen.html, seen.by, seen.why_hidden, seen.is_answer) == ("", "", "", False)
    assert "Nasty" in own.html and own.why_hidden == "Be kind."
    assert listed(ana, text="nasty") == [] and read(ana, one).thread.replies == 0
    actions.show_post(actor=staff, run_id=RUN, post_id=post, now=LATER)
    assert "Nasty" in read(ana, one).posts.rows[1].html and (bo.person_id, "post_shown") in told()
    actions.hide_post(**hide, post_id=first(one))
    assert listed(bo) == [] and listed(ana) == ["Rude"] == listed(staff) and not read(ana, one).may_reply
    with pytest.raises(NotFound):
        read(bo, one)
    assert [entry.why for entry in audit.newest_entries(9, verb="hide_post")] == ["Be kind.", "Be kind."]


def test_reports_reach_staff_once_and_end_with_a_decision(ana: Actor, bo: Actor, staff: Actor) -> None:
    other = studying("Cy Sample")
    author = person("Ada Author", ("author", "CasesX"))
    person("Else Where", ("program_staff", "MITx"))
    one = begin(ana)
    post = reply(bo, one)
    for who in (ana, ana, other):
        actions.report_post(actor=who, run_id=RUN, post_id=post, reason=f"Of {who.name}", now=LATER)
    assert told() == {(who.person_id, "post_reported") for who in (staff, author)}
    assert NoticeRow.objects.filter(kind="post_reported").count() == 2
    (waiting,) = reported_posts(staff, RUN, LATER)
    assert waiting.reasons == ("Of Learner Sample", "Of Cy Sample") and reports_waiting(staff) == 1
    actions.dismiss_reports(actor=staff, run_id=RUN, post_id=post, now=LATER)
    assert reported_posts(staff, RUN, LATER) == () and reports_waiting(staff) == 0
    with pytest.raises(Refused):
        actions.report_post(actor=bo, run_id=RUN, post_id=post, reason="Mine", now=LATER)


def test_closed_and_locked_threads_take_no_answer(ana: Actor, bo: Actor, staff: Actor) -> None:
    one = begin(ana)
    end = {"run_id": RUN, "thread_id": one, "now": LATER}
    actions.end_thread(actor=ana, **end, act=ThreadAct.CLOSE)
    for who in (bo, staff):
        with pytest.raises(Refused, match="closed"):
            reply(who, one)
    actions.end_thread(actor=ana, **end, act=ThreadAct.REOPEN)
    actions.end_thread(actor=staff, **end, act=ThreadAct.LOCK)
    with pytest.raises(Refused, match="locked"):
        reply(bo, one)
    with pytest.raises(NotPermitted):
        actions.end_thread(actor=ana, **end, act=ThreadAct.CLOSE)
    assert reply(staff, one) and not read(ana, one).may_reply


def test_how_often_one_writes(ana: Actor, bo: Actor, staff: Actor) -> None:
    one = begin(ana)
    assert begin(ana) == one and reply(ana, one) == reply(ana, one) and PostRow.objects.count() == 2
    for number in range(10):
        reply(bo, one, f"{number}", now=LATER)
        reply(staff, one, f"{number}", now=LATER)
    with pytest.raises(Refused, match="Wait a while"):
        reply(bo, one, "More", now=LATER + timedelta(minutes=9))
    reply(staff, one, "More", now=LATER)
    assert reply(bo, one, "More", now=LATER + timedelta(minutes=11))


@pytest.mark.parametrize(
    ("title", "text"), [("", "x"), ("x", " \n"), ("x" * 201, "x"), ("x", "y" * 5_001), ("x", "\0"), ("\0", "x")]
)
def test_what_cannot_be_posted(ana: Actor, title: str, text: str) -> None:
    with pytest.raises(Unusable):
        begin(ana, title, text)
    assert not ThreadRow.objects.exists()


@pytest.mark.parametrize("place", [{"topic": "Other"}, {"unit": "v", "topic": "General"}, {"unit": "nowhere"}])
def test_a_thread_belongs_to_one_place_that_there_is(ana: Actor, place) -> None:
    with pytest.raises(Unusable):
        begin(ana, **place)


def test_a_run_may_be_discussed_elsewhere(ana: Actor, staff: Actor) -> None:
    one = begin(ana)
    close = {"actor": staff, "run_id": RUN, "now": LATER}
    actions.set_discussion(**close, is_open=False, topics=["  Week 1 ", "Week 1", ""])
    for act in (lambda: listed(ana), lambda: read(staff, one), lambda: begin(ana)):
        with pytest.raises(NotFound, match="not discussed here"):
            act()
    assert threads_of_unit(RUN, "v") is None and b"/discussion/" not in browser(ana).get(f"/courses/{RUN}/").content
    actions.set_discussion(**close, is_open=True, topics=["Week 1"])
    assert begin(ana, topic="Week 1") and listed(ana) == ["How?", "How?"]
    with pytest.raises(Unusable):
        actions.set_discussion(**close, is_open=True, topics=["x" * 81])


def test_one_digest_a_day_names_each_unread_thread_once(ana: Actor, bo: Actor, mailoutbox) -> None:
    one, two = begin(ana, "One"), begin(ana, "Two")
    reply(bo, one)
    for hours in (2, 3):
        actions.send_digests(NOW + timedelta(hours=hours))
    assert told() == {(ana.person_id, "discussion_digest")}
    (notice,) = [note for note in notices_of(ana) if "threads that you follow" in note.title]
    assert "“One”" in notice.body and "Two" not in notice.body
    assert [mail.to for mail in mailoutbox if "threads that you follow" in mail.subject] == [
        ["learner.sample@example.org"]
    ]
    reply(bo, two, now=NOW + timedelta(hours=4))
    reply(bo, one, "More", now=NOW + timedelta(hours=4))
    actions.send_digests(NOW + timedelta(hours=20))
    assert NoticeRow.objects.filter(kind="discussion_digest").count() == 1
    actions.send_digests(NOW + timedelta(hours=27))
    told()
    newest = NoticeRow.objects.filter(kind="discussion_digest").order_by("-id").first()
    assert newest.context["threads"] == "“Two”", "One was named before and is still unread"
    read(ana, one, now=NOW + 2 * DAY)
    actions.follow_thread(actor=ana, run_id=RUN, thread_id=two, following=False, now=NOW + 2 * DAY)
    for thread in (one, two):
        reply(bo, thread, "Again", now=NOW + 2 * DAY + timedelta(hours=1))
    choose_email(actor=ana, email=False, topic="discussion")
    actions.send_digests(NOW + 3 * DAY)
    told()
    assert NoticeRow.objects.order_by("-id").first().context["threads"] == "“One”"
    assert len([mail for mail in mailoutbox if "threads that you follow" in mail.subject]) == 2
    assert not FollowRow.objects.filter(learner_id=bo.person_id).exclude(told_at=None).exists()


def test_a_digest_names_nothing_that_its_reader_may_not_see(ana: Actor, bo: Actor, staff: Actor) -> None:
    one, two = begin(ana, "One"), begin(ana, "Two")
    for thread in (one, two):
        reply(bo, thread)
    actions.hide_post(actor=staff, run_id=RUN, post_id=first(one), reason="No", now=LATER)
    ThreadRow.objects.filter(id=two).update(unit="w", topic="")
    actions.send_digests(NOW + DAY)
    assert (ana.person_id, "discussion_digest") not in told()


def test_who_deletes_takes_their_words_and_leaves_those_of_others(ana: Actor, bo: Actor) -> None:
    one, two = begin(ana, "My secret"), begin(ana, "Alone")
    post = reply(bo, one, "Kept words")
    assert actions.delete_post(actor=ana, run_id=RUN, post_id=first(two), now=LATER)
    assert not actions.delete_post(actor=ana, run_id=RUN, post_id=first(one), now=LATER)
    found = read(bo, one)
    assert (found.thread.title, found.thread.by) == ("", "") and found.posts.rows[0].html == ""
    assert "Kept" in found.posts.rows[1].html and listed(bo) == [""] and listed(bo, text="secret") == []
    assert actions.delete_post(actor=bo, run_id=RUN, post_id=post, now=LATER) is False
    assert not PostRow.objects.exclude(text="").exists()


def test_an_account_that_goes_takes_its_words_along(ana: Actor, bo: Actor) -> None:
    one = begin(ana, "My title")
    reply(bo, one, "Kept words")
    actions.report_post(actor=bo, run_id=RUN, post_id=first(one), reason="Odd", now=LATER)
    copy = export_person(actor=ana, person_id=ana.person_id, now=LATER).read()
    assert copy.startswith(b"PK")
    forget(ana.person_id)
    found = read(bo, one)
    assert (found.thread.title, found.thread.by) == ("", "") and [post.by for post in found.posts.rows] == ["Bo Sample"]
    assert not ReportRow.objects.exists() and not FollowRow.objects.filter(learner_id=ana.person_id).exists()
    forget(bo.person_id)
    assert listed(studying("New Comer")) == []


def test_by_page(ana: Actor, bo: Actor, staff: Actor, django_assert_max_num_queries) -> None:
    base = f"/courses/{RUN}/discussion/"
    page, desk = browser(ana), browser(staff)
    assert b"Nobody has written yet" in page.get(base).content
    shown = page.get(f"{base}new/?about=unit:v").content.decode()
    assert '<option value="unit:v" selected>Open unit</option>' in shown and "Later unit" not in shown
    wrong = page.post(f"{base}new/", {"about": "unit:w", "title": "T<b>", "text": "My text"})
    assert wrong.status_code == 422 and "My text" in wrong.content.decode() and "T&lt;b&gt;" in wrong.content.decode()
    made = page.post(f"{base}new/", {"about": "unit:v", "title": "T<b>", "text": "<script>alert(1)</script> **hi**"})
    thread = made["Location"]
    assert page.get(f"/courses/{RUN}/unit/v/").content.decode().count("Discuss this unit (1 thread)") == 1
    post = first(UUID(thread.rstrip("/").rpartition("/")[2]))
    other = browser(bo)
    with django_assert_max_num_queries(22):
        found = other.get(thread).content.decode()
    assert "<strong>hi</strong>" in found and "<script>alert" not in found and 'value="hide"' not in found
    assert other.post(thread, {"do": "report", "post": str(post), "reason": ""}).status_code == 422
    assert other.post(thread, {"do": "report", "post": str(post), "reason": "Bad"}).status_code == 302
    assert other.post(thread, {"do": "reply", "text": "An answer"}).status_code == 302
    assert other.post(thread, {"do": "hide", "post": str(post), "reason": "x"}).status_code == 403
    assert other.post(thread, {"do": "report", "post": "x", "reason": "Bad"}).status_code == 404
    shown = desk.get(f"/desk/courses/{RUN}/discussion/").content.decode()
    assert "Bad" in shown and "Bo Sample" not in shown
    gone = desk.post(f"/desk/courses/{RUN}/discussion/", {"do": "hide", "post": str(post), "reason": "Off topic"})
    assert gone.status_code == 302 and other.get(thread).status_code == 404
    saved = desk.post(f"/desk/courses/{RUN}/discussion/", {"do": "set", "topics": "A\r\nB"})
    assert saved.status_code == 302 and page.get(base).status_code == 404
    assert page.get(f"/desk/courses/{RUN}/discussion/").status_code == 403


def test_over_the_api(ana: Actor, bo: Actor, staff: Actor) -> None:
    base = f"discussion/runs/{RUN}/"
    client = Client()

    def ask(who: Actor, path: str, body: dict | None = None):
        return call(client, who, base + path, body, key=str(new_id()))

    made = ask(ana, "threads", {"title": "T", "text": "**x**", "topic": "General"}).json()["id"]
    post = ask(bo, f"threads/{made}/replies", {"text": "So"}).json()["id"]
    found = ask(bo, f"threads/{made}").json()
    assert [one["html"] for one in found["posts"]] == ["<p><strong>x</strong></p>\n", "<p>So</p>\n"]
    assert ask(bo, "threads?q=so").json()["total"] == 1
    for path, body in (
        (f"threads/{made}/follow", {"following": False}),
        (f"threads/{made}/end", {"act": "lock"}),
        (f"posts/{post}/answer", {"is_answer": True}),
        (f"posts/{post}/hide", {"reason": "No"}),
        (f"posts/{post}/show", {}),
        (f"posts/{post}/dismiss", {}),
        ("settings", {"is_open": True, "topics": ["A"]}),
    ):
        assert ask(staff, path, body).status_code == 204, path
    assert ask(staff, "settings").json()["topics"] == ["A"]
    assert ask(ana, f"posts/{post}/report", {"reason": "Odd"}).status_code == 204
    assert [one["post_id"] for one in ask(staff, "reports").json()] == [post]
    assert ask(bo, f"posts/{post}/delete", {}).status_code == 204
    assert ask(bo, "reports").status_code == 403 and ask(bo, "threads?show=nonsense").status_code == 422
