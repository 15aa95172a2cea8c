"""Blocks of packages, by entry point: shown, answered by their own handlers, kept for whom they are, graded."""

import json
import re

import pytest
from django.test import Client
from tests.courseware.conftest import RUN, Write, number, sequential, studying
from tests.factories.people import NOW, SYSTEM, browser, person

from linkspan.courseware.actions import check_course, handle_block, import_course, open_block, open_unit, parts
from linkspan.courseware.engines.packages import package_class, remedy
from linkspan.courseware.engines.told import Published
from linkspan.courseware.models import ScoreRow, SharedStateRow, StateRow
from linkspan.courseware.queries import grade, package_file
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable

pytestmark = pytest.mark.django_db
CLOUD = "<word_cloud url_name='w' display_name='Words' num_inputs='2' submitted='true' all_words='{\"no\": 9}'/>"
USAGE = "word_cloud/w"
SENT = b'{"student_words": ["rice", "tea"]}'


@pytest.fixture
def taught(course: Write, learner: Actor) -> Actor:
    """A learner of a course with a block of a package beside a problem, and a second unit."""
    whole = sequential(CLOUD + number(2, url_name="p"))
    more = "<vertical url_name='w'><word_cloud url_name='other'/></vertical>"
    import_course(actor=SYSTEM, path=course(whole.replace("</sequential>", f"{more}</sequential>")), now=NOW)
    return learner


def tell(actor: Actor, handler: str = "handle_submit_state", body: bytes = SENT, **told: str) -> dict[str, object]:
    """What the block answers."""
    asked = {"name": "v", "usage": USAGE} | told
    return json.loads(handle_block(actor=actor, run_id=RUN, handler=handler, body=body, now=NOW, **asked).body)


def test_what_a_learner_says_is_theirs_and_what_all_say_is_shared(taught) -> None:
    part = open_block(actor=taught, run_id=RUN, name="v", usage=USAGE, now=NOW)
    assert part.view is not None and part.view.begin == "WordCloudBlock" and "rice" not in part.view.html
    first = tell(taught)
    assert first["status"] == "success" and first["student_words"] == {"rice": 1, "tea": 1}
    second = studying("Second Sample")
    told = tell(second, body=b'{"student_words": ["tea", "dal"]}')
    assert {word["text"]: word["size"] for word in told["top_words"]} == {"rice": 1, "tea": 2, "dal": 1}
    assert SharedStateRow.objects.get().state["all_words"] == {"rice": 1, "tea": 2, "dal": 1}
    states = dict(StateRow.objects.filter(usage=USAGE).values_list("learner_id", "state"))
    assert states[taught.person_id]["student_words"] == ["rice", "tea"]
    assert states[second.person_id]["student_words"] == ["tea", "dal"]
    again = tell(taught, body=b'{"student_words": ["more"]}')
    assert again["status"] == "fail" and SharedStateRow.objects.get().state["all_words"]["tea"] == 2


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"handler": "nothing_such"}, NotFound),
        ({"handler": "save"}, NotFound),
        ({"handler": "__init__"}, Unusable),
        ({"handler": "handle_submit_state/../x"}, Unusable),
        ({"handler": ""}, Unusable),
        ({"body": b"x" * 100_001}, Unusable),
        ({"body": b"{"}, None),
        ({"body": b'{"student_words": 5}'}, Refused),
        ({"usage": "word_cloud/other"}, NotFound),
        ({"usage": "problem/p"}, NotFound),
        ({"name": "elsewhere"}, NotFound),
    ],
)
def test_what_is_forged_is_refused_and_nothing_is_kept(taught, told, error) -> None:
    if error is None:
        assert handle_block(actor=taught, run_id=RUN, now=NOW, **(ASKED | told)).status == 400
    else:
        with pytest.raises(error):
            handle_block(actor=taught, run_id=RUN, now=NOW, **(ASKED | told))
    assert not SharedStateRow.objects.exists() and not ScoreRow.objects.exists()
    assert not StateRow.objects.filter(usage=USAGE).exclude(state={}).exists()


ASKED = {"name": "v", "usage": USAGE, "handler": "handle_submit_state", "body": SENT}


def test_who_does_not_study_there_is_refused(taught) -> None:
    for act in (tell, lambda who: open_block(actor=who, run_id=RUN, name="v", usage=USAGE, now=NOW)):
        with pytest.raises(NotPermitted):
            act(person("Out Sider"))
    sent = {"usage": USAGE, "handler": "handle_submit_state", "body": SENT.decode()}
    assert browser(person("Else Where")).post(f"/courses/{RUN}/handle/v/", sent).status_code == 403
    assert Client().post(f"/courses/{RUN}/handle/v/", sent).status_code in (302, 401, 403)
    told = browser(taught).post(f"/courses/{RUN}/handle/v/", sent).json()
    assert told["status"] == 200 and json.loads(told["body"])["status"] == "success"


def test_more_than_a_block_may_keep_is_not_kept(taught, monkeypatch) -> None:
    monkeypatch.setattr(parts, "LARGEST_STATE", 60)
    with pytest.raises(Unusable) as refused:
        tell(taught, body=json.dumps({"student_words": ["w" * 200]}).encode())
    assert refused.value.code == "state_too_large" and not SharedStateRow.objects.exists()


def test_its_page_has_a_policy_of_its_own_and_its_package_gives_public_files_alone(taught) -> None:
    page = browser(taught).get(f"/courses/{RUN}/unit/v/").content.decode()
    assert f'data-parts="{USAGE}"' in page
    base = re.search(r'src="http://testserver(/content/[^/]+/)', page)[1]
    assert f"{base}unit/v/block/?usage=word_cloud%2Fw" in Client().get(f"{base}unit/v/").content.decode()
    answer = Client().get(f"{base}unit/v/block/?usage={USAGE}")
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy["sandbox"] == "allow-scripts allow-forms"
    assert policy["connect-src"] == policy["default-src"] == policy["frame-src"] == "'none'"
    nonce = re.search(r"'nonce-([^']+)'", policy["script-src"])[1]
    inline = re.findall(r"<script(?! src)([^>]*)>", answer.content.decode())
    assert inline and {one for one in inline if "application/json" not in one} == {f' nonce="{nonce}"'}
    for usage in ("problem/p", "word_cloud/other", "", "é"):
        assert Client().get(f"{base}unit/v/block/", {"usage": usage}).status_code == 404
    for kind, name in (
        ("word_cloud", "../word_cloud.py"),
        ("word_cloud", "word_cloud.py"),
        ("problem", "x"),
        ("x", "x"),
    ):
        with pytest.raises(NotFound):
            package_file(kind, name)
    shown = [
        (block.type, block.has_frame, block.note)
        for block in open_unit(actor=taught, run_id=RUN, name="v", now=NOW).blocks
    ]
    assert shown == [("word_cloud", True, ""), ("problem", False, "")]


def test_a_check_shows_each_and_says_what_to_install_for_what_is_missing(course) -> None:
    inside = (
        CLOUD
        + "<poll_question url_name='q'><answer id='y'>Yes</answer>Do you?</poll_question><h5p url_name='h' x='1'/>"
    )
    found = check_course(course(sequential(inside)), NOW)
    assert found.errors == ()
    assert (found.blocks, found.rendered, found.errors) == (3, 2, ())
    assert [(one.block, one.code) for one in found.warnings] == [("h5p/h", "not_available")]
    assert "xblock-poll" in remedy("poll") and package_class("lti") is None is package_class("problem")


def test_a_grade_that_only_raises_leaves_a_better_one(learner) -> None:
    from linkspan.courseware.actions.states import keep_score

    for earned, only_if_higher, wanted in ((3, False, 3), (2, True, 3), (4, True, 4), (1, False, 1)):
        keep_score(learner.person_id, RUN, Published("x/y", earned, 5, only_if_higher), NOW)
        assert ScoreRow.objects.get().earned == wanted


def test_done_counts_for_the_grade_as_it_publishes_it(course, learner) -> None:
    pytest.importorskip("done")
    folder = course(
        sequential("<done url_name='d' done='true'/>" + number(2, url_name="p"), format="HW", graded="true")
    )
    import_course(actor=SYSTEM, path=folder, now=NOW)
    told = {"usage": "done/d", "handler": "toggle_button"}
    assert grade(learner.person_id, RUN, NOW).percent == 0
    assert tell(learner, body=b'{"done": true}', **told) == {"state": True}
    assert ScoreRow.objects.get().earned == 1 and grade(learner.person_id, RUN, NOW).percent == 50
    tell(learner, body=b'{"done": false}', **told)
    assert ScoreRow.objects.get().earned == 0


def test_a_drag_is_graded_and_its_page_tells_no_place(course, learner) -> None:
    pytest.importorskip("drag_and_drop_v2")
    import_course(actor=SYSTEM, path=course(sequential("<drag-and-drop-v2 url_name='d'/>")), now=NOW)
    told = {"usage": "drag-and-drop-v2/d"}
    view = open_block(actor=learner, run_id=RUN, name="v", now=NOW, **told).view
    assert (
        view is not None and '"zones"' not in json.dumps(view.told["items"]) and "feedback" not in json.dumps(view.told)
    )
    zones = {zone["title"]: zone["uid"] for zone in view.told["zones"]}
    drop = {"val": 0, "zone": "nowhere", "x_percent": 1, "y_percent": 1}
    assert "correct" not in tell(learner, "drop_item", json.dumps(drop).encode(), **told)
    assert not ScoreRow.objects.exists()
    for item, zone in enumerate(zones.values()):
        tell(learner, "drop_item", json.dumps({"val": item, "zone": zone}).encode(), **told)
    found = ScoreRow.objects.get()
    assert 0 < found.earned <= found.possible


def test_votes_of_a_poll_are_counted_once(course, learner) -> None:
    pytest.importorskip("poll")
    import_course(actor=SYSTEM, path=course(sequential("<poll url_name='d' tally='{\"R\": 99}'/>")), now=NOW)
    told = {"usage": "poll/d"}
    assert tell(learner, "vote", b'{"choice": "R"}', **told)["success"] is True
    assert tell(learner, "vote", b'{"choice": "B"}', **told)["success"] is False
    assert SharedStateRow.objects.get().state["tally"] == {"R": 1, "B": 0, "G": 0, "O": 0}
