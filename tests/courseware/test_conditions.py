"""Conditional blocks open when their sources answer what is wanted, for pages, answers and searches alike."""

import pytest
from django.urls import reverse
from tests.courseware.conftest import RUN, number, studying
from tests.factories.people import NOW, SYSTEM, browser

from linkspan.courseware.actions import act_on_problem, collect_texts, import_course, open_unit, submit_problem
from linkspan.courseware.actions.problems import Act
from linkspan.courseware.engines.fields import condition_of
from linkspan.courseware.engines.olx import read_course
from linkspan.courseware.queries import grade, search_course
from linkspan.courseware.rules import Condition, is_open
from linkspan.kernel.errors import NotFound

UNIT = reverse("courseware-unit", args=(RUN, "v"))
ANSWER = reverse("courseware-answer", args=(RUN, "v"))
HELD = {
    "problem/new": {},
    "problem/seen": {"attempts": 0, "done": False, "score": {"raw_earned": 0, "raw_possible": 1}},
    "problem/wrong": {"attempts": 1, "done": True, "score": {"raw_earned": 0, "raw_possible": 1}},
    "problem/reset": {"attempts": 2, "done": False, "score": {"raw_earned": 0, "raw_possible": 1}},
    "problem/right": {"attempts": 1, "done": True, "score": {"raw_earned": 1, "raw_possible": 1}},
    "problem/odd": {"attempts": "many", "score": "all"},
}


@pytest.mark.parametrize(
    ("asks", "wanted", "opens"),
    [
        ("attempted", "True", ["wrong", "reset", "right"]),
        ("attempted", "False", ["new", "seen", "odd"]),
        ("submitted", "True", ["wrong", "right"]),
        ("submitted", "False", ["new", "seen", "reset", "odd"]),
        ("correct", "True", ["right"]),
        ("correct", "False", ["new", "seen", "wrong", "reset", "odd"]),
        ("correct", "true", []),
        ("correct", "", []),
        ("poll_answer", "yes", []),
        ("voted", "True", []),
    ],
)
def test_a_source_answers_as_its_block_at_open_edx_does(asks: str, wanted: str, opens: list[str]) -> None:
    asked = (name.partition("/")[2] for name in HELD)
    assert [name for name in asked if is_open(Condition((f"problem/{name}",), asks, wanted), HELD)] == opens


def test_all_sources_have_to_agree_and_none_are_never_enough() -> None:
    assert not is_open(Condition(("problem/right", "problem/wrong")), HELD)
    assert is_open(Condition(("problem/right", "problem/wrong"), "attempted"), HELD)
    assert not is_open(Condition(()), HELD) and not is_open(Condition(("html/x",)), HELD)


@pytest.mark.parametrize(
    "address",
    [
        "block-v1:O+C+R+type@problem+block@a",
        "block-v1:O+C+R+branch@draft-branch+version@0123+type@problem+block@a",
        "i4x://O/C/problem/a",
        "i4x://O/C/problem/a@draft",
        "location:O+C+R+problem+a",
        "problem/a",
        "a",
    ],
)
def test_every_form_of_address_that_was_ever_written_is_read(course, address: str) -> None:
    inside = (
        f"<conditional url_name='c' sources=' {address} ; ' attempted='True'><html url_name='h'>x</html></conditional>"
    )
    read = read_course(
        course(
            f"<sequential url_name='s'><vertical url_name='v'>{number(1, url_name='a')}{inside}</vertical></sequential>"
        )
    )
    assert read.blocks()["conditional/c"].settings.condition == Condition(("problem/a",), "attempted", "True")
    assert read.findings == ()


def test_fields_of_studio_are_read_and_what_never_opens_is_named(course) -> None:
    kept = '["block-v1:O+C+R+type@problem+block@a"]'
    read = read_course(
        course(
            f"<sequential url_name='s'><vertical url_name='v'>{number(1, url_name='a')}"
            f"<conditional url_name='c' sources_list='{kept}' conditional_attr='submitted' conditional_value='False'"
            " conditional_message='First {link}'><html url_name='h'>x</html></conditional>"
            "<conditional url_name='lost' sources='i4x://O/C/problem/gone'/>"
            f"<conditional url_name='poll' sources='a' poll_answer='yes'/></vertical></sequential>"
        )
    )
    asked = read.blocks()["conditional/c"].settings.condition
    assert asked == Condition(("problem/a",), "submitted", "False", "First {link}")
    told = {"conditional_attr": '"attempted"', "sources": '"a"', "message": '"', "conditional_value": '"x'}
    assert condition_of(told, None) == Condition(("a",), "attempted", '"x', '"')
    told = [(finding.block, finding.code, finding.error) for finding in read.findings]
    assert told == [
        ("conditional/lost", "source_unknown", True),
        ("conditional/lost", "never_open", False),
        ("conditional/poll", "never_open", False),
    ]


def test_what_is_shown_by_its_address_is_one_block_in_two_places(course) -> None:
    shown = "<conditional url_name='c' sources='a'><show sources='i4x://O/C/problem/b;junk;x/'/></conditional>"
    for inside in (
        f"{number(1, url_name='a')}{shown}<problem url_name='b'/>",
        f"{number(1, url_name='a')}<problem url_name='b'/>{shown}",
    ):
        read = read_course(
            course(
                f"<sequential url_name='s'><vertical url_name='v'>{inside}</vertical></sequential>",
                {"problem/b.xml": number(2)},
            )
        )
        assert read.findings == ()
        assert sorted(block.id for block in read.root.walk() if block.type == "problem").count("problem/b") == 2


def test_blocks_shared_in_a_tower_end(course) -> None:
    files = {
        f"library_content/l{n}.xml": "<library_content>"
        + f"<library_content url_name='l{n + 1}'/>" * 3
        + "</library_content>"
        for n in range(20)
    }
    files["library_content/l20.xml"] = "<library_content><html url_name='h'>x</html></library_content>"
    read = read_course(course("<sequential url_name='s'><library_content url_name='l0'/></sequential>", files))
    assert "too_deep" in [finding.code for finding in read.findings]
    assert sum(1 for _ in read.root.walk()) < 100_001


INSIDE = (
    "<sequential url_name='s' display_name='Part' graded='true' format='HW'><vertical url_name='v' display_name='Unit'>"
    + number(1, url_name="p", display_name="The first &lt;b&gt;")
    + "<conditional url_name='c' display_name='More' sources='i4x://O/C/problem/p' correct='True' message='{message}'>"
    + number(2, url_name="q")
    + "<html url_name='h'><p>Zanzibar</p></html></conditional></vertical></sequential>"
)


@pytest.mark.django_db
def test_one_decision_holds_for_the_page_the_answer_the_search_and_the_grade(course, learner) -> None:
    import_course(actor=SYSTEM, path=course(INSIDE.replace("{message}", "Do {link} &lt;i&gt;now&lt;/i&gt;")), now=NOW)
    collect_texts(NOW)
    where = {"actor": learner, "run_id": RUN, "now": NOW}
    opened = open_unit(name="v", **where)
    assert [(block.id, block.note) for block in opened.blocks] == [("problem/p", ""), ("conditional/c", "closed")]
    assert opened.blocks[1].html == '<p>Do <a href="/jump_to_id/p">The first &lt;b&gt;</a> <i>now</i></p>'
    with pytest.raises(NotFound):
        submit_problem(usage="problem/q", answers={"2_1": "2"}, **where)
    assert search_course(learner, RUN, "zanzibar", NOW).hits == ()
    assert grade(learner.person_id, RUN, NOW).percent == 0
    submit_problem(usage="problem/p", answers={"2_1": "7"}, **where)
    assert len(open_unit(name="v", **where).blocks) == 2
    submit_problem(usage="problem/p", answers={"2_1": "1"}, **where)
    assert [block.id for block in open_unit(name="v", **where).blocks] == ["problem/p", "problem/q", "html/h"]
    assert len(search_course(learner, RUN, "zanzibar", NOW).hits) == 1
    assert grade(learner.person_id, RUN, NOW).percent == 50
    other = studying("Other Sample")
    assert len(open_unit(actor=other, run_id=RUN, name="v", now=NOW).blocks) == 2


@pytest.mark.django_db
def test_the_page_says_what_comes_first_and_what_opened_since(course, learner) -> None:
    import_course(actor=SYSTEM, path=course(INSIDE.replace("{message}", "Not yet")), now=NOW)
    page = browser(learner)
    shown = page.get(UNIT).content.decode()
    address = next(part for part in shown.split('"') if "/content/" in part)
    frame = page.get(address[address.index("/content/") :]).content.decode()
    assert "Not yet" in frame and "To be done first:" in frame and 'href="/jump_to_id/p"' in frame
    assert "Zanzibar" not in frame
    told = page.post(ANSWER, {"usage": "problem/p", "do": "submit", "input_x_2_1": "1"}).json()
    assert "Other parts of this unit opened or closed." in told["html"]
    again = page.post(ANSWER, {"usage": "problem/p", "do": "submit", "input_x_2_1": "1"}).json()
    assert "Other parts of this unit" not in again["html"]


@pytest.mark.django_db
def test_a_part_that_closes_by_its_own_answer_says_so(course, learner) -> None:
    inside = (
        "<sequential url_name='s'><vertical url_name='v'><conditional url_name='c' sources='p' attempted='False'>"
        + number(1, url_name="p")
        + "</conditional></vertical></sequential>"
    )
    import_course(actor=SYSTEM, path=course(inside), now=NOW)
    page = browser(learner)
    told = page.post(ANSWER, {"usage": "problem/p", "do": "submit", "input_x_2_1": "1"})
    assert told.status_code == 200 and told.json()["code"] == "part_closed"
    act = {"actor": learner, "run_id": RUN, "usage": "problem/p", "act": Act.RESET, "now": NOW}
    with pytest.raises(NotFound):
        act_on_problem(**act)


@pytest.mark.django_db
def test_a_block_in_two_places_of_a_subsection_counts_once(course, learner) -> None:
    """Shown where it stands and again by a conditional block: one problem, one score, one share of the grade."""
    shown = "<conditional url_name='c' sources='a' attempted='True'><show sources='i4x://O/C/problem/b'/></conditional>"
    inside = (
        "<sequential url_name='s' graded='true' format='HW'><vertical url_name='v'>"
        f"{number(1, url_name='a')}{shown}</vertical><vertical url_name='w'><problem url_name='b'/></vertical>"
        "</sequential>"
    )
    import_course(actor=SYSTEM, path=course(inside, {"problem/b.xml": number(2)}), now=NOW)
    where = {"actor": learner, "run_id": RUN, "now": NOW}
    submit_problem(usage="problem/a", answers={"2_1": "1"}, **where)
    (part,) = grade(learner.person_id, RUN, NOW).subsections
    assert (part.earned, part.possible) == (1, 2)
    submit_problem(usage="problem/b", answers={"2_1": "2"}, **where)
    (part,) = grade(learner.person_id, RUN, NOW).subsections
    assert (part.earned, part.possible) == (2, 2)
