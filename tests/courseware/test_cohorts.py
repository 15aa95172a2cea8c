"""Cohorts decide which content groups learners are in, and so what shows, is answered, found and counted."""

import json

import pytest
from tests.api.test_verbs import call
from tests.courseware.conftest import RUN, number, studying
from tests.factories.people import NOW, SYSTEM, browser, person

from linkspan.courseware.actions import (
    change_cohort,
    draw_cohort,
    import_course,
    make_cohort,
    open_unit,
    place_learner,
    preview_unit,
    submit_problem,
    take_places,
)
from linkspan.courseware.engines.differences import content_of
from linkspan.courseware.engines.olx import read_course
from linkspan.courseware.models import AttemptRow, CohortPlaceRow, CohortRow
from linkspan.courseware.queries import (
    cohorts_of,
    content_groups_of,
    effect_of_place,
    grade,
    outline,
    places_of,
    search_course,
)
from linkspan.courseware.rules import Group, How, Partition, PlaceOutcome, Viewer, by_chance, compare, may_see
from linkspan.kernel import audit, outbox
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable

GROUPS = [{"id": 1, "name": "Blue", "version": 1}, {"id": 2, "name": "Red", "version": 1}]
COHORTED = {"id": 7, "name": "Content groups", "scheme": "cohort", "version": 3, "groups": GROUPS}
BY_CHANCE = {"id": 8, "name": "Chance", "scheme": "random", "version": 3, "groups": GROUPS}
OFF = {"id": 9, "name": "Old", "scheme": "cohort", "version": 3, "groups": GROUPS, "active": False}
POLICY = {"course/R1": {"user_partitions": [COHORTED, BY_CHANCE, OFF, "junk", {"name": "no id"}]}}


def only(access: object) -> str:
    return f"group_access='{json.dumps(access)}'"


INSIDE = (
    "<sequential url_name='s' display_name='Part' graded='true' format='HW'>"
    + f"<vertical url_name='all' display_name='For all'>{number(1, url_name='p')}</vertical>"
    + f"<vertical url_name='blue' display_name='For blue' {only({'7': [1]})}>{number(2, url_name='q')}</vertical>"
    + f"<vertical url_name='red' display_name='For red' {only({'7': [2]})}>{number(3, url_name='r')}"
    + f"<html url_name='both' {only({'7': [1]})}><p>Nobody sees</p></html></vertical>"
    + "</sequential>"
)


@pytest.fixture
def taught(course, learner):
    import_course(actor=SYSTEM, path=course(INSIDE, policy=POLICY), now=NOW)
    return learner


@pytest.fixture
def staff():
    return person("Stef Staff", ("program_staff", "CasesX"))


def units(who) -> list[str]:
    return [
        unit.name for chapter in outline(who, RUN, NOW).chapters for part in chapter.children for unit in part.units
    ]


def cohort(staff, name: str, group: str = "", *, automatic: bool = False):
    return make_cohort(actor=staff, run_id=RUN, name=name, group=group, automatic=automatic, now=NOW)


def place(staff, who, cohort_id, reason: str = "") -> None:
    place_learner(actor=staff, run_id=RUN, learner_id=who.person_id, cohort_id=cohort_id, reason=reason, now=NOW)


def test_groups_are_read_as_studio_writes_them(course) -> None:
    told = [
        ({"7": [1]}, (("7", ("1",)),), True),
        ({"7": [2, 1], "8": []}, (("7", ("2", "1")),), True),
        ({"7": None}, (), True),
        ({"9": [1]}, (), True),
        ({"7": [5]}, (("7", ("5",)),), False),
        ({"3": [1]}, (("3", ("1",)),), False),
        ({"50": [2]}, (("50", ("2",)),), True),
        ("junk", (), True),
        ({"7": "12"}, (), True),
    ]
    inside = "".join(
        f"<vertical url_name='v{n}' {only(access)}><html url_name='h{n}'>x</html></vertical>"
        for n, (access, _, _) in enumerate(told)
    )
    read = read_course(course(f"<sequential url_name='s'>{inside}</sequential>", policy=POLICY))
    blocks = read.blocks()
    assert [blocks[f"vertical/v{n}"].settings.group_access for n in range(len(told))] == [
        wanted for _, wanted, _ in told
    ]
    assert [f.block for f in read.findings if f.code == "group_unknown"] == ["vertical/v4", "vertical/v5"]
    assert read.partitions[0] == Partition("7", "Content groups", "cohort", (Group("1", "Blue"), Group("2", "Red")))
    assert not may_see(blocks["vertical/v4"], Viewer("x", groups={"7": "1"}), NOW)
    assert may_see(blocks["vertical/v4"], Viewer("x", is_staff=True), NOW)
    assert may_see(blocks["vertical/v0"], Viewer("x", groups={"7": "1"}), NOW, graded=True)
    assert not may_see(blocks["vertical/v0"], Viewer("x", groups={"7": "2"}), NOW, graded=True)


@pytest.mark.django_db
def test_a_learner_sees_answers_finds_and_is_graded_by_the_group_of_her_cohort(taught, staff) -> None:
    blue, red = cohort(staff, "Morning", "7:1"), cohort(staff, "Evening", "7:2")
    assert units(taught) == ["all"]
    place(staff, taught, blue)
    assert units(taught) == ["all", "blue"]
    where = {"actor": taught, "run_id": RUN, "now": NOW}
    submit_problem(usage="problem/q", answers={"2_1": "2"}, **where)
    assert grade(taught.person_id, RUN, NOW).percent == 50
    with pytest.raises(NotFound):
        submit_problem(usage="problem/r", answers={"2_1": "3"}, **where)
    effect = effect_of_place(staff, RUN, taught.person_id, red, NOW)
    assert (effect.before, effect.after) == ("Morning", "Evening")
    assert (effect.hidden, effect.shown, effect.answered) == (("For blue",), ("For red",), 1)
    assert (effect.grade_before, effect.grade_after) == (50, 0)
    place(staff, taught, red, "asked for it")
    assert units(taught) == ["all", "red"] and AttemptRow.objects.count() == 1
    assert [block.id for block in open_unit(name="red", **where).blocks] == ["problem/r"]
    assert search_course(taught, RUN, "nobody", NOW).hits == ()
    with pytest.raises(NotFound):
        open_unit(name="blue", **where)
    place(staff, taught, blue)
    assert grade(taught.person_id, RUN, NOW).percent == 50
    place(staff, taught, None)
    assert units(taught) == ["all"] and units(studying("Other Sample")) == ["all"]
    history = places_of(staff, RUN).rows
    assert [(row.cohort_id, row.reason, row.current) for row in history] == [
        (None, "", True),
        (blue, "", False),
        (red, "asked for it", False),
        (blue, "", False),
    ]
    moved = audit.newest_entries(9, verb="place_in_cohort")
    assert [entry.after["cohort"] for entry in moved] == ["", "Morning", "Evening", "Morning"]


@pytest.mark.django_db
def test_learners_come_in_by_chance_once_and_stay(taught, staff) -> None:
    moved_out = studying("Out Sample")
    one = cohort(staff, "One")
    place(staff, moved_out, one)
    place(staff, moved_out, None)
    cohort(staff, "Two", automatic=True)
    outbox.drain(now=NOW)
    others = [studying(f"Learner {n}") for n in range(3)]
    outbox.drain(now=NOW)
    change_cohort(actor=staff, cohort_id=one, name="One", automatic=True, now=NOW)
    outbox.drain(now=NOW)
    draw_cohort(learner_id=others[0].person_id, run_id=RUN, now=NOW)
    draw_cohort(learner_id=person("Not Enrolled").person_id, run_id=RUN, now=NOW)
    counts = {row.name: row.learners for row in cohorts_of(staff, RUN)}
    assert counts == {"One": 0, "Two": 4}
    later = [studying(f"Later {n}") for n in range(8)]
    outbox.drain(now=NOW)
    assert {row.name: row.learners > 0 for row in cohorts_of(staff, RUN)} == {"One": True, "Two": True}
    assert CohortPlaceRow.objects.filter(current=True, how=How.BY_CHANCE).count() == 4 + len(later)
    assert CohortPlaceRow.objects.filter(learner_id=moved_out.person_id, current=True).get().cohort is None


def test_chance_gives_each_group_its_share_and_never_changes_its_mind() -> None:
    partition = Partition("8", "Chance", "random", (Group("1", "A"), Group("2", "B")))
    drawn = [by_chance(str(n), partition) for n in range(200)]
    assert drawn == [by_chance(str(n), partition) for n in range(200)]
    assert 60 < drawn.count("1") < 140
    assert by_chance("x", Partition("8", "None", "random", ())) is None


@pytest.mark.django_db
def test_what_no_cohort_can_be(taught, staff) -> None:
    one = cohort(staff, "Morning")
    for name in ("", "  ", "x" * 101, "\0"):
        with pytest.raises(Unusable):
            cohort(staff, name)
    with pytest.raises(Refused):
        cohort(staff, "MORNING")
    for group in ("7:5", "8:1", "9:1", "50:1", "junk", "7:1:1"):
        with pytest.raises(Unusable):
            cohort(staff, "Other", group)
    with pytest.raises(Unusable):
        place(staff, person("Not Enrolled"), one)
    with pytest.raises(Unusable):
        place(staff, taught, one, "x" * 1001)
    outside = (person("Ada Author", ("author", "CasesX")), person("Else Where", ("registrar", "MIT")), taught)
    for who in outside:
        with pytest.raises(NotPermitted):
            cohort(who, "New")
        with pytest.raises(NotPermitted):
            place(who, taught, one)
        with pytest.raises(NotPermitted):
            cohorts_of(who, RUN)
        with pytest.raises(NotFound):
            change_cohort(actor=who, cohort_id=one, name="Mine", now=NOW)
        with pytest.raises(NotPermitted):
            take_places(actor=who, run_id=RUN, content="email,cohort\n", now=NOW)
    assert CohortRow.objects.count() == 1 and not CohortPlaceRow.objects.exists()
    assert [one.key for one in content_groups_of(staff, RUN)] == ["7:1", "7:2"]


@pytest.mark.django_db
def test_a_list_is_looked_at_and_taken_row_by_row_and_refused_rows_come_back(client, taught, staff) -> None:
    cohort(staff, "Morning", "7:1")
    studying("Max Learner")
    person("Not Enrolled")
    rows = [
        "email,cohort",
        "Learner.Sample@example.org, morning ",
        "nobody@example.org,Morning",
        "not.enrolled@example.org,Morning",
        "max.learner@example.org,=Nowhere",
        "no address,Morning",
    ]
    asked = {"actor": staff, "run_id": RUN, "content": "\n".join(rows), "now": NOW}
    trial = take_places(**asked, trial=True)
    assert not CohortPlaceRow.objects.exists()
    assert [one.outcome for one in trial] == [PlaceOutcome.PLACED, *[PlaceOutcome.REFUSED] * 4]
    assert take_places(**asked) == trial
    assert next(one.outcome for one in take_places(**asked)) is PlaceOutcome.SAME
    assert CohortPlaceRow.objects.count() == 1
    for broken in ("", "a,b", 'email,cohort\n"', "email,cohort\n" + "x,y\n" * 5_001, "x" * 2_000_001):
        with pytest.raises(Unusable):
            take_places(**(asked | {"content": broken}))
    page = browser(staff)
    place_ = f"/desk/courses/{RUN}/cohorts/"
    taken = page.post(place_, {"do": "take", "content": "\n".join(rows)})
    shown = taken.content.decode()
    assert taken.status_code == 200 and "max.learner@example.org,=Nowhere" in shown and "Already so: 1" in shown
    assert page.post(place_, {"do": "check", "content": "a"}).status_code == 422
    body = {"csv": "\n".join(rows)}
    lines = call(client, staff, f"cohorts/runs/{RUN}/cohort-places/list", body, key="k").json()
    assert [one["outcome"] for one in lines] == ["same", *["refused"] * 4]


@pytest.mark.django_db
def test_the_page_makes_changes_looks_and_moves(taught, staff) -> None:
    page, place_ = browser(staff), f"/desk/courses/{RUN}/cohorts/"
    assert page.post(place_, {"do": "make", "name": "Morning", "group": "7:1"}).status_code == 302
    again = page.post(place_, {"do": "make", "name": "morning", "group": "7:2"})
    assert again.status_code == 409 and 'value="morning"' in again.content.decode()
    (one,) = cohorts_of(staff, RUN)
    assert (
        page.post(place_, {"do": "change", "cohort": str(one.id), "name": "Early", "group": "7:1"}).status_code == 302
    )
    assert page.post(place_, {"do": "change", "cohort": "x", "name": "Early"}).status_code == 404
    asked = {"email": "learner.sample@example.org", "into": str(one.id), "reason": "moved house"}
    looked = page.post(place_, {"do": "look"} | asked).content.decode()
    assert (
        "learner.sample@example.org: " in looked
        and "For blue" in looked
        and 'value="moved house"' in looked
        and not CohortPlaceRow.objects.exists()
    )
    assert page.post(place_, {"do": "look"} | asked | {"email": "nobody@example.org"}).status_code == 422
    assert page.post(place_, {"do": "place"} | asked).status_code == 302
    shown = page.get(place_).content.decode()
    assert "moved house" in shown and "Early" in shown and "Learner Sample" in shown
    assert browser(taught).get(place_).status_code in (403, 404)


@pytest.mark.django_db
def test_staff_look_as_a_member_of_a_group(taught, staff) -> None:
    look = {"actor": staff, "run_id": RUN, "at": NOW, "now": NOW}
    assert preview_unit(name="blue", group="7:1", **look).blocks[0].id == "problem/q"
    for group in ("", "7:2"):
        with pytest.raises(NotFound):
            preview_unit(name="blue", group=group, **look)
    with pytest.raises(Unusable):
        preview_unit(name="blue", group="7:9", **look)
    page = browser(staff)
    base = f"/desk/courses/{RUN}/preview/"
    shown = page.get(base, {"group": "7:2"}).content.decode()
    assert "For red" in shown and "For blue" not in shown and "group=7%3A2" in shown
    unit = page.get(f"{base}red/", {"group": "7:2"}).content.decode()
    address = next(part for part in unit.split('"') if "/content/" in part)
    assert "Preview: answers cannot be sent." in page.get(address[address.index("/content/") :]).content.decode()
    assert page.get(base, {"group": "7:9"}).status_code == 422


@pytest.mark.django_db
def test_a_cohort_of_another_run_and_tracks_and_chance(course, learner, staff) -> None:
    inside = (
        "<sequential url_name='s'>"
        f"<vertical url_name='paid' {only({'50': [2]})}/><vertical url_name='free' {only({'50': [1]})}/>"
        f"<vertical url_name='a' {only({'8': [1]})}/><vertical url_name='b' {only({'8': [2]})}/></sequential>"
    )
    import_course(actor=SYSTEM, path=course(inside, policy=POLICY), now=NOW)
    mine = by_chance(str(learner.person_id), Partition("8", "", "random", (Group("1", ""), Group("2", ""))))
    assert units(learner) == ["free", "a" if mine == "1" else "b"]


def test_a_comparison_tells_groups_and_conditions(course) -> None:
    def read(inside: str):
        return content_of(read_course(course(f"<sequential url_name='s'>{inside}</sequential>", policy=POLICY)))

    asked = "<conditional url_name='c' sources='p' {asks}='True'>" + number(1, url_name="p") + "</conditional>"
    before = read("<vertical url_name='v' display_name='v'/>" + asked.replace("{asks}", "correct"))
    after = read(
        f"<vertical url_name='v' display_name='v' {only({'7': [1, 2]})}/>" + asked.replace("{asks}", "attempted")
    )
    told = {
        edit.title: [(one.name, one.before, one.after) for one in edit.fields] for edit in compare(before, after).blocks
    }
    assert told["v"] == [("group_access", "", "7: 1 2")]
    assert told["c"] == [("condition", "correct = True: problem/p", "attempted = True: problem/p")]
