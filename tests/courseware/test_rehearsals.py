"""Staff answer in a learner's place, on a date, as a member of a group: nobody's record holds any of it."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from tests.api.test_verbs import call
from tests.courseware.conftest import RUN, Write, number
from tests.factories.people import NOW, SYSTEM, browser, person

from linkspan.courseware import actions
from linkspan.courseware.actions import Act, Stage, rehearsals
from linkspan.courseware.models import AttemptRow, RehearsalRow, ScoreRow, SharedStateRow, StateRow
from linkspan.courseware.queries import preview_outline
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.forgetting import forget
from linkspan.kernel.models import OutboxMessage

pytestmark = pytest.mark.django_db
DUE = NOW + timedelta(days=2)
GROUPS = [{"id": 1, "name": "Blue", "version": 1}, {"id": 2, "name": "Red", "version": 1}]
PARTITION = {"id": 7, "name": "Content groups", "scheme": "cohort", "version": 3, "groups": GROUPS}
POLICY = {"course/R1": {"user_partitions": [PARTITION]}}
CLOUD = "<word_cloud url_name='w' num_inputs='1'/>"
INSIDE = (
    f"<sequential url_name='s' graded='true' format='HW' due='{DUE.isoformat()}'><vertical url_name='v'>"
    + number(1, url_name="p", max_attempts="2")
    + "<conditional url_name='c' sources='p' correct='True' message='Later'><html url_name='h'>Zebra</html>"
    + "</conditional>"
    + CLOUD
    + "</vertical><vertical url_name='blue' group_access='{\"7\": [1]}'>"
    + number(2, url_name="q")
    + "</vertical></sequential>"
)
BLUE = Stage(RUN, NOW, group="7:1")


@pytest.fixture
def taught(course: Write, learner: Actor) -> Actor:
    actions.import_course(actor=SYSTEM, path=course(INSIDE, policy=POLICY), now=NOW)
    return learner


@pytest.fixture
def author() -> Actor:
    return person("Aut Hor", ("author", "CasesX"))


def kept() -> list[int]:
    return [table.objects.count() for table in (AttemptRow, StateRow, ScoreRow, SharedStateRow, OutboxMessage)]


def answer(
    who: Actor, stage: Stage, name: str = "v", usage: str = "problem/p", value: str = "1", act: Act = Act.SUBMIT
):
    told = {"actor": who, "stage": stage, "name": name, "usage": usage, "act": act, "now": NOW}
    return actions.rehearse_act(**told, answers={"2_1": value})


def shown(who: Actor, stage: Stage, name: str = "v"):
    return actions.rehearse_unit(actor=who, stage=stage, name=name, now=NOW).blocks


def test_answers_on_trial_are_kept_with_who_tries_and_nowhere_else(taught, author) -> None:
    other, before = person("Other Author", ("author", "CasesX")), kept()
    fresh = Stage(RUN, NOW)
    assert answer(author, fresh, value="7").published.earned == 0
    assert [block.note for block in shown(author, fresh)] == ["", "closed", ""]
    assert answer(author, fresh).published.earned == 1
    opened = shown(author, fresh)
    assert [block.id for block in opened] == ["problem/p", "html/h", "word_cloud/w"]
    assert (opened[0].problem.attempts, opened[0].problem.submit) == (2, False)
    with pytest.raises(Refused):
        answer(author, fresh)
    for who, stage in ((other, fresh), (author, BLUE)):
        assert shown(who, stage)[0].problem.attempts == 0
    assert (
        kept() == before
        and actions.open_unit(actor=taught, run_id=RUN, name="v", now=NOW).blocks[0].problem.attempts == 0
    )
    actions.begin_again(actor=author, stage=fresh)
    assert shown(author, fresh)[0].problem.attempts == 0


def test_as_a_member_of_a_group_and_on_a_date(taught, author) -> None:
    assert answer(author, BLUE, "blue", "problem/q", "2").published.earned == 1
    for stage, name in ((Stage(RUN, NOW), "blue"), (Stage(RUN, NOW, group="7:2"), "blue")):
        with pytest.raises(NotFound):
            answer(author, stage, name, "problem/q", "2")
    late = Stage(RUN, DUE + timedelta(days=1), group="7:1")
    assert shown(author, late, "blue")[0].problem.closed and shown(author, late, "blue")[0].problem.attempts == 1
    with pytest.raises(Refused):
        answer(author, late, "v")
    for usage in ("problem/q", "html/h", "x", "word_cloud/w"):
        with pytest.raises(NotFound):
            answer(author, BLUE, "v", usage)


def test_in_a_learners_place_but_without_what_they_answered(taught, author) -> None:
    staff, place = person("Stef Staff", ("program_staff", "CasesX")), Stage(RUN, NOW, taught.person_id)
    actions.submit_problem(actor=taught, run_id=RUN, usage="problem/p", answers={"2_1": "7"}, now=NOW)
    before = kept()
    assert shown(staff, place)[0].problem.attempts == 0
    assert answer(staff, place).published.earned == 1
    assert kept() == before and str(taught.person_id) not in json.dumps(
        list(RehearsalRow.objects.values("eyes", "mine"))
    )
    (entry, *_) = audit.newest_entries(5, verb="preview_as_learner")
    assert entry.subject == f"accounts.user:{taught.person_id}"
    with pytest.raises(NotPermitted):
        shown(author, place)
    with pytest.raises(NotFound):
        shown(staff, Stage(RUN, NOW, person("Out Sider").person_id))
    forget(staff.person_id)
    assert not RehearsalRow.objects.exists()


def test_who_may_not_and_what_is_not_kept(taught, author, monkeypatch) -> None:
    fresh = Stage(RUN, NOW)
    for who in (taught, person("Else Where", ("program_staff", "HES")), person("Reader", ("reader", "CasesX"))):
        for act in (lambda who: shown(who, fresh), lambda who: answer(who, fresh)):
            with pytest.raises(NotPermitted):
                act(who)
        with pytest.raises(NotPermitted):
            actions.begin_again(actor=who, stage=fresh)
        assert browser(who).post(f"/desk/courses/{RUN}/trial/v/answer/", {"do": "submit"}).status_code == 403
        assert browser(who).post(f"/desk/courses/{RUN}/trial/again/").status_code == 403
    with pytest.raises(Unusable):
        answer(author, fresh, value="1" * 300_000)
    with pytest.raises(Unusable):
        shown(author, Stage(RUN, NOW, group="7:9"))
    monkeypatch.setattr(rehearsals, "LARGEST", 20)
    with pytest.raises(Unusable, match="remember too much"):
        answer(author, fresh)
    assert not RehearsalRow.objects.exists()


def test_blocks_of_packages_stand_in_the_group_and_count_for_nobody(course, learner, author) -> None:
    inside = (
        f"<sequential url_name='s'><vertical url_name='v' group_access='{{\"7\": [1]}}'>{CLOUD}</vertical></sequential>"
    )
    actions.import_course(actor=SYSTEM, path=course(inside, policy=POLICY), now=NOW)
    told = {"actor": author, "name": "v", "usage": "word_cloud/w", "now": NOW}
    sent = {"handler": "handle_submit_state", "body": b'{"student_words": ["rice"]}'}
    before = kept()
    # A plain preview shows the block to the group that sees it, and to no other.
    look = {"actor": author, "run_id": RUN, "name": "v", "usage": "word_cloud/w", "at": NOW, "learner_id": None}
    assert actions.preview_block(**look, group="7:1").view is not None
    for group in ("", "7:2"):
        with pytest.raises(NotFound):
            actions.preview_block(**look, group=group)
        with pytest.raises(NotFound):
            actions.rehearse_call(**told, stage=Stage(RUN, NOW, group=group), **sent)
    first = json.loads(actions.rehearse_call(**told, stage=BLUE, **sent).body)
    again = json.loads(actions.rehearse_call(**told, stage=BLUE, **sent).body)
    assert (first["student_words"], again["status"]) == ({"rice": 1}, "fail")
    assert actions.rehearse_block(**told, stage=BLUE).view is not None and kept() == before
    for handler in ("__init__", "save", ""):
        with pytest.raises((Unusable, NotFound)):
            actions.rehearse_call(**told, stage=BLUE, handler=handler, body=b"")


def test_by_page_and_api(taught, author, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    page, base = browser(author), f"/desk/courses/{RUN}"
    outline = page.get(f"{base}/preview/", {"trial": "yes", "group": "7:1"}).content.decode()
    assert "It counts nowhere" in outline and "trial=yes" in outline and "Nothing is changed" not in outline
    unit = page.get(f"{base}/preview/v/", {"trial": "yes"}).content.decode()
    address, sent_to = (
        re.search(pattern, unit)[1] for pattern in (r'src="http://testserver(/content/[^"]+)', r'data-answer="([^"]+)')
    )
    assert 'value="submit"' in Client().get(address).content.decode()
    told = page.post(sent_to.replace("&amp;", "&"), {"usage": "problem/p", "do": "submit", "input_x_2_1": "1"}).json()
    assert "Correct." in told["html"]
    assert "Zebra" in Client().get(address).content.decode()
    plain = page.get(f"{base}/preview/v/").content.decode()
    assert "data-answer" not in plain
    there = page.get(f"{base}/preview/p/to/", {"trial": "yes"}).headers["Location"]
    assert "/preview/v/?" in there and "trial=yes" in there
    done = page.post(f"{base}/trial/again/?trial=yes", follow=True)
    assert 'role="status"' in done.content.decode() and "Zebra" not in Client().get(address).content.decode()
    body = {"usage": "problem/p", "answers": {"2_1": "1"}, "at": NOW.isoformat()}
    answered = call(Client(), author, f"rehearsals/runs/{RUN}/units/v/answer", body, key="a")
    assert (answered.json()["result"], answered.json()["earned"]) == ("correct", "1.0")
    unit = call(Client(), author, f"rehearsals/runs/{RUN}/units/v", {"at": NOW.isoformat()}, key="b").json()
    assert [one["id"] for one in unit["blocks"]] == ["problem/p", "html/h", "word_cloud/w"]
    assert call(Client(), author, f"rehearsals/runs/{RUN}/begin-again", {}, key="c").status_code == 204
    assert call(Client(), taught, f"rehearsals/runs/{RUN}/units/v", {}, key="d").status_code == 403
    assert len(preview_outline(author, RUN, None, NOW).chapters) == 1
